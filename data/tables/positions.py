"""Read the positions of a table: units, frame, range, missing values, names."""

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.tables.who_columns import PositionColumns, WhoColumns
from morph.errors import MorphError, UnreadableTable
from morph.sky import position_from_iauname
from morph.sky.designations import NamedPlace, named_place
from morph.sky.plain_text import plain
from morph.subsets.match_positions import degrees
from morph.tables import Contents, Table
from morph.tables.units import (
    column_to_unit,
    from_degrees,
    is_icrs,
    to_icrs,
    unit_name,
)

# Numbers that surveys write for "unknown".
PLACEHOLDERS = (-99.0, -999.0, -9999.0, -99999.0)
_IN_BOTH = (99.0, 999.0, 9999.0, 99999.0, 1e20, 1e30)  # of no position if dec has it
_FEWEST = 3  # positions, of which a unit is guessed
_FULL = re.compile(r"J\d{6}\.\d\d[+-]\d{6}\.\d(-\d+)?")
_FULL_WITHIN = 0.19  # arcsec, from the centre of its cell
_MOST_WITHIN = 30.0
# A name may be that of an image: "J121842.00+114354.4.jpg".
_FILE = re.compile(r"(?:.*/)?(.+?)(?:\.(?:jpe?g|png|fits))?", re.I | re.S)


@dataclass(frozen=True)
class Sky:
    """ICRS positions in degrees, both NaN where unknown, and what was changed."""

    ra: np.ndarray
    dec: np.ndarray
    report: dict[str, int | str] = field(default_factory=dict)


def positions_of(table: Table, who: WhoColumns, contents: Contents) -> Sky:
    """ICRS positions from the table's columns of positions.

    Raises
    ------
    UnreadableTable
        If a unit is none of an angle, the frame is unknown, or a position is off the
        sky; the first is named.
    """
    where = who.position
    if where is None:
        return Sky(*np.full((2, contents.rows), np.nan))
    report: dict[str, int | str] = {}
    ra, dec = (_angles(table.name, where, column, contents) for column in where.both)
    lost = _placeholders(where, ra, dec)
    if lost.any():
        report["positions such as -99 or -999, treated as missing"] = int(lost.sum())
    lost |= np.isnan(ra) | np.isnan(dec)
    if lost.any():
        ra, dec = np.where(lost, np.nan, ra), np.where(lost, np.nan, dec)
    stated = where.parts or any(where.units.values())
    if not stated and (unit := _perhaps(ra, dec)):
        report["positions without a unit"] = f"taken as degrees; they may be {unit}"
    ra, dec = _in_degrees(table.name, where, ra, dec, report)
    ra, wrapped = _wrapped(ra)
    if wrapped:
        report["right ascensions below 0 or at 360, moved by 360 degrees"] = wrapped
    refuse_off_sky(table.name, ra, dec, where)
    if not is_icrs(where.frame):
        report["positions"] = f"converted from {where.frame} to ICRS"
        ra, dec = to_icrs(ra, dec, where.frame)
    return Sky(ra, dec, report)


def _placeholders(
    where: PositionColumns, ra: np.ndarray, dec: np.ndarray
) -> np.ndarray:
    """Rows whose position stands for "unknown"; -99 alone may be a right ascension."""
    in_ra, in_dec = np.isin(ra, PLACEHOLDERS), np.isin(dec, PLACEHOLDERS)
    either_is_none = np.isnan(ra) | np.isnan(dec)
    in_both = np.isinf(ra) & np.isinf(dec) | (ra == dec) & np.isin(np.abs(ra), _IN_BOTH)
    in_degrees = unit_name(where.units[where.dec]) in ("", "degrees")
    no_longitude = in_ra & ((ra < -180) | (ra > 180).any())
    alone = (in_dec | no_longitude) if in_degrees else np.zeros(len(ra), bool)
    return in_both | in_ra & in_dec | (in_ra | in_dec) & either_is_none | alone


def _perhaps(ra: np.ndarray, dec: np.ndarray) -> str:
    """The other unit that numbers without a unit may have: they fill its range."""
    known = ~np.isnan(ra)
    if known.sum() < _FEWEST:
        return ""
    low, high, north = ra[known].min(), ra[known].max(), np.ptp(dec[known])
    if low >= 0 and np.pi < high <= 2 * np.pi and np.abs(dec[known]).max() <= np.pi / 2:
        return "radians" if high - low > np.pi and north > np.pi / 8 else ""
    filled = 0 <= low < 4 and 20 < high <= 24 and north > 30
    return "hours of right ascension" if filled else ""


def _angles(
    table: str, where: PositionColumns, column: str, contents: Contents
) -> np.ndarray:
    """A coordinate in its stated unit; sexagesimal texts become degrees."""
    if where.parts:
        return _of_parts(where, column, contents)
    if column in contents.numbers:
        return contents.numbers[column]
    cells = pd.Series(contents.texts[column], dtype="str")
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(float)
    if (np.isnan(numbers) == (cells == "")).all():
        return numbers
    _refuse_other_unit(table, where, column, cells[np.isnan(numbers) & (cells != "")])
    values = degrees(cells, hours=column == where.ra and not _is_galactic(where))
    wrong = np.isnan(values) & (cells != "").to_numpy()
    if wrong.any():
        row = int(np.argmax(wrong))
        raise UnreadableTable(
            f"{table} has {wrong.sum():,} cells in {column!r} that are not coordinates "
            f"(first: {cells[row][:40]!r} in row {row + 1:,}); expected degrees, or "
            "hours or degrees, minutes and seconds as 12:18:42.0 and +11:43:54"
        )
    return from_degrees(values, where.units[column])


def _of_parts(where: PositionColumns, column: str, contents: Contents) -> np.ndarray:
    """A coordinate whose degrees or hours, minutes and seconds are columns each."""
    of_ra = column == where.ra
    columns = where.parts[:3] if of_ra else where.parts[3:]
    whole, minutes, seconds = (contents.numbers[c] for c in columns)
    values = np.abs(whole) + minutes / 60 + seconds / 3600
    if of_ra:
        return 15 * values
    south = np.signbit(whole)
    if where.sign:
        south = south | np.asarray(contents.texts[where.sign] == "-")
    return np.where(south, -values, values)


def _refuse_other_unit(
    table: str, where: PositionColumns, column: str, cells: pd.Series
) -> None:
    """Refuse sexagesimal hours that are declared as degrees, and the like."""
    stated = unit_name(where.units[column])
    hours = column == where.ra and not _is_galactic(where)
    if stated and stated != ("hours" if hours else "degrees"):
        raise UnreadableTable(
            f"{table} declares {column!r} in {stated}, but has cells such as "
            f"{cells.iloc[0][:40]!r}; remove the unit, or declare "
            f"{'h:m:s' if hours else 'd:m:s'} for sexagesimal cells"
        )


def _is_galactic(where: PositionColumns) -> bool:
    return where.frame.lower().startswith(("gal", "super", "ecl"))


def _in_degrees(
    table: str,
    where: PositionColumns,
    ra: np.ndarray,
    dec: np.ndarray,
    report: dict[str, int | str],
) -> tuple[np.ndarray, np.ndarray]:
    """Convert from the stated units, and say so."""
    values = []
    for column, angles in zip(where.both, (ra, dec), strict=True):
        stated = where.units[column]
        values.append(column_to_unit(table, column, angles, unit=stated, wanted="deg"))
        if column == where.dec and unit_name(stated) == "hours":
            raise UnreadableTable(
                f"{table}, column {column!r}: a latitude in hours ({stated!r}) is "
                "impossible"
            )
        if unit_name(stated) not in ("", "degrees"):
            report[column] = f"converted from {unit_name(stated)} to degrees"
    return values[0], values[1]


def _wrapped(ra: np.ndarray) -> tuple[np.ndarray, int]:
    """Longitudes from -180 or to 360 inclusive as 0 to 360, and how many they were."""
    outside = (ra >= -180) & (ra < 0) | (ra == 360)
    if not outside.any():
        return ra, 0
    moved = ra.copy()
    moved[outside] = ra[outside] % 360.0
    moved[moved == 360.0] = 0.0  # of -1e-15
    return moved, int(outside.sum())


def refuse_off_sky(
    table: str, ra: np.ndarray, dec: np.ndarray, where: PositionColumns
) -> None:
    """Refuse positions that are not degrees on the sky.

    Raises
    ------
    UnreadableTable
        If a known ra or dec is out of range; the first is named.
    """
    off = ~np.isnan(ra) & ~((ra >= 0) & (ra < 360) & (np.abs(dec) <= 90))
    if off.any():
        row = int(np.argmax(off))
        stated = [unit_name(where.units[column]) for column in where.both]
        units = " and ".join(dict.fromkeys(one for one in stated if one))
        units = (
            f" after conversion from {units}" if units not in ("", "degrees") else ""
        )
        raise UnreadableTable(
            f"{table} has {off.sum():,} positions out of range{units} (first: row "
            f"{row + 1:,}, {where.ra} {ra[row]}, {where.dec} {dec[row]}); expected "
            "degrees, ra 0 to 360 (or -180 to 180), dec ±90"
        )


def place_of_name(text: str) -> tuple[float, float, float] | None:
    """RA, Dec and half-width in arcsec of the place that a name is made of.

    None for a name of another form, or without seconds.
    """
    try:
        if _FULL.fullmatch(text):  # in a quarter of the time
            return *position_from_iauname(text), _FULL_WITHIN
        place = _named(text)
    except MorphError:
        return None
    if place is None or place.within_arcsec > _MOST_WITHIN:
        return None
    return place.ra, place.dec, place.within_arcsec


def plain_name(text: str) -> str:
    """Such as J121842.00+114354.4 of a name in other writing, else the text itself."""
    try:
        place = None if not text or _FULL.fullmatch(text) else _named(text)
    except MorphError:
        return text
    return (place and place.iauname) or text


def plain_names(names: pd.Series) -> pd.Series:
    """`plain_name` of every name; most are in plain writing, which is seen of all."""
    rows = np.flatnonzero((names != "") & ~names.str.fullmatch(_FULL.pattern))
    if not len(rows):
        return names
    plain = names.copy()
    plain.iloc[rows] = [plain_name(name) for name in names.iloc[rows]]
    return plain


def _named(text: str) -> NamedPlace | None:
    match = _FILE.fullmatch(text)
    return named_place(plain(match[1])) if match else None


def places_of_names(names: pd.Series, rows: np.ndarray) -> np.ndarray:
    """(3, N) places of the names in ``rows`` as `place_of_name` has them, else NaN."""
    places = np.full((3, len(names)), np.nan)
    for row, name in zip(rows.tolist(), names.iloc[rows], strict=True):
        if place := place_of_name(name):
            places[:, row] = place
    return places
