"""The σ-ρ plane of an answer: posterior standard deviation against vote fraction."""

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import arrays
from morph.catalogue.column_sql import plane_columns
from morph.catalogue.release_table import LoadedRelease
from morph.geometry.density import Window
from morph.geometry.regions import Plane, plane_coordinates

TOTALS = (10, 30, 100)  # concentrations whose curves are drawn
_MOST = 0.5  # the largest σ of a vote fraction
_MARGIN = 1.06


def plane_of(label: str) -> Plane:
    """The plane of an answer, for regions."""
    return Plane("strip", (label,))


def coordinates(
    con: DuckDBPyConnection, release: LoadedRelease, label: str
) -> tuple[np.ndarray, np.ndarray]:
    """ρ̂ and σ of an answer, (N,) each in row order; NaN where unknown."""
    plane = plane_of(label)
    names = plane_columns(release, plane)
    columns = arrays(con, release, names)
    return plane_coordinates(plane, columns, release.tree)


def window(sigma: np.ndarray) -> Window:
    """All of ρ̂, and σ from 0 to just above its maximum."""
    known = sigma[np.isfinite(sigma)]
    top = min(float(known.max()) * _MARGIN, _MOST) if len(known) else _MOST
    return Window(0.0, 1.0, 0.0, max(top, 1e-3))


def sigma_at(mean: np.ndarray, total: float) -> np.ndarray:
    """σ of a vote fraction ρ̂ with total concentration Σα.

    σ² = ρ̂ (1 - ρ̂) / (Σα + 1).
    """
    return np.sqrt(mean * (1 - mean) / (total + 1))


def curve(total: float) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the curve of one total concentration."""
    mean = np.sin(np.linspace(0, np.pi / 2, 60)) ** 2  # finer steps at the ends
    return mean, sigma_at(mean, total)


def end_of(rows: np.ndarray, ends: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """0 for rows in the first end, 1 in the second, 2 in neither, (K,).

    Galaxies in both count as the first.
    """
    first, second = (np.isin(rows, end) for end in ends)
    return np.select([first, second], [0, 1], 2).astype(np.uint8)


def tail_boxes(
    surest: np.ndarray, least_sure: np.ndarray, *, at_least: float, top: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Outlines of the most and least certain galaxies, as closed polygons.

    ``surest`` (S,) and ``least_sure`` (U,) are σ of the galaxies, of which there may be
    none; ``at_least`` is the lowest ρ̂ of both, and ``top`` the largest σ drawn.
    """
    ends = []
    if len(surest):
        ends.append((0.0, surest.max()))
    if len(least_sure):
        ends.append((least_sure.min(), top))
    x = np.array([at_least, 1.0, 1.0, at_least, at_least])
    return [(x, np.array([low, low, high, high, low])) for low, high in ends]
