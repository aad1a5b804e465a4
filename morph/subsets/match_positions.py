"""Parse positions in degrees or sexagesimal, and find the nearest galaxies."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query

_SEXAGESIMAL = (
    r"^([+-]?)\s*(\d{1,3})\s*[:hd° ]\s*(\d{1,2})\s*[:m' ]\s*(\d{1,2}(?:\.\d*)?)"
    r"\s*[s\"]?\Z"
)
_PLAIN = str.maketrans({"−": "-", "–": "-", "′": "'", "″": '"'})


@dataclass(frozen=True)
class NearestTwo:
    """The galaxy nearest to each position, and the separation of the second nearest."""

    iauname: np.ndarray  # (M,) object array of str
    separation_arcsec: np.ndarray  # (M,)
    second_arcsec: np.ndarray  # (M,), infinite where there is no second


def degrees(cells: pd.Series, *, hours: bool) -> np.ndarray:
    """Coordinates given as text, (M,) degrees; NaN where they cannot be parsed.

    Plain numbers are degrees. Sexagesimal ones, "12:18:42.1" or "12h18m42.1s", are
    hours if ``hours`` (RA), unless they have "d" or "°".
    """
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(float, copy=True)
    rest = np.isnan(numbers)
    texts = cells[rest].astype(object).str.strip().str.translate(_PLAIN)
    parts = texts.str.extract(_SEXAGESIMAL)
    whole, minutes, seconds = (parts[i].astype(float) for i in (1, 2, 3))
    value = whole + minutes / 60 + seconds / 3600
    value *= np.where(hours & ~texts.str.contains("[d°]"), 15, 1)
    value = value.where((minutes < 60) & (seconds < 60))
    numbers[rest] = value.where(parts[0] != "-", -value)
    return numbers


def nearest_two(
    con: DuckDBPyConnection, release: LoadedRelease, ra: np.ndarray, dec: np.ndarray
) -> NearestTwo | None:
    """The galaxies nearest to positions in degrees; None for a release without any."""
    sql = (
        f"SELECT iauname, ra, dec FROM {release.table} "
        "WHERE isfinite(ra) AND isfinite(dec)"
    )
    galaxies = query(con, release, sql).fetchnumpy()
    number = len(galaxies["iauname"])
    if not number:
        return None
    positions = SkyCoord(ra, dec, unit="deg")
    others = SkyCoord(galaxies["ra"], galaxies["dec"], unit="deg")
    rows, apart, _ = positions.match_to_catalog_sky(others)
    second = np.full(len(rows), np.inf)
    if number > 1:
        second = positions.match_to_catalog_sky(others, nthneighbor=2)[1].arcsec
    return NearestTwo(galaxies["iauname"][rows], apart.arcsec, second)
