"""Density and contours of galaxies on the triangle of three answers.

Fractions are in row order (`morph.catalogue.arrays`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import arrays, arrays_from
from morph.catalogue.column_sql import check_posteriors
from morph.catalogue.in_memory.columns import column
from morph.catalogue.release_table import LoadedRelease
from morph.geometry.ternary import (
    Corners,
    draw_shares,
    share_of_corners,
    sums_at_corners,
)
from morph.geometry.ternary_bins import binned
from morph.geometry.ternary_density import (
    MASSES,
    contour_lines,
    cross_validated_levels,
    density_at,
    lattice_density,
)

LEAST_FOR_CONTOURS = 50  # galaxies; contours of fewer would be noise
_BLOCK = 100_000  # galaxies whose fractions are in memory at once


@dataclass(frozen=True)
class Shares:
    """Vote fractions of the galaxies on the triangle, and the number hidden."""

    share: np.ndarray  # (N, 3), NaN for galaxies that are hidden or unknown
    hidden: int  # with less than half of the votes in the three corners

    @property
    def placed(self) -> np.ndarray:
        """Which galaxies are on the triangle, (N,) bool."""
        return np.isfinite(self.share[:, 0])


@dataclass(frozen=True)
class Cloud:
    """A smoothed density of galaxies on the triangle.

    ``contours`` are polylines (K, 2) in the plane, by the fraction of the population of
    these galaxies that they are expected to enclose; none for too few galaxies, or for
    a fraction whose region is the whole triangle. ``nearest`` are the fractions of
    galaxies nearest to each corner.
    """

    galaxies: int
    nearest: tuple[float, ...]
    density: np.ndarray  # on the lattice of `morph.geometry.ternary_density`
    contours: Mapping[float, list[np.ndarray]]


def shares(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    corners: Corners,
    *,
    of: LoadedRelease | None = None,
) -> Shares:
    """Corner fractions of the galaxies of ``release``, as predicted by ``of``.

    ``of`` is the release itself by default. Galaxies that it lacks are not placed.
    """
    names = [f"{label}_probability" for label in corners.question.labels]
    columns = (
        arrays(con, release, names)
        if of is None
        else arrays_from(con, release, of, names)
    )
    return Shares(*share_of_corners(np.column_stack(columns), corners))


def in_blocks(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    corners: Corners,
    rows: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """Corner fractions, (at most 100,000, 3) at once, of all galaxies or of ``rows``.

    NaN for galaxies that are hidden or unknown.
    """
    for block in _fractions(con, release, corners, rows):
        yield share_of_corners(block, corners)[0]


def hidden(con: DuckDBPyConnection, release: LoadedRelease, corners: Corners) -> int:
    """Galaxies of a release with less than half of the votes in the three corners."""
    return sum(
        share_of_corners(block, corners)[1]
        for block in _fractions(con, release, corners, None)
    )


def blurred_shares(
    con: DuckDBPyConnection, release: LoadedRelease, corners: Corners, *, seed: int = 0
) -> Shares:
    """As `shares`, with a random draw from each galaxy's Dirichlet posterior.

    With several passes, it is that of their mean concentrations.

    Raises
    ------
    MorphError
        If the release has vote fractions only.
    """
    check_posteriors(release)
    names = [f"{label}_concentration" for label in corners.question.labels]
    columns = np.column_stack(arrays(con, release, names))
    expected = shares(con, release, corners)
    drawn = draw_shares(sums_at_corners(columns, corners), seed=seed)
    drawn[~expected.placed] = np.nan
    return Shares(drawn, expected.hidden)


def cloud(blocks: Iterable[np.ndarray]) -> Cloud:
    """Smooth (K, 3) fractions that come in blocks; rows with NaN are left out.

    Densities are of counts in cells. Numbers are exact; a contour encloses its fraction
    of the galaxies to 0.1%.
    """
    largest = np.zeros(3, dtype=np.int64)

    def known() -> Iterator[np.ndarray]:
        nonlocal largest
        for share in blocks:
            placed = share[np.isfinite(share[:, 0])]
            largest += np.bincount(placed.argmax(axis=1), minlength=3)
            yield placed

    share, galaxies = binned(known())
    number = int(galaxies.sum())
    nearest = tuple((largest / max(number, 1)).tolist())
    smooth = lattice_density(share, galaxies=galaxies)
    if number < LEAST_FOR_CONTOURS:
        return Cloud(number, nearest, smooth, {})
    levels = cross_validated_levels(smooth, share, galaxies=galaxies)
    return Cloud(number, nearest, smooth, _contours(smooth, levels))


def density(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """The density alone, as `cloud` has it."""
    share, galaxies = binned(blocks)
    return lattice_density(share, galaxies=galaxies)


def share_within(cloud: np.ndarray, other: np.ndarray, mass: float) -> float | None:
    """Fraction of other galaxies inside the contour of ``mass`` of a cloud.

    On average about ``mass`` for samples of the same distribution, less for displaced
    ones, more for few galaxies of the cloud itself. Rows with NaN in the (N, 3) and
    (M, 3) fractions are left out. None where either has too few others.
    """
    known, others = (share[np.isfinite(share[:, 0])] for share in (cloud, other))
    if min(len(known), len(others)) < LEAST_FOR_CONTOURS:
        return None
    smooth = lattice_density(known)
    (level,) = cross_validated_levels(smooth, known, [mass])
    return float(np.mean(density_at(smooth, others) >= level))


def draw_rows(placed: np.ndarray, *, size: int, seed: int) -> np.ndarray:
    """At most ``size`` random rows of ``placed`` (K,) to draw as points, increasing.

    The same rows and seed give the same result.
    """
    if len(placed) <= size:
        return placed
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(placed, size, replace=False))


def _contours(smooth: np.ndarray, levels: np.ndarray) -> dict[float, list[np.ndarray]]:
    return {
        mass: contour_lines(smooth, level) if level > 0 else []
        for mass, level in zip(MASSES, levels, strict=True)
    }


def _fractions(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    corners: Corners,
    rows: np.ndarray | None,
) -> Iterator[np.ndarray]:
    """Fractions of the question's A answers, (at most 100,000, A) at once."""
    names = [f"{label}_probability" for label in corners.question.labels]
    columns = [column(con, release, name) for name in names]
    for start in range(0, release.galaxies if rows is None else len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        part = part if rows is None else rows[part]
        yield np.column_stack([values[part] for values in columns])
