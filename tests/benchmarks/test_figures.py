"""Rows with goals: what counts as missed."""

import pytest

from tests.benchmarks import figures


@pytest.mark.parametrize(
    ("goal", "missed"),
    [
        (None, ""),
        ((10.0, 20.0), ""),
        ((None, 18.0), "p95 19 ms, at most 18"),
        ((9.0, None), "median 10 ms, at most 9"),
        ((9.0, 18.0), "median 10 ms, at most 9; p95 19 ms, at most 18"),
    ],
)
def test_a_median_or_95th_percentile_above_its_goal_is_missed(goal, missed):
    seconds = [0.001 * ms for ms in range(21)]  # 0 to 20 ms
    found = figures.row("count", seconds, goal=goal)
    assert (found["median ms"], found["p95 ms"]) == (pytest.approx(10), 19)
    assert found["missed"] == missed


def test_what_was_not_measured_misses_its_goal():
    assert figures.row("count", [], goal=(60, 150))["missed"]
    assert not figures.row("bytes sent", [])["missed"]


def test_any_other_problem_is_a_goal_missed():
    right = figures.row("count", [0.01], instead=("pandas", 12.5))
    wrong = figures.row("funnel", [0.01], problems=["counts differ"])
    assert right["instead ms"] == 12.5
    assert figures.missed([right, wrong]) == ["funnel: counts differ"]


def test_a_median_that_is_too_long_beside_the_alternative_is_missed():
    found = figures.row("count", [0.01], instead=("numpy", 5.0), at_most=2)
    assert (found["ratio"], found["missed"]) == (2, "")
    found = figures.row("count", [0.01], instead=("numpy", 4.0), at_most=2)
    assert found["missed"] == "ratio 2.50, at most 2"
    assert figures.row("count", [0.01], at_most=2)["missed"].startswith("not compared")
