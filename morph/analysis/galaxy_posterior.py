"""The posterior of one galaxy for one question.

With several passes of a model, it is the equal mixture of their Dirichlets
(`morph.posterior.dirichlet`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection
from scipy.special import betainc, betaln, xlog1py, xlogy

from morph.catalogue.release_table import LoadedRelease, query
from morph.errors import DamagedRelease
from morph.geometry.ternary import Corners, sums_at_corners
from morph.geometry.ternary_density import CREDIBLE_MASSES, credible_contours
from morph.trees.decision_tree import Question

_CURVE_POINTS = 401


@dataclass(frozen=True)
class OnTriangle:
    """A posterior on the triangle of three answers, or groups of them."""

    contours: dict[float, list[np.ndarray]]  # probability inside -> (K, 2) polylines
    mean: np.ndarray  # (3,) fractions of the corners, which sum to 1
    inside: float  # expected fraction of votes in the three corners


@dataclass(frozen=True)
class MarginalDensity:
    """The posterior density of one answer's vote fraction."""

    x: np.ndarray  # (K,) from 0 to 1
    density: np.ndarray  # (K,)
    mean: float
    intervals: dict[float, tuple[float, float]]  # probability inside -> its ends


def concentrations(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    folder: Path,
    iauname: str,
    labels: Sequence[str],
) -> np.ndarray | None:
    """Concentrations (P, number of labels) of a galaxy's P passes.

    None without posteriors. ``folder`` is that of the release, from which passes are
    read.
    """
    if not release.has_uncertainty:
        return None
    columns = [f"{label}_concentration" for label in labels]
    quoted = ", ".join(f'"{name}"' for name in columns)
    sql = f"SELECT rowid, {quoted} FROM {release.table} WHERE iauname = $iauname"
    rows = query(con, release, sql, {"iauname": iauname}).fetchall()
    if not rows:
        raise ValueError(f"release {release.release_id} has no galaxy {iauname!r}")
    row, *alpha = rows[0]
    if not release.has_samples:
        return np.array([alpha], dtype=float)
    return _passes(folder / "samples.parquet", iauname, columns, row, release.galaxies)


def on_triangle(passes: np.ndarray, corners: Corners) -> OnTriangle:
    """The posterior of the corners' fractions, from (P, A) concentrations."""
    alpha = sums_at_corners(passes, corners)
    return OnTriangle(
        credible_contours(alpha),
        (alpha / alpha.sum(axis=1, keepdims=True)).mean(axis=0),
        float((alpha.sum(axis=1) / passes.sum(axis=1)).mean()),
    )


def curve(passes: np.ndarray, index: int) -> MarginalDensity:
    """The density of the answer at ``index``, from (P, A) concentrations."""
    a, b = _beta(passes, index)
    step = 0.5 / _CURVE_POINTS  # a density may be infinite at 0 and 1
    x = np.linspace(step, 1 - step, _CURVE_POINTS)
    a_each, b_each = a[:, None], b[:, None]
    logarithm = xlogy(a_each - 1, x) + xlog1py(b_each - 1, -x) - betaln(a_each, b_each)
    density = np.exp(logarithm).mean(axis=0)
    ends = {mass: interval(passes, index, mass) for mass in CREDIBLE_MASSES}
    return MarginalDensity(x, density, float((a / (a + b)).mean()), ends)


def interval(passes: np.ndarray, index: int, mass: float) -> tuple[float, float]:
    """The equal-tailed credible interval of an answer's vote fraction."""
    return mixture_interval(*_beta(passes, index), mass)


def mixture_interval(a: np.ndarray, b: np.ndarray, mass: float) -> tuple[float, float]:
    """The equal-tailed interval of the equal mixture of P Betas, (P,) parameters."""
    return _mixture_interval(tuple(a.tolist()), tuple(b.tolist()), mass)


@lru_cache(maxsize=10_000)  # of the galaxies that are looked at: a page has a hundred
def _mixture_interval(
    a: tuple[float, ...], b: tuple[float, ...], mass: float
) -> tuple[float, float]:
    def quantile(probability: float) -> float:
        from scipy.optimize import brentq  # slow to import

        return brentq(lambda x: betainc(*both, x).mean() - probability, 0.0, 1.0)

    both = np.array(a), np.array(b)
    return quantile((1 - mass) / 2), quantile((1 + mass) / 2)


def summary(passes: np.ndarray, question: Question) -> pd.DataFrame:
    """``answer``, ``mean`` and the ends ``low_68`` to ``high_95``, a row per answer."""
    rows = []
    for index, words in enumerate(question.words):
        a, b = _beta(passes, index)
        row = {"answer": words, "mean": float((a / (a + b)).mean())}
        for mass in CREDIBLE_MASSES:
            low, high = interval(passes, index, mass)
            row |= {f"low_{100 * mass:.0f}": low, f"high_{100 * mass:.0f}": high}
        rows.append(row)
    return pd.DataFrame(rows)


def borders(passes: np.ndarray | None, mass: float) -> tuple[tuple[float, float], ...]:
    """Credible intervals of the borders between the answers of a stacked bar.

    The first K parts of a Dirichlet sum to a Beta, so every border has an interval; of
    several passes it is that of their mixture. Empty without a posterior.
    """
    if passes is None:
        return ()
    before = passes.cumsum(axis=1)
    total = before[:, -1]
    return tuple(mixture_interval(a, total - a, mass) for a in before[:, :-1].T)


def _beta(passes: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Parameters of an answer's Beta in each pass, two (P,) arrays."""
    alpha = passes[:, index]
    return alpha, passes.sum(axis=1) - alpha


def _passes(
    path: Path, iauname: str, columns: list[str], row: int, galaxies: int
) -> np.ndarray:
    """(P, A) concentrations of all passes of the galaxy in a row of its release.

    Files have the order of the galaxies, so the row group expected to have it is read
    first, and others only while passes are missing.
    """
    if not path.is_file():
        raise DamagedRelease(
            f"the passes of {iauname} are missing: restore {path.parent}"
        )
    with pq.ParquetFile(path, pre_buffer=False) as file:
        total = file.metadata.num_rows
        each, groups = total // galaxies, range(file.num_row_groups)
        ends = np.cumsum([file.metadata.row_group(group).num_rows for group in groups])
        likely = int(np.searchsorted(ends, row * each, side="right"))
        parts: list[np.ndarray] = []
        for group in sorted(groups, key=lambda group: abs(group - likely)):
            table = file.read_row_group(group, columns=["iauname", *columns])
            rows = table.filter(pc.equal(table["iauname"], iauname))
            parts.append(np.column_stack([rows[name].to_numpy() for name in columns]))
            if sum(len(part) for part in parts) == each:
                break
    return np.concatenate(parts).astype(float)
