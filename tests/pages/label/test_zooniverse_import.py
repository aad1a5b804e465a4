"""Exports of a Zooniverse project on the page Label."""

import pytest

from morph.labels import saved_questions
from morph.labels.in_force import counting, people
from tests.morph.labels.zooniverse_files import answered, export, row
from tests.pages.label.test_label_page import (
    names,  # noqa: F401 (a fixture)
    table,
    upload,
)
from tests.pages.opening import button, said


@pytest.fixture
def votes(names):  # noqa: F811
    """Three people on two galaxies, one elsewhere, one unnamed; a second task."""
    users = [("ann", "1"), ("bob", "2"), ("not-logged-in-a1", "")]
    rows = []
    for number, user in enumerate(users):
        for place, answer in enumerate(["Ring", "No ring"]):
            parts = [answered("T0", answer), answered("T1", "Blue", "Which colour?")]
            stated = {"#iauname": names[place]}
            of = {"subject": str(900 + place), "user": user, "stated": stated}
            rows.append(row(10 * number + place, parts, **of))
    elsewhere = {"ra": 10.5, "dec": -60.25}
    ring = [answered("T0", "Ring")]
    rows.append(row(40, ring, subject="950", stated=elsewhere))
    rows.append(row(41, ring, subject="951", stated={"image": "a.png"}))
    return export(rows)


def test_the_votes_of_a_project_are_imported(
    ring,
    queue,
    file,
    names,  # noqa: F811
    votes,
    dashboard,
):
    page = upload(table(dashboard), "rings-classifications.csv", votes)
    assert not page.exception
    text = said(page)
    assert "8 votes by 3 volunteers, whose names are replaced by hashes" in text
    assert "2 of the 8 votes are of 1 person who was not logged in" in text
    assert "6 votes on T1 of workflow 4711 (Rings): Which colour? are not" in text
    assert "1 vote is about 1 subject that cannot be matched to a galaxy (951" in text
    assert any("lacks 1 of 3 galaxies" in one.value for one in page.warning)
    button(page, "Import 7 rows").click().run()
    assert not page.exception
    counted = counting(file.acts)
    assert len(people(file.acts)) == 4
    of = {
        name: [a.answer for (_, n), a in counted.items() if n == name] for name in names
    }
    assert of[names[0]] == [("Ring",)] * 3
    assert of[names[1]] == [("No ring",)] * 3
    page.file_uploader(key="label_table_1").upload("rings-again.csv", votes)
    page.run()
    assert "7 rows are here already" in said(page)


def test_the_task_of_another_question_makes_it(ring, queue, con, votes, dashboard):
    page = upload(table(dashboard), "rings-classifications.csv", votes)
    task = page.selectbox(key="label_zooniverse_task")
    task.set_value(("4711", "T1")).run()
    assert "No vote on T1" in page.warning[0].value
    assert "make a question of this task" in page.warning[0].value


def test_a_task_becomes_a_question(ring, queue, con, names, dashboard):  # noqa: F811
    colours = [answered("T1", colour, "Which colour?") for colour in ("Blue", "Red")]
    rows = [
        row(n, [one], stated={"iauname": names[n]}) for n, one in enumerate(colours)
    ]
    page = upload(table(dashboard), "colours.csv", export(rows))
    button(page, "Make the question “Which colour?”").click().run()
    assert not page.exception
    made = saved_questions.questions(con)[0].question
    assert (made.text, made.answers) == ("Which colour?", ("Blue", "Red"))
    assert button(page, "Import 2 rows")


def test_an_export_without_answers_is_refused_in_words(ring, queue, dashboard):
    drawing = export([row(1, [answered("T0", [{"x": 1, "y": 2}])])])
    page = upload(table(dashboard), "drawings.csv", drawing)
    assert not page.exception
    assert "consists of drawings or other marks" in page.error[0].value
