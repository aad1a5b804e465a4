"""Verdicts on criteria with a known effect, and their bootstrap intervals."""

import numpy as np
import pytest

from training.judge.verdicts import (
    SAMPLES,
    UNTOLD,
    Change,
    change,
    drawn,
    mean_change,
    overall,
    sample_sums,
)

EVEN = np.ones(400)


def losses(*, gain: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Losses of 400 galaxies, with a scatter of 5, before and after a gain."""
    rng = np.random.default_rng(seed)
    before = 20 + 5 * rng.standard_normal(400)
    return before, before - gain + rng.standard_normal(400)


def made(criterion: str, verdict: str, doubt: str = "") -> Change:
    return Change(criterion, 1.0, 1.0, -1.0, 1.0, verdict, doubt)


@pytest.mark.parametrize(
    ("gain", "verdict"), [(0.3, "better"), (-0.3, "worse"), (0.0, UNTOLD)]
)
def test_a_change_is_told_if_it_exceeds_chance(gain, verdict):
    """The change of a mean of 400 differences with a scatter of 1 is known to 0.05."""
    before, after = losses(gain=gain)
    found = mean_change("votes", before, after, EVEN)
    assert found.verdict == verdict
    assert found.after - found.before == pytest.approx((after - before).mean())
    error = (after - before).std() / np.sqrt(400)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_galaxies_are_the_same_before_and_after():
    """Unpaired, the scatter of 5 would give an interval seven times as wide."""
    before, _ = losses(gain=0.0)
    found = mean_change("votes", before, before - 0.1, EVEN)
    assert found.verdict == "better"
    assert (found.low, found.high) == pytest.approx((-0.1, -0.1))


def test_weights_count_as_numbers_of_galaxies():
    before, after = np.zeros(4), np.array([1.0, 1.0, -1.0, 7.0])
    found = mean_change("votes", before, after, np.array([1.0, 1.0, 6.0, 0.0]))
    assert found.after == pytest.approx(-0.5)


def test_a_false_alarm_is_rare():
    """Of 200 adaptations that change nothing about 5% are told to be something."""
    told = sum(
        mean_change("votes", *losses(gain=0.0, seed=seed), EVEN).verdict != UNTOLD
        for seed in range(200)
    )
    assert told <= 20


def test_the_interval_is_that_of_the_samples():
    before, after = np.zeros(1001), np.linspace(-1.0, 3.0, 1001)
    found = change("pairs", (0.5, 0.25), (before, after), chance=0.1)
    assert (found.low, found.high) == pytest.approx((-0.9, 2.9))
    assert (found.before, found.after, found.chance) == (0.5, 0.25, 0.1)


def test_a_sample_has_as_many_galaxies_as_there_are():
    times = drawn(30)
    assert (times.sum(axis=1) == 30).all()
    assert (times == drawn(30)).all() and (times != drawn(30, 1)).any()


def test_samples_of_many_galaxies_take_a_byte_for_each():
    times, values = drawn(5000), np.arange(10000.0).reshape(5000, 2)
    assert times.nbytes == SAMPLES * 5000
    found = sample_sums(times, values)
    np.testing.assert_allclose(found[[0, -1]], times[[0, -1]].astype(float) @ values)


@pytest.mark.parametrize(
    ("changes", "verdict", "ground"),
    [
        ([], UNTOLD, None),
        ([made("pairs", UNTOLD)], UNTOLD, 0),
        ([made("pairs", UNTOLD), made("votes", "better")], "better", 1),
        ([made("pairs", "better"), made("votes", "worse")], "worse", 1),
        ([made("conditional", "better", "doubt")], UNTOLD, None),
        ([made("conditional", "worse", "doubt"), made("votes", "better")], "better", 1),
    ],
)
def test_worse_outweighs_better_and_doubtful_criteria_decide_nothing(
    changes, verdict, ground
):
    found = overall(changes)
    assert found == (verdict, None if ground is None else changes[ground])
