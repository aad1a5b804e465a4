"""Compare the names of galaxies with their positions, and settle which one holds."""

import numpy as np
import pandas as pd

from data.tables.positions import places_of_names
from morph.errors import UnreadableTable
from morph.sky import separation_arcsec

# Names are often made of another position of the same galaxy: of 7,884 published ones
# 2% are over 5 arcsec away, at most 96 arcsec, and all of these galaxies are large.
_NEAR_ARCSEC = 5.0
_FAR_ARCSEC = 180.0
_SOME = 0.2  # of the rows; if more names than these are not near, none may be far
_FEW = 0.01  # of the rows; more far names are a fault of the table

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
    ra, dec, apart, within = _compared(found, "iauname")
    rows = int((~np.isnan(apart)).sum())
    aside = apart - within > _NEAR_ARCSEC
    differ = apart - within > _FAR_ARCSEC if aside.sum() <= _SOME * rows else aside
    slight = _in_words(apart, aside & ~differ)
    told = {"names that differ slightly from the position": slight}
    told = {what: words for what, words in told.items() if words}
    words = _in_words(apart, differ)
    if not words:
        return found, told
    if positions_from == "names":
        found = found.assign(
            ra=np.where(differ, ra, found["ra"]),  # those of the table may be shared
            dec=np.where(differ, dec, found["dec"]),
        )
        found.loc[differ, "position_from"] = "name"
        return found, told | {"positions taken from names": words}
    if positions_from == "table":
        found.loc[differ, "iauname"] = ""
        return found, told | {"names replaced by names made from positions": words}
    if differ.sum() > _FEW * rows:
        raise UnreadableTable(
            f"{table} has names that disagree with the positions in the same rows: "
            f"{words}; check that its columns belong together, or state which to "
            "trust: --positions-from table, or --positions-from names"
        )
    return found, told | {"names that disagree with the position": words}


def refuse_other_ids(table: str, column: str | None, found: pd.DataFrame) -> None:
    """Refuse ids that are names of other places than the galaxies.

    Raises
    ------
    UnreadableTable
        If more than 1 in 100 of the places are over 3 arcmin apart.
    """
    _, _, apart, within = _compared(found, "source_id")
    far = apart - within > _FAR_ARCSEC
    if far.sum() > _FEW * (~np.isnan(apart)).sum():
        raise UnreadableTable(
            f"{table} has names in {column!r} that do not match the positions of its "
            f"galaxies: {_in_words(apart, far)}; check that its columns belong "
            "together, or leave that column out"
        )


def _compared(
    found: pd.DataFrame, column: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """RA and Dec of the names in a column, (N,) degrees, and how far off they are.

    That is the distance from the position, and the half-width of the place of the name,
    both in arcsec. All are NaN without a name or a position.
    """
    rows = np.flatnonzero((found[column] != "") & found["ra"].notna())
    if not len(rows):
        nothing = np.full(len(found), np.nan)
        return nothing, nothing, nothing, nothing
    ra, dec, within = places_of_names(found[column], rows)
    apart = separation_arcsec(found["ra"], found["dec"], from_ra=ra, from_dec=dec)
    return ra, dec, np.asarray(apart), within


def _in_words(apart: np.ndarray, which: np.ndarray) -> str:
    """How many names, how far from the position, and where first; "" if none."""
    number = int(which.sum())
    if not number:
        return ""
    first = int(np.argmax(which))
    most = f"; largest: {_angle(np.nanmax(apart[which]))}" if number > 1 else ""
    return (
        f"{number:,} {'name' if number == 1 else 'names'} (first: row {first + 1:,}, "
        f"{_angle(apart[first])} apart{most})"
    )


def _angle(arcsec: float) -> str:
    if arcsec < 60:
        return f"{arcsec:.1f} arcsec"
    return f"{arcsec / 60:.1f} arcmin" if arcsec < 3600 else f"{arcsec / 3600:.1f} deg"
