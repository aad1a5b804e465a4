"""The population test and the weights, on populations with known differences."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from training.judge.domain_classifier import (
    auc_and_error,
    compare_populations,
    weights_to,
)


def population(galaxies: int, seed: int, *, fainter: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "mag_r": 16 + fainter + rng.standard_normal(galaxies),
            "radius_arcsec": rng.lognormal(1.0, 0.3, galaxies),
        }
    )


def test_one_population_is_not_told_apart():
    test = compare_populations(population(600, 1), population(500, 2))
    assert test.properties == ("mag_r", "radius_arcsec")
    assert not test.other and test.low < 0.5 < test.high + 0.02


def test_fainter_galaxies_are_another_population():
    """AUC of two normals one apart: Φ(1/√2)."""
    test = compare_populations(population(600, 1), population(500, 2, fainter=1))
    assert test.other
    assert test.auc == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.03)
    assert test.low < test.auc < test.high


def test_a_narrower_population_is_another_one():
    """Their means are equal, so a linear classifier does not see it."""
    source = population(600, 1)
    rows = (source["mag_r"] - 16).abs() < 0.5
    assert compare_populations(source, source[rows]).other


def test_without_a_property_in_both_there_is_no_test():
    source, target = population(100, 1), population(100, 2)
    target["mag_r"] = np.nan
    assert compare_populations(source, target).properties == ("radius_arcsec",)
    assert compare_populations(source, target[["mag_r"]]) is None
    assert compare_populations(source, population(20, 3)) is None


def test_auc_counts_ties_as_half():
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, 5, 80), rng.integers(1, 6, 60)
    auc, error = auc_and_error(source, target)
    expected = roc_auc_score([0] * 80 + [1] * 60, np.concatenate([source, target]))
    assert auc == pytest.approx(expected)
    drawn = [
        auc_and_error(rng.choice(source, 80), rng.choice(target, 60))[0]
        for _ in range(300)
    ]
    assert error == pytest.approx(np.std(drawn), rel=0.15)


def test_weights_give_the_source_the_targets_population():
    """A target of which nine tenths are of the kind that is half of the source."""
    rng = np.random.default_rng(3)
    kind = {name: rng.random(1000) < share for name, share in (("s", 0.5), ("t", 0.9))}
    values = {
        name: np.column_stack([5.0 * own, rng.standard_normal(1000)])
        for name, own in kind.items()
    }
    weight = weights_to(values["s"], values["t"])
    assert weight.mean() == pytest.approx(1)
    assert np.average(kind["s"], weights=weight) == pytest.approx(0.9, abs=0.03)


def test_an_unknown_property_has_the_median():
    rng = np.random.default_rng(4)
    source, target = rng.standard_normal((2, 200, 1))
    source[0] = np.nan
    weight = weights_to(source, target, properties=1)
    assert np.isfinite(weight).all()
    assert weight.std() < 0.3
