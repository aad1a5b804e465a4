"""Identify the galaxies of a table: iauname, survey id, position and photometry."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.errors import MorphError, UnreadableTable
from morph.release.physical_columns import PHYSICAL
from morph.sky import iauname_from_position, position_from_iauname, unique_names
from morph.tables import Contents
from morph.tables.column_names import ColumnNames

_SOURCE_IDS = ("source_id", "dr8_id", "subject_id", "id_str")
# The authors' BMz tables name a galaxy by its image: .../<ra>_<dec>.fits.
_IMAGE_NAME = re.compile(r"(?:.*/)?(\d+\.\d+)_([+-]?\d+\.\d+)[^/]*")

RaDec = tuple[float, float]


@dataclass(frozen=True)
class WhoColumns:
    """The columns that identify a galaxy, by the table's names."""

    iauname: str | None
    position: tuple[str, str] | None
    source_id: str | None
    image: str | None
    physical: Mapping[str, str]  # ours -> theirs

    @property
    def survey_id(self) -> str | None:
        return self.source_id or self.image

    @property
    def numbers(self) -> list[str]:
        return [*(self.position or ()), *self.physical.values()]

    @property
    def texts(self) -> list[str]:
        return [c for c in (self.iauname, self.source_id, self.image) if c]


def find_who(columns: ColumnNames, *, id_is_enough: bool = False) -> WhoColumns:
    """The columns of names, positions and physical properties.

    With ``id_is_enough``, a survey id identifies a galaxy, as for subjects of votes.

    Raises
    ------
    UnreadableTable
        If there are columns of neither names nor positions.
    """
    placed = columns.has_all(("ra", "dec"))
    physical = {ours: columns.first(one.published) for ours, one in PHYSICAL.items()}
    who = WhoColumns(
        iauname=columns.first(("iauname",)),
        position=(columns.find("ra"), columns.find("dec")) if placed else None,
        source_id=columns.first(_SOURCE_IDS),
        image=columns.first(("loc",)),
        physical={ours: theirs for ours, theirs in physical.items() if theirs},
    )
    known = who.iauname or who.position or who.image
    if not (known or (id_is_enough and who.source_id)):
        raise UnreadableTable(
            f"{columns.table} does not identify its galaxies; it needs iauname, or ra "
            f"and dec. Missing: {columns.lacking(('iauname', 'ra', 'dec'))}"
        )
    return who


def galaxies_of(
    table: str, who: WhoColumns, contents: Contents
) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row per galaxy in the table's order, and a report of counts.

    Raises
    ------
    UnreadableTable
        If a galaxy is repeated, off the sky, or has neither name nor position.
    """
    positions = _positions(table, who, contents)
    names = positions["iauname"].to_numpy(dtype=object)
    _refuse_repeats(table, who.iauname, names)
    ids = texts_of(contents, who.survey_id)
    _refuse_repeats(table, who.survey_id, ids)
    lost = (names == "") & positions["ra"].isna()
    if lost.any():
        raise UnreadableTable(
            f"{table} has {lost.sum():,} rows with neither name nor position (first: "
            f"row {np.argmax(lost) + 1:,}); add their ra and dec, or remove them"
        )
    physical, report = physical_columns(who, contents)
    galaxies = positions.assign(iauname=_named(names, positions), **physical)
    if who.survey_id:
        galaxies["source_id"] = ids
    report |= {
        "named by position": int((names == "").sum()),
        "position from name": int((positions["position_from"] == "name").sum()),
        "without position": int(positions["ra"].isna().sum()),
    }
    return galaxies, {what: count for what, count in report.items() if count}


def physical_columns(
    who: WhoColumns, contents: Contents
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Physical columns by our names; impossible values become NaN and are counted."""
    columns, impossible = {}, {}
    for ours, theirs in who.physical.items():
        values = contents.numbers[theirs]
        low, high = PHYSICAL[ours].possible
        possible = (values > low) & (values < high)
        columns[ours] = np.where(possible, values, np.nan)
        impossible[f"{theirs} impossible"] = int((~np.isnan(values) & ~possible).sum())
    return columns, impossible


def texts_of(contents: Contents, column: str | None) -> np.ndarray:
    """(N,) texts of a column, all empty if ``column`` is None."""
    if column is None:
        return np.full(contents.rows, "", dtype=object)
    return contents.texts[column].astype(object)


def _refuse_repeats(table: str, column: str | None, ids: np.ndarray) -> None:
    repeated = pd.Series(ids).duplicated() & (ids != "")
    if repeated.any():
        first = int(np.argmax(repeated))
        raise UnreadableTable(
            f"{table} repeats {repeated.sum():,} galaxies by {column!r} "
            f"(first: {ids[first]}, again in row {first + 1:,}); keep one row of each"
        )


def _positions(table: str, who: WhoColumns, contents: Contents) -> pd.DataFrame:
    """Names, and positions from the table, else image names, else names."""
    ra, dec = positions_of(who, contents)
    positions = pd.DataFrame({"iauname": texts_of(contents, who.iauname)})
    positions = positions.assign(ra=ra, dec=dec)
    refuse_off_sky(table, positions)
    positions["position_from"] = np.where(np.isnan(ra), "", "table").astype(object)
    _fill(positions, texts_of(contents, who.image), _from_image, "image name")
    return fill_from_names(positions)


def positions_of(who: WhoColumns, contents: Contents) -> np.ndarray:
    """(2, N) ra and dec in degrees, both NaN where either is unknown."""
    if who.position is None:
        return np.full((2, contents.rows), np.nan)
    pairs = np.stack([contents.numbers[column] for column in who.position])
    return np.where(np.isnan(pairs).any(axis=0), np.nan, pairs)


def refuse_off_sky(table: str, positions: pd.DataFrame) -> None:
    """Refuse positions that are not degrees on the sky.

    Raises
    ------
    UnreadableTable
        If a known ra or dec is out of range; the first is named.
    """
    ra, dec = positions["ra"].to_numpy(), positions["dec"].to_numpy()
    off = ~np.isnan(ra) & ~((ra >= 0) & (ra < 360) & (np.abs(dec) <= 90))
    if off.any():
        row = int(np.argmax(off))
        raise UnreadableTable(
            f"{table} has {off.sum():,} positions off the sky (first: row {row + 1:,}, "
            f"ra {ra[row]}, dec {dec[row]}); expected degrees, ra 0 to 360, dec ±90"
        )


def fill_from_names(positions: pd.DataFrame) -> pd.DataFrame:
    """Fill unknown positions from the iauname; ``position_from`` records which."""
    positions = positions.copy()
    _fill(positions, positions["iauname"].to_numpy(dtype=object), _from_name, "name")
    return positions


def _fill(
    positions: pd.DataFrame,
    texts: np.ndarray,
    read: Callable[[str], RaDec | None],
    position_from: str,
) -> None:
    rows = np.flatnonzero(positions["ra"].isna() & (texts != ""))
    filled = {row: position for row in rows if (position := read(texts[row]))}
    if filled:
        where = list(filled)
        positions.loc[where, ["ra", "dec"]] = np.array(list(filled.values()))
        positions.loc[where, "position_from"] = position_from


def _from_image(text: str) -> RaDec | None:
    match = _IMAGE_NAME.fullmatch(text)
    if match is None:
        return None
    ra, dec = (float(number) for number in match.groups())
    return (ra, dec) if 0 <= ra < 360 and abs(dec) <= 90 else None


def _from_name(text: str) -> RaDec | None:
    try:
        return position_from_iauname(text)
    except MorphError:
        return None  # a name of another form; the galaxy has no position


def _named(names: np.ndarray, positions: pd.DataFrame) -> np.ndarray:
    """Fill missing names from positions, all unique."""
    nameless = names == ""
    if not nameless.any():
        return names
    made = iauname_from_position(*positions.loc[nameless, ["ra", "dec"]].to_numpy().T)
    unique = unique_names([*names[~nameless], *made])
    names = names.copy()
    names[nameless] = unique[(~nameless).sum() :]
    return names
