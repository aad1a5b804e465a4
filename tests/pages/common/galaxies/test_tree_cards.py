"""Cards of the decision tree of a release."""

from types import SimpleNamespace

from morph.selection.histograms import Expected
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5
from pages.common.galaxies.tree_cards import of_release


def test_the_answer_with_most_galaxies_is_marked_if_any_has_one():
    answers = dict.fromkeys(GZD5.labels, 0.0) | {"bar_strong": 2.0, "bar_no": 1.0}
    asked = {question.name: 3.0 for question in GZD5.questions}
    manifest = SimpleNamespace(not_learnt=())
    release = SimpleNamespace(tree=GZD5, galaxies=3, manifest=manifest)
    cards = of_release(release, Expected(asked, answers), Selection())
    marked = [one.label for card in cards for one in card.answers if one.largest]
    assert marked == ["bar_strong"]
