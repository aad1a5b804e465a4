"""What is fitted to: labels, folds of galaxies, and every refusal."""

import numpy as np
import pytest

from morph.errors import MorphError
from morph.labels.label_question import question
from morph.learning.labelled_galaxies import groups
from morph.learning.training_labels import contradicting, training_labels
from tests.morph.labels.acts import act, undo

RING = question("Is there a ring?", "one", ["Ring", "Weak ring", "No ring"])
FEATURES = question("What is there?", "several", ["Bar", "Ring", "Arms"])
RATING = question("How odd is it?", "rating")
NAMES = [f"J{number}" for number in range(40)]


def answered(*given, who="ann", **more):
    """Acts with these answers, one for each galaxy from the first on."""
    pairs = zip(NAMES, given, strict=False)
    return [act(who, name, *answer, **more) for name, answer in pairs]


def labels(one, acts, inside=NAMES, **more):
    return training_labels(one, acts, set(inside), release_id="demo", **more)


def test_one_answer_of_several_is_one_problem():
    found = labels(RING, answered(*[["Ring"]] * 7, *[["No ring"]] * 5, *[["Ring"]] * 3))
    (problem,) = found.problems
    assert problem.answers == ("Ring", "No ring")
    by_name = dict(zip(found.names, problem.given.tolist(), strict=True))
    assert [by_name[name] for name in NAMES[:15]] == [0] * 7 + [1] * 5 + [0] * 3
    assert found.notes == (
        "“Weak ring” is not learnt: 0 galaxies with it; at least 3 are needed.",
    )


def test_a_rare_answer_and_its_galaxies_are_left_out():
    given = [["Ring"]] * 6 + [["Weak ring"]] * 2 + [["No ring"]] * 6
    (problem,) = labels(RING, answered(*given)).problems
    found = labels(RING, answered(*given))
    kept = {found.names[row] for row in problem.rows}
    assert kept == set(NAMES[:6] + NAMES[8:14])
    assert len(problem.given) == 12


def test_several_answers_are_a_problem_each():
    given = [["Bar", "Ring"]] * 4 + [["Ring"]] * 4 + [["Bar"]] * 4
    found = labels(FEATURES, answered(*given))
    assert [one.of for one in found.problems] == ["Bar", "Ring"]
    assert found.problems[0].answers == ("Bar", "not Bar")
    by_name = dict(zip(found.names, found.problems[0].given.tolist(), strict=True))
    assert [by_name[name] for name in NAMES[:12]] == [0] * 4 + [1] * 4 + [0] * 4
    assert found.notes == (
        "“Arms” is not learnt: 0 galaxies with it; at least 3 are needed.",
    )


def test_ratings_are_numbers():
    found = labels(RATING, answered(*[[str(number % 6)] for number in range(12)]))
    (problem,) = found.problems
    assert problem.is_rating
    by_name = dict(zip(found.names, problem.given.tolist(), strict=True))
    assert [by_name[name] for name in NAMES[:12]] == [n % 6 for n in range(12)]


def test_a_galaxy_that_was_shown_twice_is_there_once():
    acts = answered(*[["Ring"], ["No ring"]] * 6)
    again = answered(["No ring"], showing=2)
    found = labels(RING, acts + again)
    assert len(found.names) == 12
    (problem,) = found.problems
    assert problem.given[found.names.index("J0")] == 1  # the last answer counts
    assert any(
        n
        == "Answered twice differently by one person: 1 galaxy; the last answer counts."
        for n in found.notes
    )


def test_contradictions_are_those_of_one_person_that_were_not_undone():
    wrong = act("ann", "J1", "Ring")
    acts = [wrong, undo(wrong), act("ann", "J1", "No ring"), act("bob", "J1", "Ring")]
    assert contradicting(acts) == 0
    acts.append(act("bob", "J1", "No ring"))
    assert (contradicting(acts), contradicting(acts, "ann")) == (1, 0)


def test_what_is_left_out_is_said():
    acts = answered(*[["Ring"], ["No ring"]] * 8, *[[]] * 3)
    acts += [act("bob", "J0", "No ring"), act("ann", "K1", "Ring")]
    found = labels(RING, acts)
    assert len(found.names) == 15
    assert found.notes[:3] == (
        "Left out as “don’t know”: 3 galaxies.",
        "Left out without a majority: 1 galaxy.",
        "Left out, not in demo: 1 galaxy.",
    )


@pytest.mark.parametrize(
    "one, given, words",
    [
        (
            RING,
            [["Ring"]] * 4,
            "4 galaxies of demo have an answer; a model needs at le",
        ),
        (RING, [[]] * 12, "all 12 galaxies are “don’t know”"),
        (RING, [["Ring"]] * 12, "all 12 labelled galaxies are “Ring”"),
        (
            RING,
            [["Ring"]] * 11 + [["No ring"]],
            "11 of 12 labelled galaxies are “Ring”",
        ),
        (FEATURES, [["Bar"]] * 12, "the same in every answer"),
        (RATING, [["3"]] * 12, "all 12 labelled galaxies are rated 3"),
        (question("Tags?", "tags"), [["ring"]] * 12, "free tags are not learnt"),
    ],
)
def test_what_cannot_be_learnt_is_refused_with_a_way_out(one, given, words):
    with pytest.raises(MorphError, match=words):
        labels(one, answered(*given))


def test_labels_of_another_release_are_refused():
    acts = answered(*[["Ring"], ["No ring"]] * 8)
    with pytest.raises(MorphError, match="demo has 3 of the 16 galaxies"):
        labels(RING, acts, inside=NAMES[:3])


def test_the_labels_of_one_person():
    acts = answered(*[["Ring"], ["No ring"]] * 6) + answered(*[["Ring"]] * 9, who="bob")
    (problem,) = labels(RING, acts, who="ann").problems
    assert problem.given.sum() == 6


def test_galaxies_that_a_model_chose_are_known():
    acts = answered(
        *[["Ring"], ["No ring"]] * 4, chosen="200 at random (seed 1) from: all"
    )
    acts += [
        act("ann", name, "Ring", chosen="mutual information 0.3")
        for name in NAMES[8:12]
    ]
    found = labels(RING, acts)
    known = dict(zip(found.names, found.at_random.tolist(), strict=True))
    assert [known[name] for name in NAMES[:12]] == [True] * 8 + [False] * 4


def test_galaxies_whose_images_overlap_are_one_group():
    ra = np.array([150.0, 150.01, 151, np.nan, 150.02, np.nan])
    dec = np.array([2.0, 2.0, 2.0, 1.0, 2.0, 1.0])
    found = groups(ra, dec)  # 36 arcsec from one to the next
    apart = [[bool(a == b) for b in found] for a in found]
    chain = {0, 1, 4}
    assert apart == [[i == j or {i, j} <= chain for j in range(6)] for i in range(6)]
