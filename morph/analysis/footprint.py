"""Sky footprint of a release and a selection, as counts in cells of equal area."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.conditions import where
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


def footprint(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> Footprint | None:
    """Counts on the sky, in finer cells for smaller and denser releases.

    None for a release without positions.
    """
    grid = _finest(con, release)
    if grid is None:
        return None
    across, up = grid
    condition, parameters = where(selection, release)
    sql = f"""
        SELECT least(floor((sin(radians(dec)) + 1) * {up} / 2), {up - 1}) AS y,
            floor(ra * {across // 360})::INTEGER % {across} AS x,
            count(*) AS whole, count(*) FILTER (({condition}) IS TRUE) AS selected
        FROM {release.table} GROUP BY ALL
    """
    cells = query(con, release, sql, parameters).df()
    known = cells.dropna(subset=["x", "y"]).astype({"x": int, "y": int})
    fold = _fold(known)
    row, column = known["y"] // fold, known["x"] // fold
    start = _first(np.unique(column), around=across // fold)
    column = (column - start) % (across // fold)
    south, shape = row.min(), (row.max() - row.min() + 1, column.max() + 1)
    whole, selected = np.zeros((2, *shape), dtype=np.int64)
    np.add.at(whole, (row - south, column), known["whole"])
    np.add.at(selected, (row - south, column), known["selected"])
    return Footprint(
        ra=(np.arange(shape[1] + 1) + start) * fold * 360 / across,
        sin_dec=np.arange(south, south + shape[0] + 1) * fold * 2 / up - 1,
        whole=whole,
        selected=selected,
        without_position=int(cells["whole"].sum() - known["whole"].sum()),
    )


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
