"""Sky footprint of a release and a selection, as counts in cells of equal area."""

from dataclasses import astuple, dataclass, fields

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.release_results import result
from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.in_memory.cell_counts import sparse
from morph.selection.listing.selected_rows import selected
from morph.selection.selection import Selection

_PARTS = (200, 100, 40, 20, 10, 4, 2, 1)  # finest cells in a degree of RA
_ACROSS = 120  # finest cells at most across a release that is smaller than the sky
_FOLDS = (1, 2, 3, 5, 6, 10, 15)  # finest cells per cell that is shown
_MULTIPLE = 30  # of every fold, so that rows of cells have equal height
_LEAST_COS2 = 0.05  # limits the stretch of RA near a pole
_MEAN = 6  # least mean number of galaxies per occupied cell


@dataclass(frozen=True)
class Footprint:
    """Counts in cells of equal area; RA exceeds 360 where the footprint crosses 0.

    ``ra`` (C + 1,) and ``sin_dec`` (R + 1,) are the cell edges, in degrees and as the
    sine of the declination; ``whole`` and ``selected`` are (R, C) counts. Cells are
    about square at the centre of the release.
    """

    ra: np.ndarray
    sin_dec: np.ndarray
    whole: np.ndarray
    selected: np.ndarray
    without_position: int

    @property
    def side(self) -> float:
        """Width of a cell in degrees of right ascension."""
        return float(round(self.ra[1] - self.ra[0], 6))

    def table(self) -> pd.DataFrame:
        """Occupied cells: ``ra_from``, ``ra_to``, ``dec_from``, ``dec_to``, counts."""
        row, column = np.nonzero(self.whole)
        dec = np.degrees(np.arcsin(self.sin_dec))
        return pd.DataFrame(
            {
                "ra_from": self.ra[column] % 360,
                "ra_to": (self.ra[column + 1] - 1e-9) % 360 + 1e-9,
                "dec_from": dec[row],
                "dec_to": dec[row + 1],
                "whole": self.whole[row, column],
                "selected": self.selected[row, column],
            }
        )


@dataclass(frozen=True)
class _Grid:
    """The cells shown of a release, in units of the finest ones.

    ``across`` and ``up`` are the finest cells around the sky and from pole to pole;
    ``fold`` of them make a cell. ``start`` and ``south`` are the first cells shown.
    """

    across: int
    up: int
    fold: int
    start: int
    south: int
    rows: int
    columns: int


_FIELDS = len(fields(_Grid))


def footprint(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> Footprint | None:
    """Counts on the sky, in finer cells for smaller and denser releases.

    None for a release without positions.
    """
    numbers = kept(release, "sky", lambda: _of_release(con, release))
    if not len(numbers):
        return None
    grid = _Grid(*numbers[:_FIELDS].tolist())
    whole = numbers[_FIELDS:].reshape(grid.rows, grid.columns)
    chosen = sparse(selected(con, release, selection))
    counts = np.zeros_like(whole)
    if len(chosen.rows):
        cell = kept(release, grid, lambda: _cells(con, release, grid))
        counts = _counts(cell.take(chosen.rows), grid)
    south, up = grid.south, grid.up
    return Footprint(
        ra=(np.arange(grid.columns + 1) + grid.start) * grid.fold * 360 / grid.across,
        sin_dec=np.arange(south, south + grid.rows + 1) * grid.fold * 2 / up - 1,
        whole=whole,
        selected=whole - counts if chosen.inverted else counts,
        without_position=release.galaxies - int(whole.sum()),
    )


def _of_release(con: DuckDBPyConnection, release: LoadedRelease) -> np.ndarray:
    """The fields of the grid, then the galaxies in each cell; empty without positions.

    (7 + rows x columns,) int64.
    """
    return np.array(
        result(con, release, "sky", lambda: _counted(con, release)), dtype=np.int64
    )


def _counted(con: DuckDBPyConnection, release: LoadedRelease) -> list[int]:
    finest = _finest(con, release)
    if finest is None:
        return []
    across, up = finest
    y, x = _finest_cell(across, up)
    sql = f"""
        SELECT {y} AS y, {x} AS x, count(*) AS whole FROM {release.table}
        WHERE ra IS NOT NULL AND dec IS NOT NULL GROUP BY ALL
    """
    known = query(con, release, sql).df()
    fold = _fold(known)
    row, column = known["y"] // fold, known["x"] // fold
    start = _first(np.unique(column), around=across // fold)
    south = int(row.min())
    row, column = row - south, (column - start) % (across // fold)
    rows, columns = int(row.max()) + 1, int(column.max()) + 1
    grid = _Grid(across, up, fold, start, south, rows, columns)
    whole = np.zeros((grid.rows, grid.columns), dtype=np.int64)
    np.add.at(whole, (row, column), known["whole"])
    return [*astuple(grid), *whole.ravel().tolist()]


def _finest_cell(across: int, up: int) -> tuple[str, str]:
    """SQL of the row and the column of a galaxy's finest cell."""
    return (
        # `least` alone would ignore an unknown declination.
        f"CASE WHEN dec IS NOT NULL THEN "
        f"least(floor((sin(radians(dec)) + 1) * {up} / 2), {up - 1})::INTEGER END",
        f"floor(ra * {across // 360})::INTEGER % {across}",
    )


def _cells(con: DuckDBPyConnection, release: LoadedRelease, grid: _Grid) -> np.ndarray:
    """The cell of each galaxy, (N,) int32, row by row; one more without a position."""
    y, x = _finest_cell(grid.across, grid.up)
    around = grid.across // grid.fold
    sql = f"""
        SELECT coalesce(({y} // {grid.fold} - {grid.south}) * {grid.columns}
            + ({x} // {grid.fold} - {grid.start} + {around}) % {around},
            {grid.rows * grid.columns})::INTEGER AS cell FROM {release.table}
    """
    return query(con, release, sql).fetchnumpy()["cell"]


def _counts(cell: np.ndarray, grid: _Grid) -> np.ndarray:
    """(rows, columns) galaxies in each cell."""
    cells = grid.rows * grid.columns
    counts = np.bincount(cell, minlength=cells + 1)[:cells]
    return counts.reshape(grid.rows, grid.columns)


def _finest(con: DuckDBPyConnection, release: LoadedRelease) -> tuple[int, int] | None:
    """The number of finest cells in RA and from pole to pole."""
    sql = f"""
        SELECT floor(ra)::INTEGER % 360 AS x, min(ra % 360) AS west,
            max(ra % 360) AS east, min(dec) AS south, max(dec) AS north
        FROM {release.table} WHERE ra IS NOT NULL AND dec IS NOT NULL
        GROUP BY ALL ORDER BY x
    """
    cells = query(con, release, sql).df()
    if cells.empty:
        return None
    first = cells["x"].tolist().index(_first(cells["x"].to_numpy(), around=360))
    span = (cells["east"].iloc[first - 1] - cells["west"].iloc[first]) % 360
    south, north = cells["south"].min(), cells["north"].max()
    if len(cells) == 360:
        span = 360.0
    cos2 = max(np.cos(np.radians((south + north) / 2)) ** 2, _LEAST_COS2)
    largest = max(span, (north - south) / np.sqrt(cos2))
    parts = next((n for n in _PARTS if largest * n <= _ACROSS), 1)
    rows = 2 / (np.radians(1 / parts) * cos2)  # of square cells
    return 360 * parts, _MULTIPLE * max(1, round(rows / _MULTIPLE))


def _fold(known: pd.DataFrame) -> int:
    """The finest fold with enough galaxies per occupied cell."""
    galaxies = known["whole"].sum()
    for fold in _FOLDS:
        cells = known.groupby([known["x"] // fold, known["y"] // fold]).ngroups
        if galaxies >= _MEAN * cells:
            return fold
    return _FOLDS[-1]


def _first(occupied: np.ndarray, *, around: int) -> int:
    """The first column after the widest gap, where the sky is cut."""
    gaps = np.diff(occupied, append=occupied[0] + around)
    widest = int(gaps.argmax())
    return int(occupied[(widest + 1) % len(occupied)]) if gaps[widest] > 1 else 0
