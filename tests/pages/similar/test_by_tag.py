"""A tag in Similar stands for the galaxies that have it."""

import numpy as np
import pytest

from morph.labels import saved_questions
from morph.labels.answers_file import answers_file
from morph.labels.label_question import question
from pages.common.server import database
from tests.morph.labels.acts import act
from tests.pages.opening import opened, said, toasts
from tests.pages.similar.test_similar_page import (
    PATH,
    found,
    known,  # noqa: F401 (a fixture)
    ready,  # noqa: F401 (a fixture)
)

ASKED = question("What strikes you?", "tags")


@pytest.fixture
def tags(ready, known):  # noqa: F811
    """Three rings, one of them twice, a merger, and a ring elsewhere."""
    names = known[0]
    with database.cursor(ready) as con:
        asked = saved_questions.create(con, ASKED)
    acts = [
        act("ann", names[3], "ring", "blue"),
        act("bob", names[3], "ring"),
        act("ann", names[8], "ring"),
        act("bob", names[20], "rings"),
        act("ann", names[5], "merger"),
        act("ann", "J235959.00-010000.0", "ring"),
    ]
    answers_file(ready, asked.question_id).append(acts)
    yield [names[3], names[8], names[20]]
    with database.cursor(ready) as con:
        saved_questions.delete(con, asked.question_id)


def nearest_to_mean(known, names, number):  # noqa: F811
    """By brute force: the largest cosines with the mean direction of the galaxies."""
    every, units = known
    rows = [every.index(name) for name in names]
    cosines = units @ units[rows].mean(axis=0)
    order = np.argsort(-cosines)
    return [every[row] for row in order if row not in rows][:number]


def test_a_tag_is_the_mean_of_its_galaxies(tags, known, dashboard):  # noqa: F811
    page = opened(dashboard, PATH, {"space": "Image features", "skip": "false"})
    page.text_input(key="similar_find").input("#Rings").run()
    assert not page.exception
    assert sorted(page.query_params["like"]) == sorted(tags)
    assert found(page)[:10] == nearest_to_mean(known, tags, 10)
    assert any("The 3 galaxies with the tag #ring" in one for one in toasts(page))


def test_an_unknown_tag_is_answered_with_the_nearest(tags, known, dashboard):  # noqa: F811
    page = opened(dashboard, PATH)
    page.text_input(key="similar_find").input("#merging").run()
    assert not page.exception
    assert "No galaxy is tagged #merging. The nearest tags" in said(page)
    (near,) = [one for one in page.pills if "similar_near" in str(one.key)]
    assert near.options[0] == "#merger (1)"
    near.set_value("merger").run()
    assert not page.exception
    assert page.query_params["like"] == known[0][5]
    assert "The nearest tags" not in said(page)


def test_without_tags_the_page_says_how_to_get_some(ready, dashboard):  # noqa: F811
    page = opened(dashboard, PATH)
    page.text_input(key="similar_find").input("#ring").run()
    assert not page.exception
    assert "as there are no tags yet" in said(page)


def test_a_tag_that_is_an_answer_still_leads_to_its_slider(ready, dashboard):  # noqa: F811
    page = opened(dashboard, PATH)
    page.text_input(key="similar_find").input("#merger").run()
    assert not page.exception
    assert "as there are no tags yet" in said(page)
    assert [one for one in page.button if "erg" in one.label]
