"""Write a described table as FITS, Parquet, CSV or VOTable.

astropy, which takes a second to import, is imported when a file is written.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from morph.export.column_metadata import (
    INTEGER_NULL,
    fits_comments,
    parquet_metadata,
    text_lengths,
    votable_of,
    votable_xml,
    without_rows,
)
from morph.tables.cells import guarded

if TYPE_CHECKING:
    from astropy.table import Column, Table

_FITS_FORMATS = {
    pa.float32(): ("E", ">f4"),
    pa.float64(): ("D", ">f8"),
    pa.int64(): ("K", ">i8"),
    pa.int16(): ("I", ">i2"),
}
_FITS_BLOCK = 2880  # bytes, of which a file is a multiple
# Types without a value for what is missing, the type that has one, and that value.
_FITS_NULLS = {
    pa.int64(): (pa.int64(), INTEGER_NULL),
    pa.bool_(): (pa.int16(), -1),
}
# Else a number.
_WORDS = {pa.string(): "text", pa.bool_(): "boolean", pa.int64(): "integer"}
_FITS_CARDS = {
    "release": "RELEASE",
    "provenance": "PROVEN",
    "survey": "SURVEY",
    "selection_digest": "RECIPEID",
    "release_manifest_sha256": "RELSHA",
}


@dataclass(frozen=True)
class DescribedTable:
    """Rows, the unit and description of each column, and metadata of the table."""

    name: str
    rows: pa.Table
    meanings: Mapping[str, tuple[str, str]]
    facts: Mapping[str, str]
    ucds: Mapping[str, str] = field(default_factory=dict)

    @property
    def without_rows(self) -> "Table":
        """Its columns and what is known of them, for astropy."""
        return without_rows(self.rows, self.meanings, self.ucds)


def to_fits(table: DescribedTable) -> bytes:
    """A binary table with units, descriptions and metadata in its header."""
    from astropy.io import fits

    names = table.rows.column_names
    made = [_fits_cells(table.rows[name]) for name in names]
    columns = [
        fits.Column(name, form, table.meanings[name][0] or None, null=null)
        for name, (form, _, null) in zip(names, made, strict=True)
    ]
    hdu = fits.BinTableHDU.from_columns(columns, name="GALAXIES")
    for number, name in enumerate(names, start=1):  # for TOPCAT
        hdu.header[f"TCOMM{number}"] = _ascii(table.meanings[name][1])
        if code := table.ucds.get(name):
            hdu.header[f"TUCD{number}"] = code
    for line in fits_comments(table.without_rows):
        hdu.header.add_comment(line)
    hdu.header["NROWS"] = table.rows.num_rows
    hdu.header["DATE"] = table.facts["date"].removesuffix("+00:00")  # UTC, by rule
    for name, text in table.facts.items():
        if name in _FITS_CARDS:
            hdu.header[_FITS_CARDS[name]] = _ascii(text)
        elif text:
            hdu.header.add_history(f"{name}: {_ascii(text)}")
    header = hdu.header.copy()
    header["NAXIS2"] = table.rows.num_rows
    file = io.BytesIO()
    fits.PrimaryHDU().writeto(file)
    file.write(header.tostring().encode("ascii"))
    file.write(
        _side_by_side(names, [cells for _, cells, _ in made]).view(np.uint8).data
    )
    file.write(bytes(-file.tell() % _FITS_BLOCK))
    return file.getvalue()


def to_parquet(table: DescribedTable) -> bytes:
    """Parquet with units and descriptions by column, and metadata in the schema."""
    described = [
        column.with_metadata(_metadata(table, column.name))
        for column in table.rows.schema
    ]
    read_back = parquet_metadata(
        table.without_rows, table.facts, text_lengths(table.rows)
    )
    schema = pa.schema(described, metadata={**table.facts, **read_back})
    file = io.BytesIO()
    pq.write_table(table.rows.cast(schema), file, compression="zstd")
    return file.getvalue()


def _metadata(table: DescribedTable, name: str) -> dict[str, str]:
    unit, description = table.meanings[name]
    code = table.ucds.get(name)
    return {"unit": unit, "description": description} | ({"ucd": code} if code else {})


def to_csv(table: DescribedTable) -> bytes:
    """A plain CSV, as all readers open it; `described` has its metadata.

    Texts that a spreadsheet would execute as a formula (starting with = + - @, a tab or
    a line break, except numbers) get a quote in front, as do texts that start with one.
    """
    rows = table.rows
    for index, column in enumerate(rows.schema):
        if pa.types.is_string(column.type):
            texts = _each(guarded, rows[column.name])
            rows = rows.set_column(index, column.name, texts)
    file = io.BytesIO()
    pyarrow.csv.write_csv(rows, file)
    return file.getvalue()


def described(table: DescribedTable) -> bytes:
    """A JSON with the metadata of a table and the descriptions of its columns."""
    described = {
        **table.facts,
        "guarded_texts": "text cells beginning with ' are escaped by an extra '",
        "columns": {
            name: {
                "type": _WORDS.get(table.rows[name].type, "number"),
                **_metadata(table, name),
            }
            for name in table.meanings
        },
    }
    return json.dumps(described, indent=2, ensure_ascii=False).encode()


def to_csv_zip(table: DescribedTable) -> bytes:
    """The plain CSV and the JSON that describes it, in one file."""
    file = io.BytesIO()
    when = datetime.fromisoformat(table.facts["date"]).timetuple()[:6]
    parts = {".csv": to_csv(table), "_readme.json": described(table)}
    with zipfile.ZipFile(file, "w") as archive:
        for ending, data in parts.items():
            part = zipfile.ZipInfo(f"{table.name}{ending}", when)
            archive.writestr(part, data, zipfile.ZIP_DEFLATED, compresslevel=1)
    return file.getvalue()


def to_votable(table: DescribedTable) -> bytes:
    """A binary VOTable, with metadata as INFO elements."""
    from astropy.io.votable.tree import Info
    from astropy.table import Column, MaskedColumn, Table

    columns = []
    for one in table.without_rows.itercols():
        values = _values(table.rows[one.name])
        made = MaskedColumn if np.ma.isMaskedArray(values) else Column
        columns.append(made(values, **_attributes(one)))
    votable = votable_of(Table(columns))
    votable.resources[0].infos.extend(
        Info(name=name, value=text) for name, text in table.facts.items() if text
    )
    return votable_xml(votable, (text for _, text in table.meanings.values()))


def _attributes(column: "Column") -> dict[str, Any]:
    return {
        one: getattr(column, one) for one in ("name", "unit", "description", "meta")
    }


def _values(column: pa.ChunkedArray) -> np.ndarray:
    """Numbers with NaN, texts with "" where missing; other types are masked there."""
    if pa.types.is_string(column.type):
        return column.fill_null("").to_numpy().astype(str)
    if column.null_count and not pa.types.is_floating(column.type):
        missing = column.is_null().to_numpy()
        return np.ma.array(_filled(column, 0).to_numpy(), mask=missing)
    return column.to_numpy()


def _filled(column: pa.ChunkedArray, value: int) -> pa.ChunkedArray:
    """Whole numbers or truth values with a value where they are missing."""
    return column.fill_null(pa.scalar(value).cast(column.type))


def _side_by_side(names: Sequence[str], cells: Sequence[np.ndarray]) -> np.ndarray:
    """Columns as the rows of a table; astropy would take a Python object per text."""
    kinds = [(name, values.dtype) for name, values in zip(names, cells, strict=True)]
    rows = np.empty(len(cells[0]), dtype=kinds)
    for name, values in zip(names, cells, strict=True):
        rows[name] = values
    return rows


def _fits_cells(column: pa.ChunkedArray) -> tuple[str, np.ndarray, int | None]:
    """The format of a column, its cells as a binary table holds them, and its null."""
    null = None
    if column.null_count and column.type in _FITS_NULLS:
        # FITS has no missing truth value that astropy writes: 1, 0 and the null.
        to, null = _FITS_NULLS[column.type]
        column = _filled(column.cast(to), null)
    if pa.types.is_string(column.type):
        texts = _fits_texts(column)
        return f"{texts.itemsize}A", texts, None
    if pa.types.is_boolean(column.type):
        return "L", np.where(column.to_numpy(), b"T", b"F"), None
    form, kind = _FITS_FORMATS[column.type]
    return form, column.to_numpy().astype(kind), null


def _fits_texts(column: pa.ChunkedArray) -> np.ndarray:
    """(N,) bytes of one length, filled up with zeros, of all texts at once."""
    texts = column.fill_null("").combine_chunks()
    if not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        texts = _each(_ascii, column.fill_null("")).combine_chunks()
    texts = pc.replace_substring(texts, "\n", " ").cast(pa.large_string())
    _, ends, data = texts.buffers()
    ends = np.frombuffer(ends, np.int64, len(texts) + 1, 8 * texts.offset)
    width = max(1, int(np.diff(ends).max(initial=0)))
    letters = np.zeros((len(texts), width), dtype=np.uint8)
    if ends[-1] > ends[0]:
        filled = np.arange(width) < np.diff(ends)[:, None]
        letters[filled] = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    return letters.view(f"S{width}")[:, 0]


def _each(function: Callable[[str], str], column: pa.ChunkedArray) -> pa.ChunkedArray:
    """``function`` of every text, computed once for equal texts."""
    coded = column.combine_chunks().dictionary_encode()
    changed = [function(text) for text in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(changed, pa.string()).take(coded.indices)])


def _ascii(text: str) -> str:
    """ASCII for FITS, other characters as escapes."""
    return text.replace("\n", " ").encode("ascii", "backslashreplace").decode()


@dataclass(frozen=True)
class FileFormat:
    """A format of downloaded files."""

    title: str
    suffix: str
    mime: str
    write: Callable[[DescribedTable], bytes]
    note: str  # for readers: what opens it, or what it contains


FORMATS = {
    "fits": FileFormat(
        "FITS",
        ".fits",
        "application/fits",
        to_fits,
        "FITS opens in TOPCAT and astropy.",
    ),
    "parquet": FileFormat(
        "Parquet",
        ".parquet",
        "application/vnd.apache.parquet",
        to_parquet,
        "Parquet opens in pandas, DuckDB and LSDB.",
    ),
    "csv": FileFormat(
        "CSV",
        ".csv",
        "text/csv",
        to_csv,
        "CSV opens in pandas, polars and spreadsheets; its metadata is a second file.",
    ),
    "csv_zip": FileFormat(
        "CSV + JSON",
        ".csv.zip",
        "application/zip",
        to_csv_zip,
        "A zip archive of the CSV table and a JSON file with its metadata.",
    ),
    "votable": FileFormat(
        "VOTable",
        ".vot",
        "application/x-votable+xml",
        to_votable,
        "VOTable opens in TOPCAT and Aladin.",
    ),
}
# With the second file of a plain CSV.
FILES = FORMATS | {
    "metadata": FileFormat(
        "CSV metadata",
        ".csv.json",
        "application/json",
        described,
        "The metadata of the CSV file and of its columns.",
    )
}
