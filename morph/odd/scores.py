"""How odd each galaxy is by its features: isolation forest and local outlier factor.

Liu et al. (2008) and Breunig et al. (2000), of scikit-learn, on principal components of
the features; both are fitted to a random sample and score all galaxies.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from morph.errors import MorphError

if TYPE_CHECKING:
    from sklearn.ensemble import IsolationForest
    from sklearn.neighbors import LocalOutlierFactor

Method = Literal["isolation_forest", "local_outlier_factor"]
METHODS: Mapping[Method, str] = {
    "isolation_forest": "isolation forest",
    "local_outlier_factor": "local outlier factor",
}
COMPONENTS = 40  # as Walmsley et al. (2022)
FITTED = 20_000  # galaxies of the sample
LEAST = 20  # galaxies with features
_TREES, _NEIGHBOURS, _BLOCK = 200, 20, 10_000


def odd_scores(features: np.ndarray, method: Method, *, seed: int = 0) -> np.ndarray:
    """(N,) scores, larger for odder galaxies; NaN for galaxies without features.

    Parameters
    ----------
    features : (N, D) array
        A row of zeros for a galaxy without features.

    Raises
    ------
    MorphError
        If fewer than `LEAST` galaxies have features.
    """
    from sklearn.decomposition import PCA  # takes a second, which pages need not wait

    known = np.concatenate(
        [
            np.any(features[start : start + _BLOCK], axis=1)
            for start in range(0, len(features), _BLOCK)
        ]
        or [np.zeros(0, bool)]
    )
    rows = np.flatnonzero(known)
    if len(rows) < LEAST:
        raise MorphError(
            f"{len(rows):,} galaxies have features; at least {LEAST} are needed to say "
            "what is odd among them"
        )
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.permutation(rows)[:FITTED])
    values = np.asarray(features[sample], np.float64)
    most = min(COMPONENTS, values.shape[1], len(values) - 1)
    plane = PCA(most, random_state=seed).fit(values)
    fitted = _fitted(method, plane.transform(values), seed)
    scores = np.full(len(features), np.nan)
    for start in range(0, len(rows), _BLOCK):
        some = rows[start : start + _BLOCK]
        block = plane.transform(np.asarray(features[some], np.float64))
        scores[some] = -fitted.score_samples(block)
    return scores


def _fitted(
    method: Method, sample: np.ndarray, seed: int
) -> "IsolationForest | LocalOutlierFactor":
    from sklearn.ensemble import IsolationForest
    from sklearn.neighbors import LocalOutlierFactor

    if method == "isolation_forest":
        return IsolationForest(n_estimators=_TREES, random_state=seed).fit(sample)
    neighbours = min(_NEIGHBOURS, len(sample) - 1)
    return LocalOutlierFactor(n_neighbors=neighbours, novelty=True).fit(sample)
