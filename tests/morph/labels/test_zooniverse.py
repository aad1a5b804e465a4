"""Zooniverse exports: votes become labels, and what cannot is said."""

import json

import numpy as np
import pytest

from morph.errors import MorphError
from morph.labels.in_force import counting
from morph.labels.label_question import question
from morph.labels.zooniverse import read, to_labels
from morph.labels.zooniverse.export import fitting, question_of, slug
from morph.labels.zooniverse.people import KEY, Names, names
from morph.labels.zooniverse.subjects import KnownGalaxies, named
from morph.tables import table_child
from morph.tables.uploaded_table import Cells
from tests.morph.labels.zooniverse_files import answered, export, row, table
from tests.real_data import REAL

RING = question("Is there a ring?", "one", ["Ring", "No ring"])
NOW = "2026-12-01T12:00:00.000+00:00"
PEOPLE = Names(b"k" * 32)
KNOWN = KnownGalaxies(
    np.array(["J100000.00+100000.0", "J100004.00+100000.0"], object),
    np.array([150.0, 150.0167]),
    np.array([10.0, 10.0]),
)
FIRST, SECOND = KNOWN.iauname
AT_FIRST = {"iauname": FIRST}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch, tmp_path):
    """Starting a child takes a second; `test_uploaded_table` has it."""

    def read_here(data, name, wanted):
        path = tmp_path / "given"
        path.write_bytes(data)
        about, cells = table_child.read(path, name, wanted)
        return Cells(
            about["format"],
            tuple(about["columns"]),
            cells.to_pandas(),
            tuple(about["unreadable"]),
        )

    monkeypatch.setattr(read, "read_cells", read_here)


def read_rows(*rows):
    return read.read_export(export(rows), "votes.csv", PEOPLE)


def labels(exported, one=RING, known=KNOWN, task=None):
    task = task or fitting(exported.tasks, one)[0]
    ids = {
        vote.subject: exported.subjects.get(vote.subject, {}) for vote in exported.votes
    }
    return to_labels.labels_of(exported, task, one, named(ids, known), now=NOW)


def test_a_vote_becomes_a_label():
    exported = read_rows(row(1, [answered("T0", "No ring")], stated=AT_FIRST))
    (act,) = labels(exported).acts
    assert (act.iauname, act.answer, act.kind) == (FIRST, ("No ring",), "answer")
    assert act.when == "2026-11-03T10:01:00.000+00:00"
    assert act.act_id == "zooniverse-500001-T0"
    assert "T0 of workflow 4711, subject 901: votes.csv" in act.chosen


def test_names_and_ids_of_people_are_nowhere():
    exported = read_rows(row(1, [answered("T0", "Ring")], stated=AT_FIRST))
    said = repr(exported) + repr(labels(exported))
    assert "galaxy_fan" not in said
    assert "b3f097df" not in said
    assert exported.votes[0].who.startswith("volunteer ")


def test_a_person_has_one_name_in_all_files_of_a_home_and_another_elsewhere(tmp_path):
    here = names(tmp_path / "here")
    again, other = names(tmp_path / "here"), names(tmp_path / "other")
    one = here.of("galaxy_fan", "77", "1")
    assert again.of("renamed", "77", "2") == one  # the id decides
    assert other.of("galaxy_fan", "77", "1") != one
    assert (tmp_path / "here" / "labels" / KEY).stat().st_mode & 0o077 == 0


def test_who_was_not_logged_in_is_one_person_for_each_address():
    ann, bob = ("not-logged-in-a1", ""), ("not-logged-in-b2", "")
    exported = read_rows(
        row(1, [answered("T0", "Ring")], user=ann, stated=AT_FIRST),
        row(2, [answered("T0", "Ring")], user=ann, subject="902"),
        row(3, [answered("T0", "No ring")], user=bob, stated=AT_FIRST),
        row(4, [answered("T0", "No ring")], user=("", ""), stated=AT_FIRST),
        row(5, [answered("T0", "No ring")], user=("", ""), stated=AT_FIRST),
    )
    who = [vote.who for vote in exported.votes]
    assert who[0] == who[1]
    assert len(set(who)) == 4
    said = to_labels.beside(exported, exported.tasks[0])
    assert any(
        "5 of the 5 votes are of 4 people who were not logged in" in s for s in said
    )


def test_other_tasks_and_workflows_are_said():
    exported = read_rows(
        row(
            1,
            [answered("T0", "Ring"), answered("T1", "Blue", "Colour?")],
            stated=AT_FIRST,
        ),
        row(
            2,
            [answered("T0", "Yes", "Is it?")],
            workflow_id="12",
            workflow_name="Other",
        ),
        row(3, [answered("T2", [{"x": 1.5, "y": 2, "tool": 0}])]),
    )
    task = fitting(exported.tasks, RING)[0]
    assert task.key == ("4711", "T0")
    assert len(labels(exported).acts) == 1
    said = "\n".join(to_labels.beside(exported, task))
    assert "1 vote on T1 of workflow 4711 (Rings): Colour? are not imported" in said
    assert "1 vote on T0 of workflow 12 (Other): Is it? are not imported" in said
    assert "1 row of T2 of workflow 4711 is drawings" in said


def test_the_export_of_another_workflow_is_refused_with_what_it_has():
    exported = read_rows(row(1, [answered("T0", "Yes")]))
    with pytest.raises(MorphError, match="the votes are “Yes”"):
        to_labels.check_fits(exported, exported.tasks[0], RING)


def test_a_task_makes_its_question():
    exported = read_rows(
        row(1, [answered("T0", "No ring")]),
        row(2, [answered("T0", "No ring")]),
        row(3, [answered("T0", "**Ring**")]),
    )
    one = question_of(exported.tasks[0])
    assert one == question("Is there a ring?", "one", ["No ring", "Ring"])
    both = read_rows(row(1, [answered("T0", ["Bar", "Ring"], "What?")]))
    assert question_of(both.tasks[0]) == question("What?", "several", ["Bar", "Ring"])


def test_the_parts_of_a_combined_task_are_tasks():
    value = [{"task": "T1", "value": "Ring"}, {"task": "T2", "value": "Blue"}]
    exported = read_rows(row(1, [{"task": "T0", "value": value}], stated=AT_FIRST))
    assert [task.task for task in exported.tasks] == ["T1", "T2"]


def test_no_answer_is_a_skip_and_unsure_is_unknown():
    exported = read_rows(
        row(1, [answered("T0", None)], stated=AT_FIRST),
        row(2, [answered("T0", "I don't know")], stated=AT_FIRST),
        row(3, [answered("T0", "Ring")], stated=AT_FIRST),
    )
    assert [act.kind for act in labels(exported).acts] == ["skip", "unknown", "answer"]


def test_a_subject_without_a_galaxy_is_said_with_what_it_states():
    exported = read_rows(
        row(1, [answered("T0", "Ring")], stated=AT_FIRST),
        row(2, [answered("T0", "Ring")], subject="902", stated={"image": "a.png"}),
    )
    got = labels(exported)
    assert len(got.acts) == got.number_left_out == 1
    assert "1 vote is about 1 subject " in got.left_out[0]
    assert (
        "of 902: its metadata has neither iauname nor ra and dec, but image"
        in (got.left_out[0])
    )


def test_rows_that_cannot_be_read_are_said_and_the_others_read():
    exported = read_rows(
        row(1, [answered("T0", "Ring")], stated=AT_FIRST),
        row(2, '[{"task": "T0", "val', stated=AT_FIRST),
        row(3, [answered("T0", "Maybe")], stated=AT_FIRST),
        row(4, [answered("T0", "Ring")], stated=AT_FIRST, created_at="yesterday"),
        row(5, [answered("T0", "Ring")], stated=AT_FIRST, subject_ids="901;902"),
    )
    got = labels(exported)
    assert len(got.acts) == 1
    assert got.number_left_out == 4
    assert [sentence.split(":")[0] for sentence in got.left_out] == [
        "row 2",
        "row 3",
        "row 4",
        "row 5",
    ]
    assert "annotations is not JSON" in got.left_out[0]
    assert "'Maybe' is no answer" in got.left_out[1]
    assert "several subjects" in got.left_out[3]


def test_a_classification_that_is_there_twice_counts_once():
    one = row(1, [answered("T0", "Ring")], stated=AT_FIRST)
    assert len(labels(read_rows(one, one)).acts) == 1


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ({"iauname": SECOND}, SECOND),
        ({"#iauname": SECOND}, SECOND),
        ({"RA": 150.0, "DEC": 10.0001}, FIRST),  # 0.36 arcsec
        ({"ra": "150.0167", "dec": "10.0"}, SECOND),
        ({"ra": 150.0083, "dec": 10.0}, "J100001.99+100000.0"),  # 30 arcsec from both
        ({"name": "J235959.00-010000.0"}, "J235959.00-010000.0"),
    ],
)
def test_a_subject_is_the_galaxy_of_its_name_or_position(stated, found):
    got = named({"901": stated}, KNOWN)
    known = found in (FIRST, SECOND)
    assert (got.iauname if known else got.elsewhere) == {"901": found}
    assert got.unknown == {}


def test_a_name_and_a_position_of_different_galaxies_are_of_neither():
    got = named({"901": {"iauname": FIRST, "ra": 150.0167, "dec": 10.0}}, KNOWN)
    assert got.iauname == got.elsewhere == {}
    assert (
        f"name is that of {FIRST}, its position that of {SECOND}" in got.unknown["901"]
    )


def test_aggregated_votes_count_without_people():
    data = table(
        [
            "subject_id",
            "workflow_id",
            "task",
            "reducer",
            "data.ring",
            "data.no-ring",
            "data.aggregation_version",
        ],
        [
            {
                "subject_id": 901,
                "workflow_id": 4711,
                "task": "T0",
                "data.ring": 3,
                "data.no-ring": "",
                "data.aggregation_version": "4.1.0",
            },
            {
                "subject_id": 902,
                "workflow_id": 4711,
                "task": "T0",
                "data.ring": 1.0,
                "data.no-ring": 2,
            },
            {"subject_id": 902, "workflow_id": 4711, "task": "T0", "data.ring": 1.5},
        ],
    )
    exported = read.read_export(data, "reduced.csv", PEOPLE)
    stated = read.read_subjects(
        table(
            ["subject_id", "metadata"],
            [
                {"subject_id": 901, "metadata": json.dumps(AT_FIRST)},
                {"subject_id": 902, "metadata": '{"ra": "150.0167", "dec": 10}'},
            ],
        ),
        "subjects.csv",
    )
    got = to_labels.labels_of(
        exported, exported.tasks[0], RING, named(stated, KNOWN), now=NOW
    )
    counted = counting(got.acts).values()
    votes = [(act.iauname, *act.answer) for act in counted]
    assert votes.count((FIRST, "Ring")) == 3
    assert votes.count((SECOND, "Ring")) == 1
    assert votes.count((SECOND, "No ring")) == 2
    assert len(votes) == 6
    assert "row 3: data.ring is '1.5'" in got.left_out[0]
    assert "no skill can be learnt" in to_labels.beside(exported, exported.tasks[0])[0]


def test_drawings_alone_are_refused_in_words():
    with pytest.raises(MorphError, match=r"T0 of workflow 4711 \(1\) consists of draw"):
        read_rows(row(1, [answered("T0", [{"x": 1, "y": 2}])]))


def test_another_table_is_no_export():
    assert read.read_export(b"iauname,answer\nJ1,Ring\n", "t.csv", PEOPLE) is None
    assert not read.may_be_export(b"iauname,answer\nJ1,Ring\n")


def test_slugs_are_those_of_aggregated_tables():
    assert slug("Yes, there *is*  one!") == "yes-there-is-one"


@pytest.mark.skipif(
    not (REAL / "zooniverse").is_dir(),
    reason=f"the published exports are not at {REAL / 'zooniverse'}",
)
def test_a_published_export_of_a_question_is_read():
    path = REAL / "zooniverse" / "question_classifications.csv"
    data = path.read_bytes()
    assert read.may_be_export(data)
    exported = read.read_export(data, path.name, PEOPLE)
    assert exported.rows == 7
    assert exported.unread == {}
    first = exported.tasks[0]
    assert (first.workflow, first.task, first.workflow_name) == (
        "10",
        "T0",
        "Superluminous Supernovae",
    )
    assert set(first.answers) <= {"Yes", "No"}
    got = named(exported.subjects, KNOWN)
    assert len(got.elsewhere) == len(exported.subjects) > 0  # by ramean, decmean
    with pytest.raises(MorphError, match="drawings"):
        read.read_export(
            (path.parent / "drawing_classifications.csv").read_bytes(), "d.csv", PEOPLE
        )
