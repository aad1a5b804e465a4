"""Compare the names of galaxies with their positions, and settle which one holds."""

import re

import numpy as np
import pandas as pd

from data.tables.positions import places_of_names
from morph.errors import UnreadableTable
from morph.sky import separation_arcsec

_APART_ARCSEC = 5.0  # names are often made of another position of the same galaxy
_FEW = 0.01  # of the rows; more of them are a fault of the table
_DECIMALS = re.compile(r"J\d{6}(?:\.(\d+))?[+-]\d{6}")

Report = dict[str, int | str]


def settled(
    table: str, found: pd.DataFrame, positions_from: str
) -> tuple[pd.DataFrame, Report]:
    """The galaxies with names and positions that agree, and what was changed.

    ``positions_from`` says which of the two holds where they disagree: the names, or
    the positions of the table, of which then new names are made.

    Raises
    ------
    UnreadableTable
        If many names and positions are of different places, and it is not said which
        of them hold; it says how many, how far apart, and where first.
    """
    names = found["iauname"].to_numpy(object)
    both = (names != "") & found["ra"].notna().to_numpy()
    ra, dec = places_of_names(names, np.flatnonzero(both))
    apart = separation_arcsec(found["ra"], found["dec"], from_ra=ra, from_dec=dec)
    apart = np.asarray(apart)
    differ = np.zeros(len(names), bool)
    known = np.flatnonzero(~np.isnan(apart))
    differ[known] = apart[known] > [_allowed(names[row]) for row in known]
    number = int(differ.sum())
    if not number:
        return found, {}
    words = _in_words(number, apart, differ)
    if positions_from == "names":
        found.loc[differ, "ra"], found.loc[differ, "dec"] = ra[differ], dec[differ]
        found.loc[differ, "position_from"] = "name"
        return found, {"positions taken from names": words}
    if positions_from == "table":
        found.loc[differ, "iauname"] = ""
        return found, {"names made anew from positions": words}
    if number > _FEW * len(known):
        raise UnreadableTable(
            f"{table} has {words}; check that its columns belong together, or say "
            "which holds: --positions-from table, or --positions-from names"
        )
    return found, {"names that disagree with the position": words}


def _allowed(name: str) -> float:
    """Arcsec that a position may be from the centre of the cell of its name."""
    match = _DECIMALS.match(name)
    return _APART_ARCSEC + 7.5 * 10.0 ** -len((match and match[1]) or "")


def _in_words(number: int, apart: np.ndarray, differ: np.ndarray) -> str:
    first = int(np.argmax(differ))
    subject = "name" if number == 1 else "names"
    most = f", at most {_angle(np.nanmax(apart[differ]))}" if number > 1 else ""
    return (
        f"{number:,} {subject} of another place than the position beside it (first: "
        f"row {first + 1:,}, {_angle(apart[first])} apart{most})"
    )


def _angle(arcsec: float) -> str:
    if arcsec < 60:
        return f"{arcsec:.1f} arcsec"
    return f"{arcsec / 60:.1f} arcmin" if arcsec < 3600 else f"{arcsec / 3600:.1f} deg"
