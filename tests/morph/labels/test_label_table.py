"""Labels out and in: every act comes back, and what cannot is said."""

import io

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from morph.errors import MorphError, UnreadableTable
from morph.labels import label_table
from morph.labels.in_force import counting
from morph.labels.label_columns import COLUMNS, labels_export
from morph.labels.label_question import from_json, question
from morph.labels.label_table import keeping_here, met, read_labels
from morph.tables.table_child import read
from morph.tables.uploaded_table import Cells
from tests.morph.labels.acts import act, undo

RING = question("Is there a ring?", "one", ["Größer Ring", "None", "=Ring, \\x"])
FEATURES = question("What is there?", "several", ["Bar", "Ring"])
RATING = question("How disturbed?", "rating")
TAGS = question("What strikes you?", "tags")
NOW = "2026-12-01T12:00:00.000+00:00"


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch, tmp_path):
    """Starting a child takes a second; `test_a_table_is_read_in_a_child` has it."""

    def read_here(data, name, wanted):
        path = tmp_path / "given"
        path.write_bytes(data)
        about, cells = read(path, name, wanted)
        return Cells(
            about["format"],
            tuple(about["columns"]),
            cells.to_pandas(),
            tuple(about["unreadable"]),
        )

    with monkeypatch.context() as patch:
        patch.setattr(label_table, "read_cells", read_here)
        yield patch


def acts_of(one):
    """Answers, a change of mind, an undo, a skip and don't know, of two people."""
    given = {
        "one": [("Größer Ring",), ("None",), ("=Ring, \\x",)],
        "several": [("Bar",), ("Bar", "Ring"), ("Ring",)],
        "rating": [("0",), ("5",), ("3",)],
        "tags": [("blue",), ("blue", "ring"), ("-dust",)],
    }[one.kind]
    seen = {"queue": "q2aaa", "stretch": "linear", "zoom": "2", "blind": True}
    seen |= {"pictured": True, "chosen": "40 at random (seed 7) from: all galaxies"}
    first = act("ann", "J1", *given[0], number=0, **seen)
    second = act("Jörg", "J1", *given[1], number=0, **seen)
    third = act("ann", "J1", *given[2], number=12, showing=2, **seen)
    wrong = act("ann", "J2", *given[2], number=1, **seen)
    return [
        first,
        second,
        third,
        wrong,
        undo(wrong),
        act("ann", "J2", number=1, **seen),
        act("ann", "J3", number=2, kind="skip", **seen),
        act("=who", "J4", *given[1]),
    ]


@pytest.mark.parametrize("form", ["csv", "fits", "parquet", "votable"])
@pytest.mark.parametrize("one", [RING, FEATURES, RATING, TAGS], ids=lambda o: o.kind)
def test_every_act_comes_back(one, form):
    acts = acts_of(one)
    made = labels_export(one, acts, [], format=form, name="labels")
    back = read_labels(made.data, made.name, one, who="nobody", now=NOW)
    assert back.left_out == ()
    assert list(back.acts) == acts
    assert back.rows == made.rows == len(acts)


def test_the_file_says_which_rows_count():
    acts = acts_of(FEATURES)
    made = labels_export(FEATURES, acts, [], format="parquet", name="labels")
    table = pd.read_parquet(io.BytesIO(made.data))
    assert list(table) == list(COLUMNS)
    last = {(r.who, r.iauname): r.answer for r in table[table["counts"]].itertuples()}
    assert last == {key: "; ".join(one.answer) for key, one in counting(acts).items()}
    assert table["undone"].tolist() == [False] * 3 + [True] + [False] * 4
    assert table["place"].isna().sum() == 2
    facts = pq.read_schema(io.BytesIO(made.data)).metadata
    assert from_json(facts[b"question"], "facts") == FEATURES


def test_ratings_are_numbers():
    made = labels_export(RATING, acts_of(RATING), [], format="csv", name="labels")
    table = pd.read_csv(io.BytesIO(made.data))
    assert table["answer"].tolist()[:4] == [0, 5, 3, 3]
    assert np.isnan(table["answer"][4])
    with fits.open(
        io.BytesIO(
            labels_export(RATING, acts_of(RATING), [], format="fits", name="l").data
        )
    ) as file:
        assert file[1].data["answer"][:4].tolist() == [0, 5, 3, 3]


def read_csv(text, one=FEATURES, who="ann"):
    return read_labels(text.encode(), "mine.csv", one, who=who, now=NOW)


def test_a_table_needs_only_names_and_answers():
    back = read_csv("iauname,answer\nJ1,Bar; Ring\nJ2,\nJ3,Ring\n")
    assert [(a.who, a.iauname, a.kind, a.answer, a.when) for a in back.acts] == [
        ("ann", "J1", "answer", ("Bar", "Ring"), NOW),
        ("ann", "J2", "unknown", (), NOW),
        ("ann", "J3", "answer", ("Ring",), NOW),
    ]
    again = read_csv("iauname,answer\nJ1,Bar; Ring\nJ2,\nJ3,Ring\n")
    assert met(again.acts, back.acts).new == ()
    assert met(again.acts, back.acts).there == 3


def test_times_are_utc():
    rows = "J1,Bar,2026-12-01T10:30:00+01:00\nJ2,Bar,2026-12-01 09:30\n"
    back = read_csv(f"iauname,answer,when\n{rows}")
    assert {one.when for one in back.acts} == {"2026-12-01T09:30:00.000+00:00"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("J1,Bars,ann,", "row 2: 'Bars' is no answer to “What is there?”"),
        (",Bar,ann,", "row 2: there is no iauname"),
        ("J1,Bar,ann,yesterday", "row 2: when is 'yesterday'; expected an ISO time"),
        (f"J1,Bar,{'x' * 61},", "row 2: enter your name, 1 to 60 characters"),
    ],
)
def test_a_wrong_row_is_left_out_and_said(rows, said):
    back = read_csv(f"iauname,answer,who,when\nJ0,Ring,ann,\n{rows}\nJ9,Ring,ann,\n")
    assert [one.iauname for one in back.acts] == ["J0", "J9"]
    assert back.number_left_out == 1
    assert back.left_out[0].startswith(said)


def test_rows_that_contradict_one_another_are_left_out_and_said():
    back = read_csv("iauname,answer\nJ1,Bar\nJ2,Ring\nJ1,Ring\nJ2,Ring\n")
    assert [one.iauname for one in back.acts] == ["J2", "J2"]
    (said,) = set(back.left_out)
    assert said == (
        "rows 1 and 3: ann answers “Bar” and “Ring” for J1 at one time; keep one of "
        "the rows"
    )


def test_answers_to_another_question_are_not_taken():
    made = labels_export(TAGS, acts_of(TAGS), [], format="csv", name="labels")
    back = read_labels(made.data, made.name, FEATURES, who="ann", now=NOW)
    assert (back.acts, back.number_left_out) == ((), 0)
    assert back.other_questions == {TAGS.digest: 8}


def test_what_is_no_table_of_labels_is_said():
    with pytest.raises(MorphError, match="has no column 'iauname'"):
        read_csv("name,answer\nJ1,Bar\n")
    with pytest.raises(MorphError, match="has no column 'answer'"):
        read_csv("iauname,label\nJ1,Bar\n")


def test_a_table_is_read_in_a_child(in_this_process):
    in_this_process.undo()
    acts = acts_of(RATING)
    made = labels_export(RATING, acts, [], format="fits", name="labels")
    back = read_labels(made.data, made.name, RATING, who="ann", now=NOW)
    assert list(back.acts) == acts
    with pytest.raises(UnreadableTable):
        read_labels(
            b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "x.png", RATING, who="a", now=NOW
        )


def test_answers_unlike_those_here_are_counted_and_can_be_left():
    here = [act("ann", "J1", "Bar"), act("ann", "J2", "Bar"), act("ann", "J3", "Bar")]
    early = "2026-12-01T00:00:00.000+00:00"
    late = "2026-12-01T23:00:00.000+00:00"
    read = [
        act("ann", "J1", "Ring", when=late),
        act("ann", "J2", "Ring", when=early),
        act("ann", "J3", "Bar", when=late),
        act("bob", "J1", "Ring", when=late),
        here[0],
    ]
    meeting = met(read, here)
    assert meeting.there == 1
    assert {one.iauname for one in meeting.contradicting} == {"J1", "J2"}
    assert meeting.later_here == 1
    both = counting([*here, *meeting.new])
    assert both["ann", "J1"].answer == ("Ring",)
    assert both["ann", "J2"].answer == ("Bar",)
    kept = counting([*here, *keeping_here(meeting)])
    assert [kept["ann", f"J{n}"].answer for n in (1, 2, 3)] == [("Bar",)] * 3
    assert kept["bob", "J1"].answer == ("Ring",)
