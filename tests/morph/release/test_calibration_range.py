"""How far probabilities reach, by what a manifest says of the calibration."""

from dataclasses import replace

import pytest

from morph.posterior.dirichlet import reachable_probability
from morph.release.calibration_range import is_calibrated, reach
from morph.release.details import Details
from morph.trees.decision_tree import GZD5
from tests.morph.release.test_folder import MANIFEST

BAR = GZD5.question("bar")


def test_without_a_calibration_it_is_the_heads_own():
    assert reach(MANIFEST, BAR) == reachable_probability(3)
    assert not is_calibrated(MANIFEST)


def test_votes_and_fractions_have_no_head_that_limits_them():
    assert reach(replace(MANIFEST, posterior="fraction"), BAR) is None
    of_votes = replace(MANIFEST, details=Details(prior={"name": "uniform"}))
    assert reach(of_votes, BAR) is None


def test_of_several_models_the_coldest_reaches_farthest():
    each = [[2.0, 1.0, 1.0], [0.5, 0.4], [1.0, 3.0, 2.0]]  # an earlier model has two
    manifest = replace(MANIFEST, details=Details(calibration={"bar": each}))
    assert is_calibrated(manifest)
    assert reach(manifest, BAR) == reachable_probability(3, temperature=0.4)
    other = GZD5.question("merging")
    assert reach(manifest, other) == reachable_probability(4)


@pytest.mark.parametrize("factors", [[1.0, 1.0], [1.0, 1.0, 1.0]])
def test_factors_of_one_are_no_calibration(factors):
    manifest = replace(MANIFEST, details=Details(calibration={"bar": [factors]}))
    assert not is_calibrated(manifest)


@pytest.mark.parametrize(
    "wrong", ["cold", [[1, "x"]], [[1, -2]], [3], [[1, float("inf")]]]
)
def test_what_is_no_temperature_counts_as_none(wrong):
    manifest = replace(MANIFEST, details=Details(calibration={"bar": wrong}))
    assert reach(manifest, BAR) == reachable_probability(3)
