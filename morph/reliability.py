"""Whether predicted vote fractions are right on average, where volunteers voted."""

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from scipy.special import ndtri

from morph.catalogue import LoadedRelease, query, reading
from morph.columns import quoted
from morph.designer import LEAST_VOTES
from morph.selection import Selection
from morph.steps import where
from morph.tree import Question

BINS = 10


def reliability(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    judge: LoadedRelease,
    selection: Selection,
    question: Question,
    *,
    selected_in: LoadedRelease,
) -> pd.DataFrame:
    """What volunteers answered, in bins of what a release expects them to answer.

    Galaxies count that the selection leaves of ``selected_in``, and that have
    ``LEAST_VOTES`` on the question in the votes of ``judge``; both may be other
    releases of the same galaxies.

    Returns
    -------
    DataFrame
        See `in_bins`.
    """
    condition, parameters = where(selection, selected_in)
    expected = [f"{label}_probability" for label in question.labels]
    here = ", ".join(quoted(release, name) for name in expected)
    total = " + ".join(f'votes."{label}"' for label in question.labels)
    fractions = ", ".join(
        f'votes."{label}" / ({total}) AS "{label}"' for label in question.labels
    )
    sql = (
        f"SELECT here.* EXCLUDE (iauname), {fractions} FROM "
        f"(SELECT iauname, {here} FROM {release.table}) AS here "
        f"JOIN {judge.votes_table} AS votes USING (iauname) "
        f"JOIN (SELECT iauname FROM {selected_in.table} WHERE {condition}) "
        f"USING (iauname) WHERE {total} >= $least_votes"
    )
    with reading(judge), reading(release):
        values = {**parameters, "least_votes": LEAST_VOTES}
        found = query(con, selected_in, sql, values).fetchnumpy()
    tables = [
        in_bins(found[name], found[label]).assign(label=label)
        for name, label in zip(expected, question.labels, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def in_bins(
    expected: np.ndarray, voted: np.ndarray, *, bins: int = BINS, mass: float = 0.95
) -> pd.DataFrame:
    """Mean vote fraction in equal bins of the expected fraction.

    Parameters
    ----------
    expected, voted : (N,) arrays
        Fractions in [0, 1]; galaxies with NaN are left out.

    Returns
    -------
    DataFrame
        A row for each bin with galaxies: ``low``, ``high`` edges, ``galaxies``, the
        mean ``expected`` and ``voted`` fractions, and the interval of the latter's
        mean, ``voted_low`` to ``voted_high``, from the scatter of the galaxies; NaN
        for a single one.
    """
    known = np.isfinite(expected) & np.isfinite(voted)
    expected, voted = expected[known].astype(float), voted[known].astype(float)
    place = np.minimum((expected * bins).astype(int), bins - 1)
    table = pd.DataFrame({"place": place, "expected": expected, "voted": voted})
    grouped = table.groupby("place")
    found = grouped.mean().assign(galaxies=grouped.size())
    half = ndtri((1 + mass) / 2) * grouped["voted"].sem(ddof=1)
    edges = found.index.to_numpy()
    return found.assign(
        low=edges / bins,
        high=(edges + 1) / bins,
        voted_low=(found["voted"] - half).clip(lower=0),
        voted_high=(found["voted"] + half).clip(upper=1),
    ).reset_index(drop=True)
