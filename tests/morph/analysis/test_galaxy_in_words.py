"""Sentences about galaxies against examples."""

import itertools

import numpy as np
import pytest

from morph.analysis import galaxy_in_words
from morph.analysis.galaxy_in_words import UNDECIDED, UNKNOWN
from morph.analysis.one_galaxy import AnswerPosterior, QuestionPosterior
from morph.trees.decision_tree import GZD5
from tests.trees import GZ2, invented

_WORDS = {
    label: phrase
    for question in GZD5.questions
    for label, phrase in zip(question.labels, question.phrases, strict=True)
}


def in_words(questions, **more):
    return galaxy_in_words.in_words(questions, GZD5, **more)


SPIRAL = {
    "smooth-or-featured_featured-or-disk": 0.95,
    "disk-edge-on_no": 0.97,
    "has-spiral-arms_yes": 0.93,
    "bar_weak": 0.48,
    "bulge-size_small": 0.71,
    "spiral-winding_loose": 0.66,
    "spiral-arm-count_2": 0.61,
    "merging_none": 0.88,
}


def posteriors(largest, *, tails=None, asked=None, without=(), tree=GZD5):
    """All questions: the largest answer's fraction as given, the rest shared."""
    found = []
    for question in tree.questions:
        own = next((label for label in question.labels if label in largest), None)
        fraction = largest.get(own)
        rest = None if own is None else (1 - fraction) / (len(question.labels) - 1)
        answers = tuple(
            AnswerPosterior(
                label,
                tree.words(label),
                fraction if label == own else rest,
                None,
                None,
                None,
                None,
                (tails or {}).get(label),
            )
            for label in question.labels
        )
        reached = (asked or {}).get(question.name, 1.0)
        found.append(
            QuestionPosterior(
                question,
                None if question.name in without else reached,
                own,
                {},
                answers,
            )
        )
    return tuple(found)


def test_a_face_on_spiral():
    assert in_words(posteriors(SPIRAL)) == (
        "Probably a spiral (0.93) with perhaps a weak bar (0.48), a "
        "small bulge (0.71) and two loose arms (0.61); no sign of merging (0.88)."
    )


def test_arms_that_are_unsure_do_not_make_a_spiral():
    tails = {"has-spiral-arms_yes": 0.6}
    asked = {"spiral-winding": 0.45, "spiral-arm-count": 0.45}
    assert in_words(posteriors(SPIRAL, tails=tails, asked=asked)) == (
        "Probably a disk not seen edge-on (0.95) with perhaps spiral arms (0.93), "
        "perhaps a weak bar (0.48) and a small bulge (0.71); no sign of merging (0.88)."
    )


def test_a_disk_without_arms():
    answers = SPIRAL | {"bar_no": 0.9, "bulge-size_none": 0.6}
    for label in ("has-spiral-arms_yes", "bar_weak", "bulge-size_small"):
        del answers[label]
    answers["has-spiral-arms_no"] = 0.8
    asked = {"spiral-winding": 0.1, "spiral-arm-count": 0.1}
    assert in_words(posteriors(answers, asked=asked)) == (
        "Probably a disk not seen edge-on (0.95) with no spiral arms (0.80), "
        "no bar (0.90) and no bulge (0.60); no sign of merging (0.88)."
    )


def test_an_edge_on_disk():
    answers = {
        "smooth-or-featured_featured-or-disk": 0.7,
        "disk-edge-on_yes": 0.9,
        "edge-on-bulge_boxy": 0.45,
        "merging_minor-disturbance": 0.55,
    }
    tails = {"merging_minor-disturbance": 0.7}
    asked = {"has-spiral-arms": 0.07, "bar": 0.07, "bulge-size": 0.07}
    assert in_words(posteriors(answers, tails=tails, asked=asked)) == (
        "Probably a disk seen edge-on (0.70) with perhaps a boxy bulge "
        "(0.45); perhaps slightly disturbed (0.55)."
    )


def test_a_smooth_galaxy_that_is_unsure():
    answers = {
        "smooth-or-featured_smooth": 0.47,
        "how-rounded_cigar-shaped": 0.8,
        "merging_merger": 0.9,
    }
    asked = {"how-rounded": 0.47}
    assert in_words(posteriors(answers, asked=asked)) == (
        "Perhaps a smooth galaxy (0.47); merging with another galaxy (0.90)."
    )
    assert "(0.47), cigar-shaped (0.80); " in in_words(posteriors(answers))


def test_an_artifact():
    answers = {"smooth-or-featured_artifact": 0.91, "merging_none": 0.9}
    asked = {question.name: 0.09 for question in GZD5.questions[1:]}
    assert in_words(posteriors(answers, asked=asked)) == (
        "Probably an artifact or a star instead of a galaxy (0.91)."
    )


def test_arms_of_which_only_number_or_winding_is_known():
    number = {k: v for k, v in SPIRAL.items() if k != "spiral-winding_loose"}
    assert "and two arms (0.61)" in in_words(posteriors(number))
    winding = {k: v for k, v in SPIRAL.items() if k != "spiral-arm-count_2"}
    assert "and loose arms (0.66)" in in_words(posteriors(winding))


def test_a_question_that_was_not_learnt_is_passed_over():
    said = in_words(posteriors(SPIRAL), not_learnt=("bar", "merging"))
    assert said == (
        "Probably a spiral (0.93) with a small bulge (0.71) and two loose arms (0.61)."
    )
    assert in_words(posteriors(SPIRAL), not_learnt=("smooth-or-featured",)) == UNKNOWN


def test_nothing_known_is_said():
    assert in_words(posteriors({})) == UNKNOWN
    assert in_words(posteriors(SPIRAL, without=("smooth-or-featured",))) == UNKNOWN


def shared(name, fractions, *, tail=None):
    """A question's posterior from the expected fractions of its answers."""
    question = GZD5.question(name)
    leader = question.labels[int(np.argmax(fractions))]
    answers = tuple(
        AnswerPosterior(
            *(label, GZD5.words(label), fraction, *[None] * 4),
            tail if label == leader else None,
        )
        for label, fraction in zip(question.labels, fractions, strict=True)
    )
    return QuestionPosterior(question, 1.0, leader, {}, answers)


SMOOTH = shared("smooth-or-featured", (0.9, 0.07, 0.03), tail=1.0)


def twentieths(parts, left=20):
    """All ways to share twenty twentieths among some answers."""
    if parts == 1:
        return [(left,)]
    return [
        (own, *others)
        for own in range(left + 1)
        for others in twentieths(parts - 1, left - own)
    ]


@pytest.mark.parametrize("tail", [None, 0.0, 0.79, 0.8, 1.0])
def test_what_is_said_of_merging_is_true_of_every_posterior(tail):
    for found in twentieths(4):
        fractions = [part / 20 for part in found]
        first, second, third, _ = sorted(fractions, reverse=True)
        merging = shared("merging", fractions, tail=tail)
        said = in_words((SMOOTH, merging)).partition("; ")[2]
        leader = f"{_WORDS[merging.largest]} ({first:.2f})"
        if first - third < 0.11:
            assert said == ""  # three answers or more are as large
        elif first - second < 0.11:
            assert said.startswith(f"{leader} or ") and f"({second:.2f})" in said
        else:
            enough = first >= 0.6 if tail is None else first > 0.5 and tail >= 0.8
            assert said == f"{leader}." if enough else said == f"perhaps {leader}."


@pytest.mark.parametrize("tail", [None, 0.5, 1.0])
def test_what_a_galaxy_is_said_to_be_is_true_of_every_posterior(tail):
    for found in twentieths(3):
        fractions = [part / 20 for part in found]
        first, second, third = sorted(fractions, reverse=True)
        posterior = shared("smooth-or-featured", fractions, tail=tail)
        said = in_words((posterior,))
        leader = f"{_WORDS[posterior.largest]} ({first:.2f})"
        if first - third < 0.11:
            assert said == f"{UNDECIDED}."
        elif first - second < 0.11:
            assert said.startswith(f"Perhaps {leader} or ")
            assert said.endswith(f" ({second:.2f}).")
        else:
            enough = first >= 0.6 if tail is None else first > 0.5 and tail >= 0.8
            assert said == f"{'Probably' if enough else 'Perhaps'} {leader}."


def test_nothing_is_said_of_a_disk_that_is_perhaps_no_disk():
    even = shared("smooth-or-featured", (0.48, 0.52, 0.0), tail=0.9)
    below = posteriors(SPIRAL)[1:]
    assert in_words((even, *below)) == (
        "Perhaps a galaxy with features or a disk (0.52) or a smooth galaxy (0.48); no "
        "sign of merging (0.88)."
    )
    disk = posteriors(SPIRAL)[:1]
    turned = shared("disk-edge-on", (0.52, 0.48), tail=0.9)
    assert in_words((*disk, turned, *below[1:])).startswith(
        "Perhaps a disk seen edge-on (0.52) or a disk not seen edge-on (0.48); "
    )


def test_arms_as_probable_as_none_are_not_counted():
    arms = shared("has-spiral-arms", (0.55, 0.45), tail=0.9)
    found = [
        arms if one.question == arms.question else one for one in posteriors(SPIRAL)
    ]
    assert in_words(found).startswith(
        "Probably a disk not seen edge-on (0.95) with spiral arms (0.55) or "
        "no spiral arms (0.45), perhaps a weak bar (0.48) and a small bulge (0.71); "
    )


def test_two_numbers_of_arms_or_two_windings():
    number = shared("spiral-arm-count", (0.02, 0.45, 0.4, 0.03, 0.05, 0.05))
    winding = shared("spiral-winding", (0.1, 0.48, 0.42))

    def saying(*changed):
        names = [one.question for one in changed]
        rest = [one for one in posteriors(SPIRAL) if one.question not in names]
        return in_words((*rest, *changed))

    assert "and two loose arms (0.45) or three loose arms (0.40); " in saying(number)
    assert "and two arms (0.61); " in saying(winding)
    assert "and two arms (0.45) or three arms (0.40); " in saying(number, winding)


@pytest.mark.parametrize("tree", [GZD5, GZ2], ids=lambda tree: tree.name)
def test_the_parts_of_a_sentence_are_questions_of_the_tree(tree):
    parts = dict(tree.sentence)
    names = [*parts.pop("features"), *parts.pop("last"), *parts.values()]
    assert {tree.question(name).name for name in names} == {
        question.name for question in tree.questions[1:]
    }
    assert all(all(question.phrases) for question in tree.questions)


@pytest.mark.parametrize("label", GZD5.labels)
def test_every_answer_is_said_where_it_is_the_largest(label):
    """Whatever the others are, the sentence ends well and holds the answer's number."""
    way = {parent.name: label for parent, _ in GZD5.parents(GZD5.question_of(label))}
    leading = set()
    question = GZD5.question_of(label)
    while question.asked_after:
        leading.add(question.asked_after[-1])
        question = GZD5.question_of(question.asked_after[-1])
    said = in_words(posteriors({label: 0.83} | dict.fromkeys(leading, 0.97)))
    assert "(0.83)" in said
    assert said.endswith(").")
    assert "{" not in said
    assert way or not GZD5.question_of(label).asked_after


def test_numbers_of_a_phrase_are_the_smallest_of_its_answers():
    for featured, face_on, arms in itertools.permutations((0.9, 0.8, 0.7)):
        answers = SPIRAL | {
            "smooth-or-featured_featured-or-disk": featured,
            "disk-edge-on_no": face_on,
            "has-spiral-arms_yes": arms,
        }
        assert "a spiral (0.70)" in in_words(posteriors(answers))


GZ2_SPIRAL = {
    "t01-smooth-or-features_a02-features-or-disk": 0.95,
    "t02-edgeon_a05-no": 0.97,
    "t03-bar_a06-bar": 0.8,
    "t04-spiral_a08-spiral": 0.93,
    "t05-bulge-prominence_a11-just-noticeable": 0.71,
    "t06-odd_a14-yes": 0.8,
    "t08-odd-feature_a19-ring": 0.55,
    "t10-arms-winding_a30-loose": 0.66,
    "t11-arms-number_a32-2": 0.61,
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {},
            "Probably a spiral (0.93) with a bar (0.80), a just noticeable bulge "
            "(0.71) and two loose arms (0.61); something odd (0.80), perhaps a ring "
            "(0.55).",
        ),
        (
            {"t02-edgeon_a04-yes": 0.9, "t09-bulge-shape_a26-boxy": 0.7},
            "Probably a disk seen edge-on (0.90) with a boxy bulge (0.70); something "
            "odd (0.80), perhaps a ring (0.55).",
        ),
        (
            {"t01-smooth-or-features_a01-smooth": 0.9, "t06-odd_a15-no": 0.7}
            | {"t07-rounded_a17-in-between": 0.65},
            "Probably a smooth galaxy (0.90), oval in outline (0.65); nothing odd "
            "(0.70), perhaps a ring (0.55).",
        ),
    ],
)
def test_galaxy_zoo_2_has_its_own_words(changed, said):
    others = {label.partition("_")[0] for label in changed}
    kept = {n: v for n, v in GZ2_SPIRAL.items() if n.partition("_")[0] not in others}
    questions = posteriors({**kept, **changed}, tree=GZ2)
    assert galaxy_in_words.in_words(questions, GZ2) == said


def test_a_tree_without_words_has_no_sentence(tmp_path):
    tree = invented(tmp_path)
    assert galaxy_in_words.in_words(posteriors({}, tree=tree), tree) == ""
