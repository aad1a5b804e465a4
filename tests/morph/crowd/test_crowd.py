"""Votes weighed by brute force, by hand, and as crowd-kit weighs them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from morph.crowd import glad as glad_module
from morph.crowd.dawid_skene import dawid_skene, weighed
from morph.crowd.glad import glad
from morph.crowd.skill import accuracy, bits
from morph.crowd.swap import SwapRules, replay
from morph.crowd.votes import Votes, votes_of, with_people
from morph.errors import MorphError
from morph.labels.in_force import counting
from morph.labels.label_question import question
from tests.morph.labels.acts import act

RING = question("Is there a ring?", "one", ["Ring", "No ring"])
# Of each person, the answers to subjects 0 to 7, of three; "." is no vote.
TABLE = ("00112201", "0011.202", "01112200", "1200.210", "00.02201")
CROWD_KIT_DAWID_SKENE = [
    [0.98326, 0.01674, 0.0],
    [0.93264, 0.06563, 0.00173],
    [0.05019, 0.94981, 0.0],
    [0.05755, 0.94245, 0.0],
    [0.0, 0.0, 1.0],
    [0.0, 0.0, 1.0],
    [0.98326, 0.01674, 0.0],
    [0.15243, 0.84, 0.00757],
]
CROWD_KIT_GLAD = [
    [1.0, 0.0, 0.0],
    [0.99877, 0.00111, 0.00012],
    [0.0, 1.0, 0.0],
    [0.00199, 0.99774, 0.00027],
    [0.0, 0.0, 0.99999],
    [0.00001, 0.00001, 0.99999],
    [1.0, 0.0, 0.0],
    [0.10822, 0.76053, 0.13125],
]


def table_votes(lines=TABLE, answers=3):
    cells = [
        (person, subject, int(sign))
        for person, line in enumerate(lines)
        for subject, sign in enumerate(line)
        if sign != "."
    ]
    person, subject, answer = np.array(cells).T
    names = tuple("abcdefgh"[: len(lines)]), tuple("ABCDEFGH"[: len(lines[0])])
    return Votes(*names, tuple("xyz"[:answers]), person, subject, answer)


def by_loops(votes, rounds, added, trusted):
    """Dawid and Skene's equations, one number at a time."""
    people, subjects, answers = map(
        range, (len(votes.people), len(votes.subjects), len(votes.answers))
    )
    cast = list(zip(votes.person, votes.subject, votes.answer, strict=True))
    posterior = votes.fractions.copy()
    for _ in range(rounds):
        prior = [np.mean([posterior[s][k] for s in subjects]) for k in answers]
        confusion = {}
        for p, k in product(people, answers):
            counts = [added + trusted * (k == a) for a in answers]
            for who, of, a in cast:
                if who == p:
                    counts[a] += posterior[of][k]
            confusion[p, k] = [max(c, 1e-10) for c in counts]
            total = sum(confusion[p, k])
            confusion[p, k] = [c / total for c in confusion[p, k]]
        for s in subjects:
            likely = [
                prior[k] * np.prod([confusion[p, k][a] for p, of, a in cast if of == s])
                for k in answers
            ]
            posterior[s] = np.array(likely) / sum(likely)
    return posterior


@pytest.mark.parametrize(("added", "trusted"), [(0.0, 0.0), (1.0, 0.0), (1.0, 2.0)])
def test_dawid_skene_is_its_equations(added, trusted):
    votes = table_votes()
    found = dawid_skene(votes, added=added, trusted=trusted, rounds=4, tolerance=0)
    np.testing.assert_allclose(
        found.posterior, by_loops(votes, 4, added, trusted), atol=1e-9
    )
    assert found.rounds == 4
    np.testing.assert_allclose(found.confusion.sum(axis=2), 1)


def test_dawid_skene_and_glad_are_those_of_crowd_kit():
    """Posteriors by crowd-kit 1.4.2 of `TABLE`: after one round, and at the end."""
    found = dawid_skene(table_votes(), rounds=1)
    np.testing.assert_allclose(found.posterior, CROWD_KIT_DAWID_SKENE, atol=1e-3)
    fitted = glad(table_votes(), rounds=500, tolerance=1e-9)
    np.testing.assert_allclose(fitted.posterior, CROWD_KIT_GLAD, atol=1e-3)


def test_known_answers_stay_and_teach():
    """Two who always agree, and one who says the opposite: the known answers decide."""
    votes = table_votes(("00110011", "00110011", "11001100"), answers=2)
    known = np.array([1, 1, 0, 0, -1, -1, -1, -1])
    found = weighed(votes, known=known)
    assert found.posterior[:4].tolist() == [[0, 1], [0, 1], [1, 0], [1, 0]]
    assert found.posterior[4:].argmax(axis=1).tolist() == [1, 1, 0, 0]
    assert weighed(votes).posterior.argmax(axis=1).tolist() == [0, 0, 1, 1] * 2


def test_the_slope_of_glad_is_that_of_its_objective():
    votes, rng = table_votes(), np.random.default_rng(0)
    right = rng.random(len(votes.answer))
    point = rng.normal(1, 0.5, len(votes.people) + len(votes.subjects))
    _, slope = glad_module._objective(point, votes, right)
    steps = approx_fprime(point, lambda x: glad_module._objective(x, votes, right)[0])
    np.testing.assert_allclose(slope, steps, rtol=1e-4, atol=1e-5)


def test_glad_finds_who_guesses():
    rng = np.random.default_rng(3)
    truth = rng.integers(2, size=200)
    guessed = rng.integers(2, size=(2, 200))
    lines = [truth, truth, np.where(rng.random(200) < 0.9, truth, 1 - truth), *guessed]
    person, subject = np.divmod(np.arange(5 * 200), 200)
    names = tuple("abcde"), tuple(map(str, range(200)))
    votes = Votes(*names, ("n", "y"), person, subject, np.concatenate(lines))
    found = glad(votes)
    assert (found.posterior.argmax(axis=1) == truth).all()
    assert found.ability[:3].min() > 5 * np.abs(found.ability[3:]).max()


def test_swap_by_hand():
    """Two known subjects, then one unknown one; start 0.5 with two votes."""
    person, subject, answer = np.array([[0, 0, 0, 1], [0, 1, 2, 2], [0, 1, 0, 1]])
    votes = Votes(("a", "b"), ("K", "L", "U"), ("yes", "no"), person, subject, answer)
    found = replay(votes, 0, SwapRules(), known=np.array([0, 1, -1]))
    # a is right about a yes and about a no: (0.5 * 2 + 1) / 3 each; b is not known
    assert found.pl == pytest.approx([2 / 3, 0.5])
    assert found.pd == pytest.approx([2 / 3, 0.5])
    # (2/3 * 1/2) / (2/3 * 1/2 + 1/3 * 1/2), then a vote that tells nothing
    assert found.probability[2] == pytest.approx(2 / 3)
    assert found.used.tolist() == [1, 1, 2]


def test_swap_learns_from_unknown_subjects_as_far_as_it_is_sure():
    votes = Votes(("a",), ("U",), ("yes", "no"), *np.array([[0], [0], [0]]))
    found = replay(votes, 0, SwapRules(start=0.8, learn_from_all=True))
    assert found.probability[0] == pytest.approx(0.8)  # 0.8 / (0.8 + 0.2)
    assert found.pl[0] == pytest.approx((0.8 * 2 + 0.8) / 2.8)
    assert found.pd[0] == pytest.approx((0.8 * 2 + 0) / 2.2)


def test_swap_without_anything_known_learns_nothing_from_even_odds():
    """Why a start of one half needs known answers."""
    found = replay(table_votes(("0011", "0101"), 2), 0, SwapRules(learn_from_all=True))
    assert found.probability == pytest.approx(0.5)


def test_a_retired_subject_takes_no_more_votes():
    yes = np.zeros(10, np.int64)
    votes = Votes(("a",), ("U",), ("yes", "no"), yes, yes, yes)
    rules = SwapRules(start=0.9, detected=0.99, rejected=0.01)
    found = replay(votes, 0, rules, retire=True)
    # odds 9, 81, 729: P = 0.9, 0.988, 0.9986
    assert (found.used[0], found.state[0]) == (3, 1)
    assert found.probability[0] == pytest.approx(729 / 730)
    kept = replay(votes, 0, rules)
    assert kept.used[0] == 10
    assert kept.probability[0] == 1 - rules.least  # evidence is capped
    no = replay(replace(votes, answer=yes + 1), 0, rules, retire=True)
    assert (no.used[0], no.state[0]) == (3, -1)


def test_the_order_of_votes_counts_and_is_kept():
    votes = table_votes(("0011", "0101", "0110"), 2)
    known = np.array([0, -1, -1, -1])
    once, twice = (replay(votes, 0, SwapRules(), known=known) for _ in range(2))
    np.testing.assert_array_equal(once.probability, twice.probability)
    back = replace(
        votes,
        person=votes.person[::-1],
        subject=votes.subject[::-1],
        answer=votes.answer[::-1],
    )
    other = replay(back, 0, SwapRules(), known=known)
    assert (other.probability != once.probability).any()


@pytest.mark.parametrize(
    "rules",
    [
        {"detected": 0.4},
        {"rejected": 0.0},
        {"start": 1.0},
        {"least": 0.2},
        {"skepticism": -1.0},
    ],
)
def test_impossible_rules_are_refused(rules):
    with pytest.raises(MorphError, match="expected"):
        SwapRules(**rules)


def test_offline_adds_a_vote_to_each_cell():
    votes = table_votes(("0011",), 2)
    found = dawid_skene(votes, added=1, known=np.array([0, 0, 0, 1]))
    # of three yes, two were said: (1 + 2) / (2 + 3); of one no, one: 2 / 3
    np.testing.assert_allclose(found.confusion[0], [[3 / 5, 2 / 5], [1 / 3, 2 / 3]])


def test_skill_in_bits():
    """Marshall et al.'s expression for two answers, and its limits."""
    pl, pd = 0.8, 0.7
    said = {"yes": 0.5 * pl + 0.5 * (1 - pd), "no": 0.5 * (1 - pl) + 0.5 * pd}

    def s(x):
        return x * np.log2(x)

    expected = 0.5 * (s(pl) + s(1 - pl) + s(pd) + s(1 - pd)) - s(said["yes"])
    expected -= s(said["no"])
    found = bits(np.array([[pl, 1 - pl], [1 - pd, pd]]))
    assert found == pytest.approx(expected)
    assert bits(np.eye(2)) == pytest.approx(1)
    assert bits(np.eye(2)[::-1]) == pytest.approx(1)  # always wrong tells as much
    assert bits(np.full((3, 3), 1 / 3)) == pytest.approx(0, abs=1e-12)
    assert bits(np.eye(4)) == pytest.approx(2)
    assert accuracy(np.array([[0.8, 0.2], [0.3, 0.7]])) == pytest.approx(0.75)


def test_votes_are_the_answers_that_count():
    acts = [
        act("ann", "J1", "Ring"),
        act("ann", "J1", "No ring"),
        act("bob", "J1", "Ring"),
        act("bob", "J2"),
        act("aggregated vote 1", "J3", "Ring"),
    ]
    votes = votes_of(counting(acts).values(), RING)
    assert votes.subjects == ("J1", "J3")
    assert votes.counts.tolist() == [[1, 1], [1, 0]]
    assert votes.fractions.tolist() == [[0.5, 0.5], [1, 0]]
    assert votes.smoothed().tolist() == [[0.5, 0.5], [2 / 3, 1 / 3]]
    named = with_people(votes)
    assert named.people == ("ann", "bob") and named.subjects == ("J1",)


def test_each_answer_of_several_is_a_question_of_yes_and_no():
    several = question("What?", "several", ["Bar", "Ring"])
    acts = [act("ann", "J1", "Bar", "Ring"), act("bob", "J1", "Ring")]
    votes = votes_of(acts, several, answer="Bar")
    assert votes.answers == ("yes", "no")
    assert votes.counts.tolist() == [[1, 1]]
    with pytest.raises(MorphError, match="no single answer"):
        votes_of(acts, several)
