"""The path to more of an answer, over galaxies at known positions."""

import numpy as np
import pytest
from scipy.special import expit, logit

from morph.similar.index import build_index
from morph.similar.path import fractions_between, walk

START, ALONG = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.2, 0.0])


def laid_out() -> np.ndarray:
    """Galaxies along the way in steps of a tenth, and as many far aside of it."""
    along = np.column_stack([np.ones(31), np.arange(31) / 10, np.zeros(31)])
    return np.concatenate([along, along + np.array([0, 0, 2.0])])


def test_fractions_are_even_in_log_odds_and_end_where_wanted():
    found = fractions_between(0.1, 0.9, 4)
    np.testing.assert_allclose(found, expit(np.linspace(logit(0.1), logit(0.9), 5))[1:])
    assert found[-1] == pytest.approx(0.9) and found[1] == pytest.approx(0.5)


@pytest.mark.parametrize(("now", "wanted"), [(0.0, 1.0), (1.0, 0.0), (0.3, 0.3)])
def test_certain_answers_have_finite_steps(now, wanted):
    assert np.isfinite(logit(fractions_between(now, wanted, 5))).all()


def test_each_step_is_the_nearest_galaxy_to_its_place():
    vectors = laid_out()
    allowed = np.ones(len(vectors), dtype=bool)
    steps = walk(
        build_index(vectors),
        START,
        ALONG,
        now=expit(0.0),
        wanted=expit(10.0 * 0.69),
        allowed=allowed,
    )
    # 6.9 log odds in 5 steps of 1.38, each moving the query by 0.2 times that.
    assert [step.row for step in steps] == [3, 6, 8, 11, 14]
    assert [step.wanted for step in steps] == pytest.approx(
        list(expit(1.38 * np.arange(1, 6))), abs=2e-3
    )
    assert max(step.distance for step in steps) < 0.01
    assert allowed.all()


def test_no_galaxy_stands_twice_and_only_allowed_ones_at_all():
    vectors = laid_out()
    allowed = np.zeros(len(vectors), dtype=bool)
    allowed[[40, 41, 42]] = True
    steps = walk(
        build_index(vectors), START, ALONG, now=0.5, wanted=0.5, allowed=allowed
    )
    assert sorted(step.row for step in steps) == [40, 41, 42]
