"""Identify the galaxies of a table: iauname, survey id, position and photometry."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from data.tables.made_names import named
from data.tables.name_and_place import refuse_other_ids, settled
from data.tables.positions import (
    place_of_name,
    plain_names,
    positions_of,
)
from data.tables.who_columns import WhoColumns, unit_stated
from morph.errors import UnreadableTable
from morph.release.photometry_and_redshifts import PHYSICAL
from morph.sky.galaxy_names import repeated
from morph.tables import Contents, Table
from morph.tables.units import column_to_unit, unit_name

# The authors' BMz tables name a galaxy by its image: .../<ra>_<dec>.fits.
_IMAGE_NAME = re.compile(r"(?:.*/)?(\d+\.\d+)_([+-]?\d+\.\d+)[^/]*")
# What stands for "no id"; 0 only where several rows have it.
_NO_ID = ("0", "-1", "-9", "-99", "-999", "-9999")
_FLOAT_ID = r"-?[0-9]{1,15}\.0"
_NO_NAME = (*_NO_ID, "inf", "-inf", "unknown", "missing", "masked", "-", "---")

_BEGINNING = 1000  # rows by which most tables are told apart
_ODD = 0x9E3779B97F4A7C15  # multiplies the bits of a number, to mix two of them

RaDec = tuple[float, float]
Report = dict[str, int | str]


@dataclass(frozen=True)
class Choices:
    """What the user says where a table does not say it, or contradicts itself."""

    values: Literal["", "fractions", "concentrations", "votes"] = ""
    positions_from: Literal["", "table", "names"] = ""
    releases: Path | None = None  # published ones, whose names galaxies keep
    prior: str = ""  # of the posteriors of votes; "" is the default one
    downloaded_prior: str = ""  # that a download states
    scratch: Path | None = None  # for numbers on disk; without it all are in memory


NO_CHOICES = Choices()


def read_who(table: Table, who: WhoColumns, numbers: list[str]) -> Contents:
    """Read the columns of ``who`` and further ``numbers``.

    Positions that are no plain numbers are read as texts.
    """
    refuse_lists(table, who.numbers)
    try:
        return table.read([*numbers, *who.numbers], who.texts)
    except UnreadableTable as error:
        rest = [c for c in who.numbers if c not in who.coordinates]
        if not who.coordinates:
            raise
        try:
            return table.read([*numbers, *rest], [*who.texts, *who.coordinates])
        except UnreadableTable:
            raise error from None


def refuse_lists(table: Table, columns: Sequence[str]) -> None:
    """Refuse columns that list several numbers in a cell."""
    lists = [column for column in columns if column in table.vectors]
    if lists:
        raise UnreadableTable(
            f"{table.name} lists several numbers in every cell of {lists[0]!r}; "
            "expected one number"
        )


def galaxies_of(
    table: Table, who: WhoColumns, contents: Contents, choices: Choices
) -> tuple[pd.DataFrame, Report]:
    """One row per galaxy in the table's order, and a report of counts.

    Raises
    ------
    UnreadableTable
        If a galaxy is repeated, off the sky, or has neither name nor position.
    """
    physical, of_physical = physical_columns(table, who, contents)
    found, report = placed(table, who, contents, choices)
    del contents  # texts of millions of galaxies, if the caller has not kept them
    _refuse_repeats(table.name, who.iauname or who.source_id, found["iauname"])
    _refuse_repeats(table.name, who.survey_id, found["source_id"])
    lost = ((found["iauname"] == "") & found["ra"].isna()).to_numpy()
    if lost.any():
        raise UnreadableTable(
            f"{table.name} has {lost.sum():,} rows with neither name nor position "
            f"(first: row {np.argmax(lost) + 1:,}); add their ra and dec, or remove "
            "them"
        )
    found["iauname"], of_names = named(table.name, found, choices.releases)
    report |= of_physical | of_names
    report |= {
        "exactly at the position of another row": _rows_at_places_of_others(found),
        "position from name": int((found["position_from"] == "name").sum()),
        "without position": int(found["ra"].isna().sum()),
    }
    if not who.survey_id or not (found["source_id"] != "").any():
        found = found.drop(columns="source_id")
    return found.assign(**physical), {w: count for w, count in report.items() if count}


def placed(
    table: Table, who: WhoColumns, contents: Contents, choices: Choices
) -> tuple[pd.DataFrame, Report]:
    """iauname, source_id, ra, dec and position_from of every row, and a report.

    Names are as the table has them, those made of positions in their plain writing;
    positions are the table's, else those of image names, else those of names.
    """
    names, ids, report = _names_and_ids(who, contents)
    sky = positions_of(table, who, contents)
    columns = {"iauname": names, "source_id": ids, "ra": sky.ra, "dec": sky.dec}
    found = pd.DataFrame(columns, copy=False)
    found["position_from"] = _alike("table", len(found)).mask(np.isnan(sky.ra), "")
    found, told = settled(table.name, found, choices.positions_from)
    _fill(found, texts_of(contents, who.image), _from_image, "image name")
    _fill(found, found["iauname"], _from_name, "name")
    if _hold_places(ids):
        refuse_other_ids(table.name, who.survey_id, found)
    return found, report | sky.report | told


def _names_and_ids(
    who: WhoColumns, contents: Contents
) -> tuple[pd.Series, pd.Series, Report]:
    """Names in plain writing, survey ids, "" where missing, and what was changed."""
    names = texts_of(contents, who.iauname)
    ids = _whole(texts_of(contents, who.survey_id))
    names = names.mask(names.isin(_NO_NAME), "")
    nothing = _alike("", len(names))
    report: Report = {}
    if who.names_in_doubt and not _hold_places(names):
        ids, names = ids if who.survey_id else names, nothing
    if not (names != "").any() and _hold_places(ids):
        names, ids = ids, nothing
    plain = plain_names(names)
    if changed := int((plain != names).sum()):
        report["names in another format, written as J121842.00+114354.4"] = changed
    if who.id_in_doubt and _repeated_ids(ids).any():
        report[f"{who.survey_id or who.iauname}"] = "repeated values, not used as ids"
        ids = nothing
    if _number_the_rows(ids) and (who.iauname or who.position or who.image):
        report[f"{who.survey_id or who.iauname}"] = "row numbers, not used as ids"
        ids = nothing
    zeros = ids == "0"  # one may be an id
    none = ids.isin(_NO_ID) & (~zeros | (zeros.sum() > 1))
    if none.any():
        report["ids such as -1 or 0, treated as missing"] = int(none.sum())
        ids = ids.mask(none, "")
    return plain, ids, report


def _whole(ids: pd.Series) -> pd.Series:
    """Ids without the ".0" of programs that write whole numbers with gaps so."""
    some = ids.iloc[:_BEGINNING][lambda first: first != ""]
    if not some.str.fullmatch(_FLOAT_ID).all():  # those of most tables
        return ids
    some = ids[ids != ""]
    is_so = len(some) and some.str.fullmatch(_FLOAT_ID).all()
    return ids.str.removesuffix(".0") if is_so else ids


def _hold_places(texts: pd.Series) -> bool:
    """Whether most of the texts are names made of positions."""
    some = [text for text in texts.iloc[:_BEGINNING] if text]
    return sum(place_of_name(text) is not None for text in some) * 2 > len(some)


def _number_the_rows(ids: pd.Series) -> bool:
    """Whether ids are 0 to N-1 or 1 to N, in any order."""
    is_number = r"[0-9]{1,9}"
    if not ids.iloc[:_BEGINNING].str.fullmatch(is_number).all():
        return False
    if not len(ids) or not ids.str.fullmatch(is_number).all():
        return False
    numbers = np.sort(ids.astype("int64").to_numpy())
    return numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())


def physical_columns(
    table: Table, who: WhoColumns, contents: Contents
) -> tuple[dict[str, np.ndarray], Report]:
    """Physical columns by our names and in our units, and a report.

    Impossible values, which stand for "unknown", become NaN and are counted.
    """
    columns: dict[str, np.ndarray] = {}
    report: Report = {}
    for ours, theirs in who.physical.items():
        wanted = PHYSICAL[ours].unit
        named = wanted if theirs.lower().endswith("_arcsec") else ""
        stated = unit_stated(table, theirs, named)
        given = contents.numbers[theirs]
        values = column_to_unit(table.name, theirs, given, unit=stated, wanted=wanted)
        if values is not given and unit_name(stated) != wanted:
            report[theirs] = f"converted from {unit_name(stated)} to {wanted}"
        impossible = ~(PHYSICAL[ours].is_possible(values) | np.isnan(values))
        number = int(np.count_nonzero(impossible))
        columns[ours] = np.where(impossible, np.nan, values) if number else values
        report[f"impossible values of {theirs}"] = number
        report[f"empty cells of {theirs}"] = int(np.isnan(values).sum())
    return columns, {what: count for what, count in report.items() if count}


def texts_of(contents: Contents, column: str | None) -> pd.Series:
    """(N,) texts of a column, all empty if ``column`` is None."""
    if column is None:
        return _alike("", contents.rows)
    return pd.Series(contents.texts[column], dtype="str")


def _alike(text: str, rows: int) -> pd.Series:
    return pd.Series(text, index=pd.RangeIndex(rows), dtype="str")


def _rows_at_places_of_others(found: pd.DataFrame) -> int:
    """How many rows have exactly the position of an earlier row."""
    ra, dec = (found[c].to_numpy()[found["ra"].notna()] + 0.0 for c in ("ra", "dec"))
    mixed = ra.view(np.uint64) * np.uint64(_ODD) + dec.view(np.uint64)
    ordered = np.sort(mixed)
    several = ordered[1:][ordered[1:] == ordered[:-1]]
    some = np.isin(mixed, several) if len(several) else np.zeros(len(ra), bool)
    return int(pd.DataFrame({"ra": ra[some], "dec": dec[some]}).duplicated().sum())


def _repeated_ids(ids: pd.Series) -> np.ndarray:
    """(N,) whether an earlier row has the same id, which is known."""
    rows = np.flatnonzero(ids != "")
    again = np.zeros(len(ids), dtype=bool)
    again[rows] = repeated(ids if len(rows) == len(ids) else ids.iloc[rows])
    return again


def _refuse_repeats(table: str, column: str | None, ids: pd.Series) -> None:
    again = _repeated_ids(ids)
    if again.any():
        first = int(np.argmax(again))
        raise UnreadableTable(
            f"{table} repeats {again.sum():,} galaxies by {column!r} "
            f"(first: {ids[first]}, again in row {first + 1:,}); keep one row of each"
        )


def _fill(
    positions: pd.DataFrame,
    texts: pd.Series,
    read: Callable[[str], RaDec | None],
    position_from: str,
) -> None:
    rows = np.flatnonzero(positions["ra"].isna() & (texts != ""))
    some = zip(rows.tolist(), texts.iloc[rows], strict=True)
    filled = {row: position for row, text in some if (position := read(text))}
    if filled:
        where = list(filled)
        positions.loc[where, ["ra", "dec"]] = np.array(list(filled.values()))
        positions.loc[where, "position_from"] = position_from


def _from_name(text: str) -> RaDec | None:
    place = place_of_name(text)
    return place and place[:2]


def _from_image(text: str) -> RaDec | None:
    match = _IMAGE_NAME.fullmatch(text)
    if match is None:
        return None
    ra, dec = (float(number) for number in match.groups())
    return (ra, dec) if 0 <= ra < 360 and abs(dec) <= 90 else None
