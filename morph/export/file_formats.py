"""Write a described table as FITS, Parquet, CSV or VOTable.

astropy, which takes a second to import, is imported when a file is written.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from morph.tables.cells import guarded

if TYPE_CHECKING:
    pass

_FITS_FORMATS = {
    pa.float32(): ("E", ">f4"),
    pa.float64(): ("D", ">f8"),
    pa.int64(): ("K", ">i8"),
}
_FITS_BLOCK = 2880  # bytes, of which a file is a multiple
_WORDS = {pa.string(): "text", pa.bool_(): "boolean"}  # else a number
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


def to_fits(table: DescribedTable) -> bytes:
    """A binary table with units, descriptions and metadata in its header."""
    from astropy.io import fits

    names = table.rows.column_names
    formats, cells = zip(*(_fits_cells(table.rows[n]) for n in names), strict=True)
    columns = [
        fits.Column(name, format, table.meanings[name][0] or None)
        for name, format in zip(names, formats, strict=True)
    ]
    hdu = fits.BinTableHDU.from_columns(columns, name="GALAXIES")
    for number, name in enumerate(names, start=1):
        hdu.header[f"TCOMM{number}"] = _ascii(table.meanings[name][1])
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
    file.write(_side_by_side(names, cells).view(np.uint8).data)
    file.write(bytes(-file.tell() % _FITS_BLOCK))
    return file.getvalue()


def to_parquet(table: DescribedTable) -> bytes:
    """Parquet with units and descriptions by column, and metadata in the schema."""
    described = [
        field.with_metadata(
            dict(zip(("unit", "description"), table.meanings[field.name], strict=True))
        )
        for field in table.rows.schema
    ]
    schema = pa.schema(described, metadata=dict(table.facts))
    file = io.BytesIO()
    pq.write_table(table.rows.cast(schema), file, compression="zstd")
    return file.getvalue()


def to_csv(table: DescribedTable) -> bytes:
    """A plain CSV, as all readers open it; `described` has its metadata.

    Texts that a spreadsheet would execute as a formula (starting with = + - @, a tab or
    a line break, except numbers) get a quote in front, as do texts that start with one.
    """
    rows = table.rows
    for index, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            rows = rows.set_column(index, field.name, _each(guarded, rows[field.name]))
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
                "unit": unit,
                "description": description,
            }
            for name, (unit, description) in table.meanings.items()
        },
    }
    return json.dumps(described, indent=2, ensure_ascii=False).encode()


def to_csv_zip(table: DescribedTable) -> bytes:
    """The plain CSV and the JSON that describes it, in one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(f"{table.name}.csv", to_csv(table))
        archive.writestr(f"{table.name}_readme.json", described(table))
    return file.getvalue()


def to_votable(table: DescribedTable) -> bytes:
    """A binary VOTable, with metadata as INFO elements."""
    from astropy.io.votable import from_table
    from astropy.io.votable.converters import get_converter
    from astropy.io.votable.tree import Info
    from astropy.table import Column, Table

    astropy = Table()
    for name in table.rows.column_names:
        unit, description = table.meanings[name]
        values = _values(table.rows[name])
        astropy[name] = Column(values, unit=unit or None, description=description)
    votable = from_table(astropy, table_id="galaxies")
    resource = votable.resources[0]
    for field in resource.tables[0].fields:
        if astropy[field.name].dtype == bool:  # astropy writes bits, as TOPCAT cannot
            field.datatype = "boolean"
            field.converter = get_converter(field)
    resource.infos.extend(
        Info(name=name, value=text) for name, text in table.facts.items() if text
    )
    file = io.BytesIO()
    votable.to_xml(file, tabledata_format="binary")
    return file.getvalue()


def _values(column: pa.ChunkedArray) -> np.ndarray:
    """Numbers with NaN, texts with "" where missing."""
    if pa.types.is_string(column.type):
        return column.fill_null("").to_numpy().astype(str)
    return column.to_numpy()


def _side_by_side(names: Sequence[str], cells: Sequence[np.ndarray]) -> np.ndarray:
    """Columns as the rows of a table; astropy would take a Python object per text."""
    kinds = [(name, values.dtype) for name, values in zip(names, cells, strict=True)]
    rows = np.empty(len(cells[0]), dtype=kinds)
    for name, values in zip(names, cells, strict=True):
        rows[name] = values
    return rows


def _fits_cells(column: pa.ChunkedArray) -> tuple[str, np.ndarray]:
    """The format of a column, and its cells as a binary table holds them."""
    if pa.types.is_string(column.type):
        texts = _fits_texts(column)
        return f"{texts.itemsize}A", texts
    if pa.types.is_boolean(column.type):
        return "L", np.where(column.to_numpy(), b"T", b"F")
    format, kind = _FITS_FORMATS[column.type]
    return format, column.to_numpy().astype(kind)


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
