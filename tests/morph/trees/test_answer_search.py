"""Answers found by what astronomers call them."""

import pytest

from morph.trees.answer_search import answers_called, answers_like
from morph.trees.decision_tree import GZD5, TREES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("S0", ["No spiral arms"]),
        ("s0", ["No spiral arms"]),
        ("elliptical", ["Smooth"]),
        ("Ellipticals", ["Smooth"]),
        ("#elliptical", ["Smooth"]),
        ("barred", ["Strong bar", "Weak bar"]),
        ("face-on", ["Not edge-on"]),
        ("face on", ["Not edge-on"]),
        ("faceon", ["Not edge-on"]),
        ("edge_on", ["Edge-on"]),
        ("Mergers", ["Merger"]),
        ("bulgeless", ["No bulge", "No edge-on bulge"]),
        ("tidal", ["Minor disturbance", "Major disturbance"]),
        ("2 arms", ["2 arms"]),
        ("strong bars", ["Strong bar"]),
        ("Bar", ["Strong bar", "Weak bar", "No bar"]),  # a question
    ],
)
def test_an_answer_has_several_names(text, words):
    found = answers_called(GZD5, text)
    assert [GZD5.words(label) for label in found] == words
    assert answers_like(GZD5, text) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ellip", ["Smooth"]),
        ("spiral", ["Spiral arms", "No spiral arms"]),
        ("barred spiral", ["Spiral arms", "No spiral arms", "Strong bar", "Weak bar"]),
        ("loose", ["Loose arms"]),
    ],
)
def test_beginnings_of_words_and_several_words_are_found_too(text, words):
    assert answers_called(GZD5, text) == ()
    assert [GZD5.words(label) for label in answers_like(GZD5, text)] == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "#ring",
        "ring",
        "dusty lane",
        "NGC 1300",
        "x'; --",
        "S",
        "arm lens",
        "E",
    ],
)
def test_other_texts_are_no_answers(text):
    assert answers_called(GZD5, text) == answers_like(GZD5, text) == ()


def test_a_ring_is_an_answer_of_the_tree_that_asks_for_it():
    tree = TREES["gz2"]
    assert [tree.words(label) for label in answers_like(tree, "#ring")] == ["Ring"]


@pytest.mark.parametrize("tree", TREES.values(), ids=lambda tree: tree.name)
def test_every_answer_is_found_by_each_of_its_names(tree):
    for label in tree.labels:
        for name in tree.names(label):
            assert label in answers_called(tree, name)
            is_short = len(name.split()[-1]) < 4
            assert is_short or label in answers_like(tree, name[:-1])
