"""Tail probabilities P(ρ > t) of answers, for all galaxies of a release."""

from collections.abc import Sequence

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import arrays
from morph.catalogue.columns import check_posteriors
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.posterior import beta_tables


def tail(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    labels: Sequence[str],
    threshold: float,
) -> np.ndarray:
    """Probability that the summed vote fraction of answers exceeds a threshold.

    Parameters
    ----------
    labels : sequence of str
        Answers of one question; their vote fractions are summed.
    threshold : float
        In (0, 1); one of TAIL_THRESHOLDS for a release with several passes.

    Returns
    -------
    (N,) array in row order
        Within `morph.posterior.beta_tables.TOLERANCE` of the values that a selection
        by `Tail` uses.

    Raises
    ------
    MorphError
        If the release has no posteriors, or has passes only for single answers.
    """
    question = release.tree.question_of(labels[0])
    others = [label for label in question.labels if label not in labels]
    check_posteriors(release)
    if not others:
        return np.ones(release.galaxies)
    if release.has_samples and len(labels) == 1:
        return arrays(con, release, [f"{labels[0]}_above_{threshold:g}"])[0]
    if release.has_samples and len(others) == 1:
        rest = f"{others[0]}_above_{1 - threshold:g}"
        return 1 - arrays(con, release, [rest])[0]
    if release.has_samples:
        words = " or ".join(release.tree.words(label) for label in labels)
        raise MorphError(
            f"release {release.release_id} has tail probabilities over its passes for "
            f"single answers only, not for {words}"
        )

    def total(names: Sequence[str]) -> np.ndarray:
        columns = [f"{name}_concentration" for name in names]
        return np.sum(arrays(con, release, columns), axis=0, dtype=float)

    return beta_tables.upper_tail(total(labels), total(others), threshold)
