"""The goals of the cases, on numbers, and the bad pixels of one of them."""

from dataclasses import replace

import numpy as np
import pytest

from morph.images.blanks import NO_BAND, bad_pixels
from morph.trees.decision_tree import GZD5
from tests.benchmarks.adaptation_cases import (
    CASES,
    Measured,
    Outcome,
    missed_goals,
    most_sure,
)
from tests.benchmarks.adaptation_skies import damaged

SAME, SMOOTH = CASES[0], CASES[2]
BEFORE = Measured(0.10, 0.93, 0.93, "bar", 1.1, 0.9)
BETTER, WORSE = replace(BEFORE, error=0.09), replace(BEFORE, error=0.12)
ROSE, FELL = "its error rose (0.1000 -> 0.1200)", "its error fell (0.1000 -> 0.0900)"


@pytest.mark.parametrize(
    ("case", "verdict", "after", "words"),
    [
        (SAME, "better", BETTER, []),
        (SAME, "worse", WORSE, []),
        (SAME, "cannot be told", WORSE, []),
        (SAME, "cannot be told", replace(BETTER, error=0.098), []),
        (SAME, "cannot be told", BETTER, [f"nothing is told, and {FELL}"]),
        (SAME, "better", WORSE, [f"judged better, and {ROSE}"]),
        (SAME, "worse", BETTER, [f"judged worse, and {FELL}"]),
        (SMOOTH, "cannot be told", BETTER, []),
        (
            SMOOTH,
            "better",
            BETTER,
            ["judged better, where nothing shows it (0.1000 -> 0.0900)"],
        ),
        (
            SAME,
            "better",
            replace(BETTER, coverage=0.9),
            ["90% intervals hold 90.0%, an exact model's 93.0%"],
        ),
        (
            SAME,
            "better",
            replace(BETTER, sure=2.0, sure_low=1.6),
            ["bar is 2.00 times too sure"],
        ),
        (SAME, "better", replace(BETTER, sure=1.5, sure_low=1.2), []),
        (SAME, "worse", replace(WORSE, coverage=0.5), []),
    ],
)
def test_a_wrong_verdict_or_calibration_misses_a_goal(case, verdict, after, words):
    assert missed_goals(case, Outcome({"verdict": verdict}, BEFORE, after)) == words


def test_bad_pixels_may_raise_the_error_by_a_tenth_and_need_flags():
    found = Outcome({"verdict": "better"}, BEFORE, BETTER, replace(BETTER, error=0.085))
    assert missed_goals(SAME, found) == []
    found = replace(found, clean=replace(BETTER, error=0.08), unflagged="no flags")
    assert missed_goals(SAME, found) == [
        "no flags",
        "bad pixels raise the error from 0.0800 to 0.0900",
    ]


def test_the_middle_half_of_a_survey_is_damaged_in_four_ways():
    pixels = np.ones((40, 3, 16, 16), np.float16)
    bad = bad_pixels(damaged(pixels))
    rows = np.flatnonzero(bad.fraction)
    assert rows.min() >= 10 and rows.max() < 30 and len(rows) == 16
    flags = bad.flags(1.0) & NO_BAND > 0
    assert flags.sum() == 4 and (bad.bands[flags] == [0, 0, 1]).all()
    assert np.isinf(damaged(pixels)).any(axis=(1, 2, 3)).sum() == 4
    assert (bad.fraction == 3 / 16).sum() == 4  # masked columns
    assert np.isfinite(pixels).all()


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
