"""Whether two surveys hold the same population of galaxies, and weights if not.

Measured properties (magnitude, size, redshift) tell populations apart; pixels would
tell the surveys apart as well. A classifier of the survey by these properties has a
cross-validated area under the ROC curve (AUC) of about 0.5 for one population. Its odds
estimate the density ratio of the two populations (Sugiyama et al. 2012), by which
galaxies of one survey are weighted so that they stand for those of the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

PROPERTIES = ("mag_r", "radius_arcsec", "redshift")
OTHER = 0.55  # AUC that the lower end of the interval exceeds for another population
_FOLDS = 5
_FEWEST = 50  # galaxies of either survey with known properties
_NORMAL = 1.96  # of a 95% interval
_STRONGEST = 20.0  # weight of a galaxy, relative to the mean
_PENALTY = 0.1  # inverse strength of the penalty on answers, of which there are many


@dataclass(frozen=True)
class PopulationTest:
    """AUC of the survey classifier by ``properties``, with its 95% interval."""

    properties: tuple[str, ...]
    auc: float
    low: float
    high: float

    @property
    def other(self) -> bool:
        """Whether the populations differ more than by chance and a margin, `OTHER`."""
        return self.low > OTHER


def known_in_both(source: pd.DataFrame, target: pd.DataFrame) -> tuple[str, ...]:
    """The `PROPERTIES` with at least `_FEWEST` numbers in both indices."""
    return tuple(
        name
        for name in PROPERTIES
        if min(_numbers(source, name), _numbers(target, name)) >= _FEWEST
    )


def compare_populations(
    source: pd.DataFrame, target: pd.DataFrame
) -> PopulationTest | None:
    """Classify the galaxies of two indices; None if no property is known in both.

    The classifier is a logistic regression on the properties, their squares and
    products; galaxies without a property are left out.
    """
    names = known_in_both(source, target)
    tables = [_finite(index, names) for index in (source, target)]
    if not names or min(map(len, tables)) < _FEWEST:
        return None
    survey = np.repeat([0, 1], [len(table) for table in tables])
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    odds = cross_val_predict(
        _of_properties(),
        np.concatenate(tables),
        survey,
        cv=folds,
        method="decision_function",
    )
    auc, error = auc_and_error(odds[survey == 0], odds[survey == 1])
    low, high = max(auc - _NORMAL * error, 0.0), min(auc + _NORMAL * error, 1.0)
    return PopulationTest(names, auc, low, high)


def auc_and_error(source: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """P(target's value > source's), ties half, and its standard error.

    Of (N,) and (M,) values, by the variance of DeLong et al. (1988).
    """
    n, m = len(source), len(target)
    ranks = rankdata(np.concatenate([source, target]))
    above = (ranks[n:] - rankdata(target)) / n  # of each target value
    below = 1 - (ranks[:n] - rankdata(source)) / m
    variance = above.var(ddof=1) / m + below.var(ddof=1) / n
    return float(above.mean()), float(np.sqrt(variance))


def weights_to(
    source: np.ndarray, target: np.ndarray, *, properties: int = 0
) -> np.ndarray:
    """(N,) weights, of mean 1, with which source galaxies stand for the target's.

    From (N, C) and (M, C) values of either survey: properties, of which the first
    ``properties`` columns are used with their squares, and log fractions of answers.
    Where a value is not finite, the median of both surveys is used. The weight is the
    density ratio by a logistic regression, cut at `_STRONGEST` times its mean.
    """
    values = np.concatenate([source, target]).astype(float)
    values[~np.isfinite(values)] = np.nan
    values = np.where(np.isnan(values), np.nanmedian(values, axis=0), values)
    values = StandardScaler().fit_transform(values)
    values = np.concatenate([values, values[:, :properties] ** 2], axis=1)
    survey = np.repeat([0, 1], [len(source), len(target)])
    model = LogisticRegression(C=_PENALTY, max_iter=500).fit(values, survey)
    weight = np.exp(np.clip(model.decision_function(values[: len(source)]), -20, 20))
    weight = np.minimum(weight / weight.mean(), _STRONGEST)
    return weight / weight.mean()


def _of_properties() -> Pipeline:
    return make_pipeline(
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        StandardScaler(),
        LogisticRegression(max_iter=500),
    )


def _numbers(index: pd.DataFrame, name: str) -> int:
    return int(np.isfinite(index[name].to_numpy(float)).sum()) if name in index else 0


def _finite(index: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """(N, C) properties of the galaxies that have all of them."""
    values = index[list(names)].to_numpy(float)
    return values[np.isfinite(values).all(axis=1)]
