"""Columns that an uploaded list keeps: their types, and the galaxies of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import by_name
from morph.catalogue.own_columns.own_column import OwnKind
from morph.catalogue.own_columns.own_table import (
    FIXED,
    NewColumn,
    OwnTable,
    used_rows,
)
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError, UnreadableTable
from morph.sky import separation_arcsec
from morph.subsets import saved
from morph.subsets.match_list import MatchedList
from morph.subsets.saved import Subset
from morph.subsets.uploaded_list import Upload, cells_of
from morph.tables.cells import MISSING, numbers_from
from morph.tables.table_child import MAX_CHARACTERS, cell_name
from morph.wording import printable

MOST_COLUMNS = 100
MOST_CELLS = 10_000_000

_NO_TEXT = sorted({*MISSING} - {"none"})  # "none" may be a class
_WHOLE, _PADDED = r"^[+-]?\d+$", r"^[+-]?0\d+$"  # 007 is an identifier


@dataclass(frozen=True)
class OwnCells:
    """The kept columns of a list, typed, in the order of the rows of its `Upload`."""

    columns: tuple[NewColumn, ...]
    cells: tuple[pa.Array, ...]
    notes: tuple[str, ...] = ()  # what was changed, in sentences


def read_own(data: bytes, upload: Upload, columns: Sequence[str]) -> OwnCells:
    """Read the ``columns`` of a list that are kept, from the file of its upload.

    A column is of truth values if all its cells are true or false, of whole numbers or
    of numbers if all are, else of texts; missing cells are null. Numbers with leading
    zeros are texts. Raises MorphError if there are too many columns or cells.
    """
    if len(columns) > MOST_COLUMNS or len(columns) * upload.number > MOST_CELLS:
        raise MorphError(
            f"{len(columns)} columns of {upload.number:,} rows are too many to keep; "
            f"at most {MOST_COLUMNS} columns and {MOST_CELLS:,} cells are kept. Keep "
            "fewer columns"
        )
    found = cells_of(data, upload.name, columns)
    kept, cells, cut = [], [], []
    for name in columns:
        texts = pa.array(found.rows[cell_name(name)].fillna(""), pa.string())
        if pc.any(pc.equal(pc.utf8_length(texts), MAX_CHARACTERS)).as_py():
            cut.append(name)
        kind, values = typed(texts)
        unit = printable(upload.units.get(name, ""))[:40]
        identifies = name in upload.chosen.chosen
        kept.append(NewColumn(printable(name), kind, unit, identifies))
        cells.append(values)
    notes = [
        f"texts of the column “{name}” are cut after {MAX_CHARACTERS} characters"
        for name in cut
    ]
    return OwnCells(tuple(kept), tuple(cells), tuple(notes))


def typed(texts: pa.Array) -> tuple[OwnKind, pa.Array]:
    """The kind of a column's cells, and the cells in its type, null where missing."""
    known = pc.if_else(pc.is_in(texts, pa.array(_NO_TEXT)), None, texts)
    filled = known.drop_null()
    lower = pc.utf8_lower(filled)
    if len(filled) and pc.all(pc.is_in(lower, pa.array(["true", "false"]))).as_py():
        return "truth", pc.equal(pc.utf8_lower(known), "true")
    if not len(filled) or pc.any(pc.match_substring_regex(filled, _PADDED)).as_py():
        return "text", known
    if pc.all(pc.match_substring_regex(filled, _WHOLE)).as_py():
        plain = pc.replace_substring_regex(known, r"^\+", "")
        try:
            return "whole", plain.cast(pa.int64())
        except pa.ArrowInvalid:  # too large for exact numbers
            return "text", known
    try:
        numbers = numbers_from("", "", texts)
    except UnreadableTable:
        return "text", known
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
    return (
        ("text", known) if numbers.null_count == len(numbers) else ("number", numbers)
    )


def save(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    upload: Upload,
    matched: MatchedList,
    own: OwnCells | None,
    *,
    name: str,
    note: str = "",
    owner: str | None = None,
) -> Subset:
    """Save the galaxies that a list matched, with the columns that it keeps."""
    table, recipe = None, dict(matched.recipe)
    if own is not None and own.columns:
        table = with_galaxies(con, release, upload, matched, own)
        recipe["own_columns"] = [one.name for one in own.columns]
    return saved.save_names(
        con,
        release,
        matched.names,
        kind="list",
        name=name,
        note=note,
        owner=owner,
        recipe=recipe,
        own=table,
    )


def with_galaxies(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    upload: Upload,
    matched: MatchedList,
    own: OwnCells,
) -> OwnTable:
    """The rows of a list with the galaxy of each, and which row a galaxy uses."""
    numbers = upload.rows["row"].to_numpy()
    report = matched.report.set_index("row").loc[numbers]
    is_matched = (report["state"] == "matched").to_numpy()
    names = np.where(is_matched, report["iauname"].to_numpy(object), None)
    apart = _separations(con, release, upload, names)
    stated = report["separation_arcsec"].to_numpy(float)
    apart = np.where(np.isnan(apart) & is_matched, stated, apart)
    fixed = (
        numbers,
        names,
        report["state"].to_numpy(object),
        _null(apart),
        _null(upload.places.ra),
        _null(upload.places.dec),
        used_rows(names, apart),
    )
    parts = [pa.array(one) for one in fixed]
    heads = [*FIXED, *(f"c{number}" for number in range(len(own.cells)))]
    return OwnTable(own.columns, pa.table([*parts, *own.cells], names=heads))


def _separations(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    upload: Upload,
    names: np.ndarray,
) -> np.ndarray:
    """Between the positions of rows and of their galaxies, (N,); NaN where unknown."""
    apart = np.full(len(names), np.nan)
    if not {"ra", "dec"} <= release.columns or not np.isfinite(upload.places.ra).any():
        return apart
    wanted = list(dict.fromkeys(name for name in names if name is not None))
    at = by_name(con, release, wanted, columns=("ra", "dec"))
    at = at.set_index("iauname").reindex(names)
    ra, dec = (at[name].to_numpy(float) for name in ("ra", "dec"))
    known = np.isfinite(ra) & np.isfinite(dec) & np.isfinite(upload.places.ra)
    places = upload.places.ra[known], upload.places.dec[known]
    there = {"from_ra": ra[known], "from_dec": dec[known]}
    apart[known] = separation_arcsec(*places, **there)
    return apart


def _null(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=True)
