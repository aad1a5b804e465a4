"""The goals of the cases, on numbers, and the foreign survey of a few galaxies."""

from dataclasses import replace

import numpy as np
import pytest

from data.simulation.population import draw_population
from morph.trees.decision_tree import GZD5
from tests.benchmarks.adaptation_cases import (
    CASES,
    Measured,
    missed_goals,
    most_sure,
)
from tests.benchmarks.adaptation_skies import observe_foreign

SAME, FOREIGN = CASES[0], CASES[4]
BEFORE = Measured(0.10, 0.93, 0.93, "bar", 1.1, 0.9)
BETTER, WORSE = replace(BEFORE, error=0.09), replace(BEFORE, error=0.12)


@pytest.mark.parametrize(
    ("verdict", "after", "words"),
    [
        ("better", BETTER, []),
        ("worse", WORSE, []),
        ("cannot be told", BETTER, []),
        ("cannot be told", WORSE, []),
        ("better", WORSE, ["judged better, and its error rose (0.1000 -> 0.1200)"]),
        ("worse", BETTER, ["judged worse, and its error fell (0.1000 -> 0.0900)"]),
        (
            "better",
            replace(BETTER, coverage=0.9),
            ["90% intervals hold 90.0%, an exact model's 93.0%"],
        ),
        (
            "better",
            replace(BETTER, sure=2.0, sure_low=1.6),
            ["bar is 2.00 times too sure"],
        ),
        ("better", replace(BETTER, sure=1.5, sure_low=1.2), []),
        ("worse", replace(WORSE, coverage=0.5), []),
    ],
)
def test_a_wrong_verdict_or_calibration_misses_a_goal(verdict, after, words):
    assert missed_goals(FOREIGN, verdict, BEFORE, after) == words


def test_the_question_that_is_most_too_sure_is_found():
    """Votes from known posteriors; those of bars are given as three times as sure."""
    rng = np.random.default_rng(1)
    alpha = 1 + 10 * rng.random((600, len(GZD5.labels)))
    votes = np.zeros(alpha.shape)
    for question in GZD5.questions:
        columns = GZD5.columns(question)
        shares = np.array([rng.dirichlet(one) for one in alpha[:, columns]])
        votes[:, columns] = [rng.multinomial(30, share) for share in shares]
    alpha[:, GZD5.columns(GZD5.question("bar"))] *= 3
    question, times, least = most_sure(alpha, votes)
    assert question == "bar"
    assert times == pytest.approx(3, rel=0.15)
    assert 2.3 < least < times


def test_the_foreign_survey_keeps_the_light_and_has_noise():
    """Against its zero points, of the flux of galaxies observed again without noise."""
    rng = np.random.default_rng(3)
    population = draw_population(6, rng)
    field = np.array([0, 0, 0, 1, 1, 1])
    first, again = (
        observe_foreign(population, field, np.random.default_rng(seed)).astype(float)
        for seed in (1, 2)
    )
    assert first.shape == (6, 3, 64, 64) and np.isfinite(first).all()
    light = [flux[:, 1].sum(axis=(1, 2)) for flux in (first, again)]
    assert light[0] == pytest.approx(light[1], rel=0.1)
    assert (first - again)[:, :, :8, :8].std() > 0.002
