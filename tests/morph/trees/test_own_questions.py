"""Questions that are added to a tree for one release."""

import json

import pytest

from morph.errors import MorphError
from morph.selection import recipe_json
from morph.selection.selection import Selection
from morph.selection.url import digest
from morph.trees.decision_tree import GZD5
from morph.trees.own_questions import (
    extended,
    from_json,
    own_question,
    to_json,
    tree_with,
)

RING = own_question(GZD5.questions, "Is there a ring?", ["Ring", "No ring"])
TREE = extended(GZD5, [RING])


def test_the_question_comes_last_and_is_asked_always():
    assert TREE.labels[:34] == GZD5.labels
    assert TREE.labels[34:] == (
        "own-is-there-a-ring_ring",
        "own-is-there-a-ring_no-ring",
    )
    assert TREE.words("own-is-there-a-ring_ring") == "Ring"
    assert TREE.asked_if(RING) == "always"
    assert (TREE.root, TREE.own_questions, GZD5.own_questions) == ("gzd5", (RING,), ())
    assert TREE.name != GZD5.name and extended(GZD5, []) is GZD5


def test_words_and_names_that_are_taken_get_more():
    bar = own_question(
        GZD5.questions, "Bar", ["Yes", "Strong bar", "Ring-like!", "Ring like?"]
    )
    assert bar.title == "Bar (own)"
    assert bar.words == ("Yes (Bar)", "Strong bar (Bar)", "Ring-like!", "Ring like?")
    assert bar.answers == ("yes", "strong-bar", "ring-like", "ring-like-2")
    again = own_question(TREE.questions, "Is there a ring?", ["Ring", "No ring"])
    assert again.name == "own-is-there-a-ring-2"
    assert len(extended(TREE, [again]).labels) == 38


def test_words_of_people_hold_no_markup():
    found = own_question(GZD5.questions, "<b>_x_ [a](b) `c`: $d$", ["*Är*", ":red[no]"])
    assert found.title == "b x a (b) c d"
    assert found.words == ("Är", "red no")
    assert from_json(to_json([found])) == (found,)


def test_a_tree_comes_back_from_json():
    text = json.dumps(to_json([RING]))
    assert tree_with("gzd5", {"questions": json.loads(text)}) == TREE
    assert tree_with("gzd5", None) is GZD5


@pytest.mark.parametrize(
    "change, words",
    [
        ({"name": "bar"}, "lacks 'own-'"),
        ({"name": "own-Bar"}, "not of a-z"),
        ({"title": "[x](http://y)"}, "other signs"),
        ({"words": ["<i>a</i>", "b"]}, "other signs"),
        ({"words": ["a", "b", "c"]}, "words for 3|answers but words"),
        ({"answers": ["a"]}, "expected 2 to 12"),
        ({"more": 1}, "expected answers, name, title, words"),
    ],
)
def test_what_is_not_valid_is_refused(change, words):
    value = [to_json([RING])[0] | change]
    with pytest.raises(MorphError, match=words):
        tree_with("gzd5", {"questions": value})
    with pytest.raises(MorphError, match="expected a list"):
        tree_with("gzd5", {"questions": None})


def test_a_selection_by_it_comes_back_without_its_release():
    limits = {"own-is-there-a-ring_ring": (0.5, 1.0), "bar_strong": (0.2, 1.0)}
    selection = Selection(limits, tree=TREE)
    value = json.loads(json.dumps(recipe_json.to_json(selection)))
    assert value["tree"] == "gzd5"
    assert recipe_json.from_json(value) == selection
    assert digest(selection) != digest(Selection({"bar_strong": (0.2, 1.0)}))
    assert "questions" not in recipe_json.to_json(Selection())
