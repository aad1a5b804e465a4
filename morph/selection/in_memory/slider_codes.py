"""Columns as small whole numbers that compare as the sliders' positions do.

A browser that has them counts while a slider is moved. Position k of a slider is the
number ``first + k`` divided by ``per_unit``. A value that is equal to it has the code
2k, one between it and the next position 2k + 1: so a limit at any position keeps the
same galaxies as the comparison of the values themselves.
"""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.in_memory.columns import column
from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.release_table import LoadedRelease
from morph.selection.slider_axes import full_range, step_of

MOST_ROWS = 1_000_000  # of a larger release a browser has a sample
_BLOCK = 65_536


@dataclass(frozen=True)
class Positions:
    """The positions of the slider of a column: ``number`` from ``first / per_unit``.

    ``precision`` is the type in which the column is compared with a limit.
    """

    column: str
    first: int
    number: int
    per_unit: int
    precision: type[np.floating]

    @property
    def values(self) -> np.ndarray:
        """(number,) values, ascending."""
        whole = self.first + np.arange(self.number)
        return (whole / self.per_unit).astype(self.precision)

    @property
    def code_type(self) -> type[np.unsignedinteger]:
        """The smallest type for all codes and `outside`."""
        return np.uint8 if 2 * self.number <= 255 else np.uint16

    @property
    def outside(self) -> int:
        """The code of unknown values, and of those beyond the ends."""
        return int(np.iinfo(self.code_type).max)


def of_answer(label: str) -> Positions:
    """Hundredths of an answer's expected vote fraction."""
    return Positions(f"{label}_probability", 0, 101, 100, np.float32)


def of_measured(release: LoadedRelease, column: str) -> Positions | None:
    """Of a measured column, from its smallest to its largest value.

    None where the release has no two different ones.
    """
    ends = full_range(column, release)
    if ends is None:
        return None
    per_unit = round(1 / step_of(column))
    first, last = (round(end * per_unit) for end in ends)
    return Positions(column, first, last - first + 1, per_unit, np.float64)


def codes(
    con: DuckDBPyConnection, release: LoadedRelease, positions: Positions
) -> np.ndarray:
    """Codes of the release's galaxies, or of its sample, in row order."""

    def made() -> np.ndarray:
        values, rows = column(con, release, positions.column), sample(release)
        return coded(values if rows is None else values[rows], positions)

    return kept(release, positions, made)


def coded(values: np.ndarray, positions: Positions) -> np.ndarray:
    """The code of each value."""
    edges, found = positions.values, np.empty(len(values), positions.code_type)
    for start in range(0, len(values), _BLOCK):
        part = values[start : start + _BLOCK]
        # How many positions are below a value, and how many are not above it.
        below = np.searchsorted(edges, part, side="left")
        code = below + np.searchsorted(edges, part, side="right") - 1
        inside = (part >= edges[0]) & (part <= edges[-1])  # false for NaN
        found[start : start + _BLOCK] = np.where(inside, code, positions.outside)
    return found


def sample(release: LoadedRelease) -> np.ndarray | None:
    """Rows of a large release that stand for all, ascending; None for a smaller one.

    One is drawn of each of MOST_ROWS equal parts of the table, always the same.
    """
    if release.galaxies <= MOST_ROWS:
        return None

    def made() -> np.ndarray:
        ends = np.linspace(0, release.galaxies, MOST_ROWS + 1).astype(np.int64)
        drawn = np.random.default_rng(0).random(MOST_ROWS)
        return ends[:-1] + (drawn * np.diff(ends)).astype(np.int64)

    return kept(release, "sample", made)
