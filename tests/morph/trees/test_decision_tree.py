"""The decision tree: the published one, and what any tree must be."""

import pytest

from morph.errors import UnknownLabel
from morph.trees.decision_tree import GZD5, TREES, DecisionTree, Question
from tests.trees import GZ2

# Method, section 2: first and last column of each question, and what leads to it.
PUBLISHED = {
    "smooth-or-featured": (0, 2, "always"),
    "disk-edge-on": (3, 4, "Featured or disk"),
    "has-spiral-arms": (5, 6, "Featured or disk → Not edge-on"),
    "bar": (7, 9, "Featured or disk → Not edge-on"),
    "bulge-size": (10, 14, "Featured or disk → Not edge-on"),
    "how-rounded": (15, 17, "Smooth"),
    "edge-on-bulge": (18, 20, "Featured or disk → Edge-on"),
    "spiral-winding": (21, 23, "Featured or disk → Not edge-on → Spiral arms"),
    "spiral-arm-count": (24, 29, "Featured or disk → Not edge-on → Spiral arms"),
    "merging": (30, 33, "“Smooth” or “Featured or disk”"),
}


def question(name: str, *answers: str, after: tuple[str, ...] = ()) -> Question:
    return Question(name, name, answers, answers, asked_after=after)


def test_gzd5_has_10_questions_and_34_answers():
    assert len(GZD5.questions) == 10
    assert len(GZD5.labels) == len(set(GZD5.labels)) == 34
    assert GZD5.labels[0] == "smooth-or-featured_smooth"
    assert GZD5.labels[28] == "spiral-arm-count_more-than-4"
    assert TREES["gzd5"] is GZD5


@pytest.mark.parametrize("name", PUBLISHED)
def test_questions_have_the_published_columns_and_dependencies(name):
    first, last, asked_if = PUBLISHED[name]
    found = GZD5.question(name)
    assert GZD5.columns(found) == slice(first, last + 1)
    assert GZD5.asked_if(found) == asked_if


def test_columns_of_the_questions_cover_the_labels_in_order():
    for tree in (GZD5, GZ2):
        columns = [i for q in tree.questions for i in range(99)[tree.columns(q)]]
        assert columns == list(range(len(tree.labels)))


def test_a_label_knows_its_question_and_its_words():
    assert GZD5.question_of("bar_weak").name == "bar"
    assert GZD5.words("spiral-arm-count_cant-tell") == "Can't tell"
    for label in GZD5.labels:
        assert label in GZD5.question_of(label).labels


def test_merging_has_one_parent_with_two_answers():
    parents = GZD5.parents(GZD5.question("merging"))
    assert [(parent.name, labels) for parent, labels in parents] == [
        (
            "smooth-or-featured",
            ("smooth-or-featured_smooth", "smooth-or-featured_featured-or-disk"),
        )
    ]
    assert GZD5.parents(GZD5.question("smooth-or-featured")) == ()


def test_a_question_with_its_parents_stands_in_tree_order():
    found = GZD5.with_parents([GZD5.question("merging"), GZD5.question("bar")])
    names = ["smooth-or-featured", "disk-edge-on", "bar", "merging"]
    assert [question.name for question in found] == names


def test_another_campaigns_tree_is_another_value():
    assert len(GZ2.questions) == 11
    assert len(GZ2.labels) == 37
    assert GZ2.asked_if(GZ2.question("arms")) == "features → no → yes"
    assert [q.name for q, _ in GZ2.parents(GZ2.question("odd"))] == [
        "rounded",
        "edge-bulge",
        "bulge",
    ]


def test_unknown_names_are_refused_and_the_known_ones_are_named():
    with pytest.raises(UnknownLabel, match=r"'colour' is not in the decision.*bar"):
        GZD5.question("colour")
    with pytest.raises(UnknownLabel, match=r"'bar_yes'.*expected one of: .*bar_strong"):
        GZD5.question_of("bar_yes")
    with pytest.raises(UnknownLabel):
        GZD5.words("bar")


def test_a_question_must_stand_after_those_that_lead_to_it():
    bar = question("bar", "yes", "no", after=("kind_disk",))
    kind = question("kind", "smooth", "disk")
    assert DecisionTree("right", (kind, bar)).labels[-1] == "bar_no"
    with pytest.raises(UnknownLabel, match="kind_disk"):
        DecisionTree("wrong", (bar, kind))
    with pytest.raises(UnknownLabel, match="bar_yes"):
        DecisionTree("own", (question("bar", "yes", "no", after=("bar_yes",)),))


def test_a_label_or_a_question_must_not_stand_twice():
    with pytest.raises(ValueError, match="twice"):
        DecisionTree("same", (question("bar", "a"), question("bar", "b")))
    with pytest.raises(ValueError, match="twice"):
        DecisionTree("alike", (question("a", "b_c"), question("a_b", "c")))


def test_every_answer_needs_its_words():
    with pytest.raises(ValueError, match="do not fit its answers"):
        DecisionTree("mute", (Question("bar", "Bar", ("yes", "no"), ("Bar",)),))


def test_a_question_after_several_has_no_single_way():
    tree = DecisionTree(
        "two-ways",
        (
            Question("a", "A", ("x", "y"), ("X", "Y")),
            Question("b", "B", ("x", "y"), ("BX", "BY"), asked_after=("a_x",)),
            Question("c", "C", ("x", "y"), ("CX", "CY"), asked_after=("a_y", "b_x")),
        ),
    )
    assert tree.way_to(tree.question("c")) == ()
    assert tree.way_to(tree.question("b")) == ((tree.question("a"), ("a_x",)),)
