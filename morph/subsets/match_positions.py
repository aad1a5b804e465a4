"""The positions of a list's rows in ICRS degrees, as its cells and its file say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from morph.errors import MorphError
from morph.sky.angles import Angle, angle
from morph.sky.typed_position import parse_position
from morph.subsets.list_columns import ListColumns, written
from morph.tables.units import is_icrs, to_degrees, to_icrs, unit_name

_UNIT_IN_HEADER = re.compile(
    r"[(\[]([^()\[\]]+)[)\]]$|[_ .](hours?|hrs?|h|rad|radians?)$"
)
_FRAME_OF_HEADER = {"glon": "galactic", "l": "galactic", "elon": "ecliptic"}
_SEXAGESIMAL = (
    r"^(?P<sign>[+-]?)(?P<whole>\d{1,3}) ?(?P<mark>[:hd° ]) ?(?P<minutes>\d{1,2}) ?"
    r"[:m' ] ?(?P<seconds>\d{1,2}(?:\.\d*)?) ?(?:s|\")?$"
)
_NUMBER = r"[+-]?\d+\.?\d*"
_TRIPLE = r"[+-]?\d{1,3}[:hd°]\d{1,2}[:m']\d{1,2}(?:\.\d*)?[s\"]?"
_PAIRS = tuple(
    rf"^\(? ?(?P<ra>{one})(?: ?[,;] ?| )(?P<dec>{one}) ?\)?$"
    for one in (_NUMBER, _TRIPLE)
)


@dataclass(frozen=True)
class Places:
    """(N,) ICRS positions in degrees, NaN where unknown, and why they are."""

    ra: np.ndarray
    dec: np.ndarray
    reason: np.ndarray  # "" where the position is known or not given
    notes: tuple[str, ...] = ()  # conversions, in sentences
    hint: str = ""  # what may be wrong if no galaxy is near any position


@dataclass(frozen=True)
class _Column:
    """A coordinate of every row: plain numbers in the column's unit, and others."""

    values: np.ndarray  # NaN where it is none
    parts: np.ndarray  # 1 for plain numbers, 3 for sexagesimal ones
    marked: np.ndarray  # whether hours or degrees are written in the cell


def degrees(cells: pd.Series, *, hours: bool) -> np.ndarray:
    """Coordinates given as text, (M,) degrees; NaN where they cannot be parsed.

    Plain numbers are degrees, also with a decimal comma. Sexagesimal ones,
    "12:18:42.1" or "12h18m42.1s", are hours if ``hours`` (RA), unless they have "d" or
    "°".
    """
    return _column(cells, hours=hours).values


def places(
    rows: pd.DataFrame, chosen: ListColumns, units: Mapping[str, str], frame: str
) -> Places:
    """The positions of rows with the cells ``ra`` and ``dec``.

    ``units`` and ``frame`` are those that the file states. MorphError if a unit is none
    of an angle, or the frame is unknown or not that of RA and Dec.
    """
    if chosen.ra is None or chosen.dec is None:
        unknown = np.full(len(rows), np.nan)
        return Places(unknown, unknown, np.full(len(rows), "", dtype=object))
    frame = _frame(chosen.ra, frame)
    if chosen.ra == chosen.dec:
        ra, dec, reason = _in_one_cell(rows["ra"])
        notes = []
    else:
        ra, dec, reason, notes = _in_two_cells(rows, chosen, units, not is_icrs(frame))
    known = (ra >= -180) & (ra <= 360) & (np.abs(dec) <= 90)
    given = ((rows["ra"] != "") | (rows["dec"] != "")).to_numpy()
    wrong = "RA " + rows["ra"] + ", Dec " + rows["dec"] + " is not a position"
    if chosen.ra == chosen.dec:
        wrong = rows["ra"] + " is not a position"
    reason = np.where(given & ~known & (reason == ""), wrong, reason)
    hint = "" if notes else _hint(ra, dec, known)
    ra, dec = np.where(known, ra % 360, np.nan), np.where(known, dec, np.nan)
    ra[ra == 360] = 0  # -1e-14 % 360 is 360
    if not is_icrs(frame):
        ra, dec = to_icrs(ra, dec, frame)
        notes.append(f"positions were converted from {frame} to ICRS")
    return Places(ra, dec, reason.astype(object), tuple(notes), hint)


def _hint(ra: np.ndarray, dec: np.ndarray, known: np.ndarray) -> str:
    if known.any() and ra[known].min() >= 0 and ra[known].max() <= 24:
        return (
            "every RA is below 24; if they are hours, rename the column to “RA (hours)”"
        )
    parsed = np.isfinite(ra) & np.isfinite(dec)
    if parsed.any() and not known.any() and (np.abs(ra[parsed]) <= 90).all():
        return "no Dec is between -90 and 90; the RA and Dec columns may be swapped"
    return ""


def _frame(ra: str, stated: str) -> str:
    """The frame of the positions, from the file or the name of a column."""
    word = re.sub(r"[^a-z0-9]", "", ra.lower().rpartition(".")[2])  # of "coord.l"
    by_header = _FRAME_OF_HEADER.get(word, "")
    if "1950" in ra:
        by_header = "FK4 B1950"
    if by_header and (not stated or is_icrs(stated)):
        return by_header
    if re.match(r"(?i)(eq_)?(gal|super|ecl)", stated) and re.search(
        r"(?i)ra\b|^ra", ra
    ):
        raise MorphError(
            f"the file states {stated} coordinates, but the column {ra!r} is a right "
            "ascension; correct the file, or choose the columns of that frame"
        )
    return stated


def _in_two_cells(
    rows: pd.DataFrame, chosen: ListColumns, units: Mapping[str, str], longitude: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    notes: list[str] = []
    hours = not (longitude and _FRAME_OF_HEADER.get(chosen.ra.lower()))
    east, north = _column(rows["ra"], hours=hours), _column(rows["dec"], hours=False)
    values = []
    for column, found in ((chosen.ra, east), (chosen.dec, north)):
        unit = units.get(column) or _unit_in_header(column)
        name = unit_name(unit)
        if column == chosen.dec and name == "hours":
            raise MorphError(
                f"the Dec column {column!r} is in hours; choose another one"
            )
        plain = (found.parts == 1) & ~found.marked
        converted = to_degrees(found.values, unit)
        values.append(np.where(plain, converted, found.values))
        if name not in ("", "degrees") and plain.any():
            notes.append(f"{column} was converted from {name} to degrees")
    stated = unit_name(units.get(chosen.ra) or _unit_in_header(chosen.ra))
    reason = _doubts(east, north, stated)
    values[0][reason != ""] = np.nan
    return values[0], values[1], reason, notes


def _doubts(east: _Column, north: _Column, stated: str) -> np.ndarray:
    """Why an RA may be hours as well as degrees, by row, else empty."""
    reason = np.full(len(east.values), "", dtype=object)
    if stated == "degrees":
        reason[(east.parts > 1) & ~east.marked] = (
            "the file states degrees, but RA is sexagesimal; add d or h to it"
        )
    elif not stated:
        reason[_hours_or_degrees(east, north)] = (
            "RA may be in hours or degrees if Dec is sexagesimal; add h or d to RA"
        )
    return reason


def _hours_or_degrees(east: _Column, north: _Column) -> np.ndarray:
    """Rows with a plain RA beside a sexagesimal Dec, unless some RA is no hour."""
    mixed = (east.parts == 1) & ~east.marked & (north.parts > 1)
    if mixed.any() and ((east.values[mixed] > 24) | (east.values[mixed] < 0)).any():
        return np.zeros(len(mixed), bool)
    return mixed


def _unit_in_header(column: str) -> str:
    """The unit that a header has: "hours" of "RA (hours)" and "ra_hours"."""
    found = _UNIT_IN_HEADER.search(column.strip().lower())
    unit = (found[1] or found[2]) if found else ""
    try:
        return unit if unit_name(unit) in ("hours", "radians", "degrees") else ""
    except MorphError:
        return ""


def _column(cells: pd.Series, *, hours: bool) -> _Column:
    texts = pc.replace_substring_regex(
        pa.array(cells.astype(object), pa.string()), r"^([+-]?\d+),(\d+)$", r"\1.\2"
    )
    # Exponents of Fortran: 1.5D+02.
    texts = pc.replace_substring_regex(
        texts, r"^([+-]?\d*\.\d*)[dD]([+-]\d+)$", r"\1e\2"
    )
    numbers = pd.to_numeric(texts.to_pandas(), errors="coerce").to_numpy(float)
    numbers = numbers.copy()
    numbers[~np.isfinite(numbers)] = np.nan
    parts = np.where(np.isnan(numbers), 0, 1)
    marked = np.zeros(len(numbers), bool)
    rest = np.flatnonzero(parts == 0)
    numbers[rest], marked[rest] = _sexagesimal(cells.iloc[rest], hours)
    parts[rest] = np.where(np.isnan(numbers[rest]), 0, 3)
    texts = cells.tolist()
    for row in np.flatnonzero((parts == 0) & (cells != "").to_numpy()).tolist():
        found = angle(written(texts[row])) if isinstance(texts[row], str) else None
        value = _in_degrees(found, hours) if found else np.nan
        if np.isfinite(value):
            numbers[row] = value
            parts[row], marked[row] = found.parts, bool(found.unit)
    return _Column(numbers, parts, marked)


def _sexagesimal(cells: pd.Series, hours: bool) -> tuple[np.ndarray, np.ndarray]:
    """Common sexagesimal cells in degrees, else NaN, and whether they have h or d.

    `morph.sky.angles.angle` reads them and all others, but one by one.
    """
    found = pc.extract_regex(pa.array(cells.astype(object), pa.string()), _SEXAGESIMAL)
    sign, mark = (pc.struct_field(found, name).to_pylist() for name in ("sign", "mark"))
    sign, mark = np.array(sign, object), np.array(mark, object)
    whole, minutes, seconds = (
        pc.struct_field(found, name).cast(pa.float64()).to_numpy(zero_copy_only=False)
        for name in ("whole", "minutes", "seconds")
    )
    value = whole + minutes / 60 + seconds / 3600
    in_hours = hours & (mark != "d") & (mark != "°")
    wrong = (minutes >= 60) | (seconds >= 60) | (~in_hours & (mark == "h"))
    wrong |= in_hours & ((value > 24) | (sign == "-"))
    value = np.where(wrong, np.nan, value * np.where(in_hours, 15, 1))
    return np.where(sign == "-", -value, value), np.isin(mark, ["h", "d", "°"])


def _in_degrees(found: Angle, hours: bool) -> float:
    """A coordinate in degrees; NaN for what is no RA, or no Dec."""
    if found.parts == 2 and "." not in found.text:
        return np.nan  # "12:18" may be a time
    if found.unit == "r":
        return float(np.degrees(found.value))
    in_hours = found.unit == "h" or (hours and not found.unit and found.parts > 1)
    if not in_hours:
        return found.value
    allowed = hours and 0 <= found.value <= 24 and not found.text.startswith("-")
    return 15 * found.value if allowed else np.nan


def _in_one_cell(cells: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions from cells that hold both coordinates, or a link."""
    ra, dec = np.full((2, len(cells)), np.nan)
    given = pa.array(cells.astype(object), pa.string())
    for pair in _PAIRS:
        sides = pc.extract_regex(given, pair)
        rows = np.flatnonzero(sides.is_valid().to_numpy(zero_copy_only=False))
        for values, side, hours in ((ra, "ra", True), (dec, "dec", False)):
            found = pc.struct_field(sides, side).to_pandas().iloc[rows]
            values[rows] = _column(found, hours=hours).values
    reason, texts = np.full(len(cells), "", dtype=object), cells.tolist()
    for row in np.flatnonzero(np.isnan(ra) & (cells != "").to_numpy()).tolist():
        try:
            found = parse_position(texts[row], objects=False)
        except MorphError as error:
            reason[row] = str(error).partition("; try ")[0]
        else:
            ra[row], dec[row] = found.ra, found.dec
    return ra, dec, reason
