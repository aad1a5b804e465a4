"""Write a described table as FITS, Parquet, CSV or VOTable.

astropy, which takes a second to import, is imported when a file is written.
"""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from morph.export.column_metadata import (
    parquet_metadata,
    text_lengths,
    votable_of,
    votable_xml,
)
from morph.export.described_table import DescribedTable, each_text, filled
from morph.export.fits_writer import to_fits
from morph.tables.cells import guarded

if TYPE_CHECKING:
    from astropy.table import Column

# Else a number.
_WORDS = {pa.string(): "text", pa.bool_(): "boolean", pa.int64(): "integer"}


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
            texts = each_text(guarded, rows[column.name])
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
        return np.ma.array(filled(column, 0).to_numpy(), mask=missing)
    return column.to_numpy()


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
