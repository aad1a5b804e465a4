"""Kappa against worked values and scikit-learn; its interval against a bootstrap."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from morph.evaluation.accuracy import cohens_kappa
from morph.labels.in_force import counting
from morph.labels.label_agreement import (
    between_people,
    kappa,
    kappa_interval,
    self_consistency,
)
from morph.labels.label_question import question
from tests.morph.labels.acts import act, undo

RING = question("Is there a ring?", "one", ["Ring", "No ring"])
FEATURES = question("What is there?", "several", ["Bar", "Ring"])
RATING = question("How disturbed?", "rating")
TAGS = question("What strikes you?", "tags")


def test_kappa_of_a_worked_example():
    """50 pairs, 35 agree, 0.5 by chance: (0.7 - 0.5) / (1 - 0.5)."""
    counts = np.array([[20, 5], [10, 15]])
    assert float(kappa(counts)) == pytest.approx(0.4)


def drawn(seed, answers, number=60):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, answers, number)
    second = np.where(rng.random(number) < 0.6, first, rng.integers(0, answers, number))
    counts = np.zeros((answers, answers))
    np.add.at(counts, (first, second), 1)
    return first, second, counts


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("squared", [False, True])
def test_kappa_is_that_of_scikit_learn(seed, squared):
    first, second, counts = drawn(seed, 6)
    weights = "quadratic" if squared else None
    expected = cohen_kappa_score(first, second, labels=range(6), weights=weights)
    assert float(kappa(counts, squared=squared)) == pytest.approx(expected)


def test_many_matrices_at_once():
    several = np.stack([drawn(seed, 3)[2] for seed in range(4)])
    together = kappa(several)
    assert together.tolist() == [float(kappa(one)) for one in several]


@pytest.mark.parametrize("squared", [False, True])
def test_the_interval_is_that_of_resampled_pairs(squared):
    first, second, counts = drawn(3, 4, 80)
    rng, values = np.random.default_rng(1), []
    for _ in range(1500):
        at = rng.integers(0, 80, 80)
        weights = "quadratic" if squared else None
        values.append(
            cohen_kappa_score(first[at], second[at], labels=range(4), weights=weights)
        )
    low, high = kappa_interval(counts, squared=squared)
    assert (low, high) == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=0.03)


def test_the_interval_is_near_that_of_the_standard_error():
    counts = np.array([[400, 100], [200, 300]])
    value, error = cohens_kappa(counts)
    low, high = kappa_interval(counts)
    assert (low, high) == pytest.approx(
        (value - 1.96 * error, value + 1.96 * error), abs=0.01
    )


def test_where_all_answers_are_the_same_kappa_is_not_defined():
    assert np.isnan(kappa(np.array([[30, 0], [0, 0]])))
    assert np.isnan(kappa_interval(np.array([[30, 0], [0, 0]]))).all()
    assert np.isnan(kappa(np.zeros((2, 2))))


def test_few_pairs_have_no_interval():
    assert np.isnan(kappa_interval(np.array([[4, 1], [0, 4]]))).all()
    assert not np.isnan(kappa_interval(np.array([[4, 1], [1, 4]]))).any()


def twice(who, iauname, first, second, **more):
    given = {"queue": "q2aaa"} | more
    return [
        act(who, iauname, *first, showing=1, **given),
        act(who, iauname, *second, showing=2, **given),
    ]


def test_a_person_is_compared_with_themselves_where_a_queue_asks_twice():
    acts = [
        *(one for n in range(20) for one in twice("ann", f"J{n}", ["Ring"], ["Ring"])),
        *(
            one
            for n in range(20, 35)
            for one in twice("ann", f"J{n}", ["No ring"], ["No ring"])
        ),
        *(
            one
            for n in range(35, 45)
            for one in twice("ann", f"J{n}", ["No ring"], ["Ring"])
        ),
        *(
            one
            for n in range(45, 50)
            for one in twice("ann", f"J{n}", ["Ring"], ["No ring"])
        ),
        *twice("ann", "J50", ["Ring"], []),  # don't know
        act("ann", "J51", "Ring", queue="q2aaa"),  # once yet
        *twice("bob", "J1", ["Ring"], ["No ring"]),
        act("ann", "J52", "Ring"),
        act("ann", "J52", "No ring"),  # no queue
    ]
    ann, bob = self_consistency(RING, acts)
    assert (ann.who, ann.pairs, ann.unknown, ann.agreeing) == ("ann", 50, 1, 35)
    assert ann.kappa == pytest.approx(0.4)
    assert ann.low < 0.4 < ann.high
    assert (bob.pairs, bob.agreeing) == (1, 0)
    assert np.isnan(bob.low)


def test_an_undone_answer_is_no_pair():
    acts = twice("ann", "J1", ["Ring"], ["No ring"])
    assert self_consistency(RING, [*acts, undo(acts[1])]) == []


def test_the_last_answer_of_each_time_is_compared():
    acts = twice("ann", "J1", ["Ring"], ["No ring"])
    changed = act("ann", "J1", "Ring", showing=2, queue="q2aaa")
    for order in ([*acts, changed], [changed, *acts]):
        (row,) = self_consistency(RING, order)
        assert (row.pairs, row.agreeing) == (1, 1)


def test_people_are_compared_on_the_galaxies_of_both():
    acts = [act("ann", f"J{n}", "Ring") for n in range(6)]
    acts += [act("bob", f"J{n}", "Ring" if n < 8 else "No ring") for n in range(4, 10)]
    acts += [act("cy", "J20", "Ring")]
    rows = between_people(RING, counting(acts))
    assert [(row.who, row.other, row.pairs, row.agreeing) for row in rows] == [
        ("ann", "bob", 2, 2)
    ]


def test_several_answers_are_compared_one_by_one():
    acts = [
        *twice("ann", "J1", ["Bar", "Ring"], ["Bar"]),
        *twice("ann", "J2", ["Ring"], ["Ring"]),
    ]
    rows = self_consistency(FEATURES, acts)
    assert [(row.of, row.pairs, row.agreeing) for row in rows] == [
        ("Bar", 2, 2),
        ("Ring", 2, 1),
    ]
    assert rows[0].kappa == pytest.approx(1)
    assert rows[1].kappa == pytest.approx(0)


def test_ratings_weigh_disagreement_by_its_square():
    acts = [
        one
        for n, (first, second) in enumerate([(0, 0), (5, 5), (2, 3), (4, 3), (1, 1)])
        for one in twice("ann", f"J{n}", [str(first)], [str(second)])
    ]
    (row,) = self_consistency(RATING, acts)
    expected = cohen_kappa_score([0, 5, 2, 4, 1], [0, 5, 3, 3, 1], weights="quadratic")
    assert row.kappa == pytest.approx(expected)


def test_tags_are_compared_the_most_frequent_first():
    acts = [
        *twice("ann", "J1", ["ring"], ["ring", "blue"]),
        *twice("ann", "J2", ["blue"], ["dust"]),
        *twice("ann", "J3", ["ring"], ["ring"]),
    ]
    rows = self_consistency(TAGS, acts)
    assert [(row.of, row.agreeing) for row in rows] == [
        ("ring", 3),
        ("blue", 1),
        ("dust", 2),
    ]


def test_of_a_crowd_those_who_labelled_most_are_compared():
    acts = [
        act(f"p{person:02d}", f"J{galaxy}", "Ring")
        for person in range(14)
        for galaxy in range(20 - person)
    ]
    rows = between_people(RING, counting(acts))
    assert len(rows) == 12 * 11 / 2
    assert {row.who for row in rows} | {row.other for row in rows} == {
        f"p{person:02d}" for person in range(12)
    }
