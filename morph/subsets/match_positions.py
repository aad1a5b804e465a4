"""Places as lists give them, in degrees or sexagesimal, and the galaxies near them."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from scipy.spatial import cKDTree

from morph.catalogue.release_table import LoadedRelease, query
from morph.sky import separation_arcsec

_SEXAGESIMAL = re.compile(
    r"([+-]?)\s*(\d{1,3})\s*[:hd° ]\s*(\d{1,2})\s*[:m' ]\s*(\d{1,2}(?:\.\d*)?)\s*[s\"]?"
)
_PLAIN = str.maketrans({"−": "-", "–": "-", "′": "'", "″": '"'})


@dataclass(frozen=True)
class NearestTwo:
    """The galaxy nearest to each place, and how far the second nearest is."""

    iauname: np.ndarray  # (M,) object array of str
    separation_arcsec: np.ndarray  # (M,)
    second_arcsec: np.ndarray  # (M,), infinite where there is no second


def degrees(cells: pd.Series, *, hours: bool) -> np.ndarray:
    """Coordinates written as text, (M,) degrees; NaN where they are not understood.

    Plain numbers are degrees. Sexagesimal ones, "12:18:42.1" or "12h18m42.1s", are
    hours where ``hours`` says so (RA), unless their first sign is "d" or "°".
    """
    found = pd.to_numeric(cells, errors="coerce").to_numpy(float, copy=True)
    for place in np.flatnonzero(np.isnan(found)):
        found[place] = _sexagesimal(cells.iloc[place], hours=hours)
    return found


def nearest_two(
    con: DuckDBPyConnection, release: LoadedRelease, ra: np.ndarray, dec: np.ndarray
) -> NearestTwo | None:
    """The galaxies of a release nearest to places in degrees; None if none has one."""
    sql = (
        f"SELECT iauname, ra, dec FROM {release.table} "
        "WHERE isfinite(ra) AND isfinite(dec)"
    )
    galaxies = query(con, release, sql).fetchnumpy()
    number = len(galaxies["iauname"])
    if not number:
        return None
    tree = cKDTree(_unit(galaxies["ra"], galaxies["dec"]))
    _, rows = tree.query(_unit(ra, dec), k=[1, 2])
    apart = np.full(rows.shape, np.inf)
    for column in range(min(2, number)):
        row = rows[:, column]
        apart[:, column] = separation_arcsec(
            galaxies["ra"][row], galaxies["dec"][row], from_ra=ra, from_dec=dec
        )
    return NearestTwo(galaxies["iauname"][rows[:, 0]], apart[:, 0], apart[:, 1])


def _unit(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Unit vectors (M, 3) of places in degrees: near on the sky is near in space."""
    ra, dec = np.radians(ra), np.radians(dec)
    return np.column_stack(
        [np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)]
    )


def _sexagesimal(text: str, *, hours: bool) -> float:
    match = _SEXAGESIMAL.fullmatch(text.strip().translate(_PLAIN))
    if match is None:
        return np.nan
    sign, whole, minutes, seconds = match.groups()
    if int(minutes) > 59 or float(seconds) >= 60:
        return np.nan
    value = int(whole) + int(minutes) / 60 + float(seconds) / 3600
    if hours and not re.search("[d°]", text):
        value *= 15
    return -value if sign == "-" else value
