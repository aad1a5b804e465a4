"""The decision tree: the published one, and what any tree must be."""

import json
import re

import pytest

from morph.errors import MorphError, UnknownLabel
from morph.trees.decision_tree import (
    GZD5,
    TREES,
    DecisionTree,
    Question,
    as_branches,
    depth,
    read_tree,
)
from tests.trees import GZ2, INVENTED, invented

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


# Willett et al. 2013, table 2, with the numbers of the published columns.
_DISK, _FACE_ON = "Features or disk", "Features or disk → Not edge-on"
PUBLISHED_GZ2 = {
    "t01": ("always", "a01", "a02", "a03"),
    "t02": (_DISK, "a04", "a05"),
    "t03": (_FACE_ON, "a06", "a07"),
    "t04": (_FACE_ON, "a08", "a09"),
    "t05": (_FACE_ON, "a10", "a11", "a12", "a13"),
    "t06": ("“Smooth” or “Features or disk”", "a14", "a15"),
    "t07": ("Smooth", "a16", "a17", "a18"),
    "t08": (
        "“Smooth” or “Features or disk” → Something odd",
        "a19",
        "a20",
        "a21",
        "a22",
        "a23",
        "a24",
        "a38",
    ),
    "t09": (f"{_DISK} → Edge-on", "a25", "a26", "a27"),
    "t10": (f"{_FACE_ON} → Spiral arms", "a28", "a29", "a30"),
    "t11": (f"{_FACE_ON} → Spiral arms", "a31", "a32", "a33", "a34", "a36", "a37"),
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
    assert TREES["gz2"] is GZ2


@pytest.mark.parametrize("name", PUBLISHED_GZ2)
def test_galaxy_zoo_2_is_as_published(name):
    asked_if, *answers = PUBLISHED_GZ2[name]
    found = next(q for q in GZ2.questions if q.name.startswith(name))
    assert GZ2.asked_if(found) == asked_if
    assert [answer.partition("-")[0] for answer in found.answers] == answers


def test_ways_that_are_one_are_taken_together():
    """Asked after smooth, edge-on and other disks: after all but artifacts."""
    odd = GZ2.question("t06-odd")
    above = [parent.name[:3] for parent, _ in GZ2.parents(odd)]
    assert above == ["t05", "t07", "t09"]
    first = GZ2.questions[0]
    assert GZ2.ways(odd) == (((first, first.labels[:2]),),)
    assert GZ2.leader(odd) == first
    assert (GZ2.indent(odd), depth(odd, GZ2)) == (1, 3)
    names = [question.name[:3] for question in as_branches(GZ2)]
    order = "t01 t02 t03 t04 t10 t11 t05 t09 t07 t06 t08"
    assert names == order.split()
    assert GZD5.leader(GZD5.questions[0]) is None
    for question in GZD5.questions:
        assert GZD5.indent(question) == depth(question, GZD5)


def test_a_tree_is_a_json_file(tmp_path):
    tree = invented(tmp_path)
    assert (tree.title, tree.first_answer) == ("Shapes of stars", "round_yes")
    assert tree.labels == ("round_yes", "round_no", "spikes_some", "spikes_none")
    assert tree.asked_if(tree.question("spikes")) == "Elongated"
    assert (tree.samples, tree.sentence) == ((), {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"questions": 3}, "not iterable"),
        ({"name": None}, "shapes.json is not a decision tree"),
        ({"questions": INVENTED["questions"][1:]}, "round_no"),
        ({"questions": INVENTED["questions"][:1] * 2}, "twice"),
        ({"sentence": {"last": ["round"]}}, "answers have no phrase"),
        ({"first": "bar_yes"}, "bar_yes"),
    ],
)
def test_what_is_no_tree_is_refused_with_the_name_of_its_file(tmp_path, change, said):
    path = tmp_path / "shapes.json"
    path.write_text(json.dumps(INVENTED | change))
    with pytest.raises(MorphError, match=re.escape(said)) as error:
        read_tree(path)
    assert "shapes.json" in str(error.value)


def test_answers_must_differ_in_their_words(tmp_path):
    path = tmp_path / "shapes.json"
    path.write_text(json.dumps(INVENTED).replace("No spikes", "Round"))
    with pytest.raises(MorphError, match="Round: used for two answers or questions"):
        read_tree(path)


def test_names_are_plain_as_columns_are_made_of_them():
    with pytest.raises(ValueError, match="expected a-z"):
        DecisionTree("bad", (question('a"b', "yes", "no"),))


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
    with pytest.raises(ValueError, match="not a name"):  # the labels would be alike
        DecisionTree("alike", (question("a", "b_c"), question("a_b", "c")))


def test_every_answer_needs_its_words():
    with pytest.raises(ValueError, match="bar has 2 answers but words for 1"):
        DecisionTree("mute", (Question("bar", "Bar", ("yes", "no"), ("Bar",)),))


def test_a_question_after_several_has_no_single_way():
    tree = DecisionTree(
        "two-ways",
        (
            Question("a", "A", ("x", "y"), ("X", "Y")),
            Question("b", "B", ("x", "y"), ("BX", "BY"), asked_after=("a_x",)),
            Question("c", "C", ("x", "y"), ("CX", "CY"), asked_after=("a_y", "b_x")),
            Question("d", "D", ("x", "y"), ("DX", "DY"), asked_after=("c_x",)),
        ),
    )
    a, b, c, d = tree.questions
    assert tree.way_to(c) == ()
    assert tree.ways(c) == (((a, ("a_y",)),), ((a, ("a_x",)), (b, ("b_x",))))
    assert tree.asked_if(c) == "Y, or X → BX"
    assert tree.way_to(d) == ((c, ("c_x",)),)
    assert tree.asked_if(d) == "CX"
    assert [tree.indent(one) for one in tree.questions] == [0, 1, 0, 1]
    assert tree.way_to(tree.question("b")) == ((tree.question("a"), ("a_x",)),)


def test_a_question_asked_after_every_answer_is_always_asked():
    first = Question("a", "A", ("x", "y"), ("X", "Y"))
    then = Question("b", "B", ("x", "y"), ("BX", "BY"), asked_after=("a_x", "a_y"))
    tree = DecisionTree("all", (first, then))
    assert tree.ways(then) == ((),)
    assert tree.asked_if(then) == "always"


def test_an_answer_is_found_by_what_astronomers_call_it():
    found = {label: GZD5.words_and_synonyms(label) for label in GZD5.labels}
    assert found["disk-edge-on_no"] == "Not edge-on · face-on"
    assert found["disk-edge-on_yes"] == "Edge-on"
    for word, label in {
        "barred": "bar_strong",
        "S0": "has-spiral-arms_no",
        "elliptical": "smooth-or-featured_smooth",
    }.items():
        assert word in found[label].split(" · ")
