"""Where on the sky a release and a selection lie, as counts in cells of equal area."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue import LoadedRelease, query
from morph.selection import Selection
from morph.steps import where

_ACROSS, _UP = 360, 180  # finest cells: 1 degree of RA by 1/90 of sin(Dec)
_FOLDS = (1, 2, 3, 5, 6, 10, 15)  # how many finest cells make one that is shown
_MEAN = 6  # galaxies in an occupied cell, below which cells are folded further


@dataclass(frozen=True)
class Footprint:
    """Counts in cells of equal area; RA runs on beyond 360 where the sky is cut at 0.

    ``ra`` (C + 1,) and ``sin_dec`` (R + 1,) are the cells' edges, in degrees and as
    the sine of the declination; ``whole`` and ``selected`` are (R, C) counts.
    """

    ra: np.ndarray
    sin_dec: np.ndarray
    whole: np.ndarray
    selected: np.ndarray
    without_position: int

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
    """Counts on the sky in one pass; None for a release without any position."""
    condition, parameters = where(selection, release)
    sql = f"""
        SELECT least(floor((sin(radians(dec)) + 1) * {_UP} / 2), {_UP - 1}) AS y,
            floor(ra)::INTEGER % {_ACROSS} AS x,
            count(*) AS whole, count(*) FILTER (({condition}) IS TRUE) AS selected
        FROM {release.table} GROUP BY ALL
    """
    found = query(con, release, sql, parameters).df()
    known = found.dropna(subset=["x", "y"])
    if known.empty:
        return None
    fold = _fold(known)
    whole, selected = (_image(known, name, fold) for name in ("whole", "selected"))
    start = _start(whole)
    whole, selected = (np.roll(one, -start, axis=1) for one in (whole, selected))
    rows, columns = _occupied(whole, axis=1), _occupied(whole, axis=0)
    return Footprint(
        ra=(np.arange(columns.start, columns.stop + 1) + start) * float(fold),
        sin_dec=np.arange(rows.start, rows.stop + 1) * fold / (_UP / 2) - 1,
        whole=whole[rows, columns],
        selected=selected[rows, columns],
        without_position=int(found["whole"].sum() - known["whole"].sum()),
    )


def _fold(known: pd.DataFrame) -> int:
    """The smallest cells that hold enough galaxies on average to show a density."""
    galaxies = known["whole"].sum()
    for fold in _FOLDS:
        cells = known.groupby([known["x"] // fold, known["y"] // fold]).ngroups
        if galaxies >= _MEAN * cells:
            return fold
    return _FOLDS[-1]


def _image(known: pd.DataFrame, column: str, fold: int) -> np.ndarray:
    image = np.zeros((_UP // fold, _ACROSS // fold), dtype=np.int64)
    place = (known["y"].astype(int) // fold, known["x"].astype(int) // fold)
    np.add.at(image, place, known[column].to_numpy())
    return image


def _start(image: np.ndarray) -> int:
    """The column after the widest empty stretch, so that the sky is cut there."""
    occupied = np.flatnonzero(image.any(axis=0))
    gaps = np.diff(occupied, append=occupied[0] + image.shape[1])
    widest = int(gaps.argmax())
    return int(occupied[(widest + 1) % len(occupied)]) if gaps[widest] > 1 else 0


def _occupied(image: np.ndarray, *, axis: int) -> slice:
    """From the first row or column with a galaxy to the last."""
    places = np.flatnonzero(image.any(axis=axis))
    return slice(int(places[0]), int(places[-1]) + 1)
