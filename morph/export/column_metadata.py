"""Units, descriptions and UCDs of columns where astropy and TOPCAT look for them.

Neither FITS nor Parquet has a place of its own for the description and UCD of a
column: astropy writes them as YAML, and the VO has agreed on a VOTable without rows in
the metadata of a Parquet file (VOParquet).
"""

import io
import re
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from astropy.io.votable.tree import VOTableFile
    from astropy.table import Table

INTEGER_NULL = -(2**63)  # in FITS and VOTable
_DESCRIPTION = re.compile(rb"<DESCRIPTION>.*?</DESCRIPTION>", re.DOTALL)
_COMMENT_LENGTH = 70  # of a line of YAML in FITS, as astropy splits them
_BEGIN, _END = (f"--{one}-ASTROPY-SERIALIZED-COLUMNS--" for one in ("BEGIN", "END"))


def without_rows(
    rows: pa.Table, meanings: Mapping[str, tuple[str, str]], ucds: Mapping[str, str]
) -> "Table":
    """An astropy table of the columns of ``rows`` with their metadata, and no rows."""
    from astropy.table import Column, Table

    table, lengths = Table(), text_lengths(rows)
    for field in rows.schema:
        unit, description = meanings[field.name]
        code = ucds.get(field.name)
        is_text = pa.types.is_string(field.type)
        length = lengths.get(field.name, 1)
        dtype = f"U{length}" if is_text else field.type.to_pandas_dtype()
        table[field.name] = Column(
            dtype=dtype,
            unit=unit or None,
            description=description,
            meta={"ucd": code} if code else None,
        )
    return table


def _yaml(table: "Table", facts: Mapping[str, Any]) -> list[str]:
    """Lines of YAML of its columns and of facts, as astropy writes and reads them."""
    from astropy.table import meta

    return meta.get_yaml_from_header({"cols": [*table.itercols()], "meta": facts})


def fits_comments(table: "Table") -> list[str]:
    """The lines of YAML as comments of a FITS header; a long one goes on after a \\."""
    comments = []
    for line in _yaml(table, {"__serialized_columns__": {}}):  # there are none
        starts = range(0, len(line), _COMMENT_LENGTH)
        parts = [line[at : at + _COMMENT_LENGTH] for at in starts]
        comments += [f"{part}\\" for part in parts[:-1]] + parts[-1:]
    return [_BEGIN, *comments, _END]


def text_lengths(rows: pa.Table) -> dict[str, int]:
    """The length of the longest text of columns of texts without missing ones.

    Of the others astropy must not know it: it would read "None" from Parquet in place
    of a missing text, and without the length it refuses the column.
    """
    return {
        column.name: pc.max(pc.utf8_length(rows[column.name])).as_py() or 1
        for column in rows.schema
        if pa.types.is_string(column.type) and not rows[column.name].null_count
    }


def parquet_metadata(
    table: "Table", facts: Mapping[str, str], texts: Mapping[str, int]
) -> dict[str, str]:
    """Metadata of a Parquet file for astropy and, as VOParquet, for TOPCAT.

    ``texts`` are the `text_lengths` of its columns.
    """
    return {
        "table_meta_yaml": "\n".join(_yaml(table, dict(facts))),
        **{f"table::len::{name}": str(length) for name, length in texts.items()},
        "IVOA.VOTable-Parquet.version": "1.0",
        "IVOA.VOTable-Parquet.content": votable_xml(
            votable_of(table), (column.description for column in table.itercols())
        ).decode(),
    }


def votable_of(table: "Table") -> "VOTableFile":
    """A VOTable of the table, in the types that TOPCAT reads."""
    from astropy.io.votable import from_table
    from astropy.io.votable.converters import get_converter
    from astropy.io.votable.exceptions import W03

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", W03)  # a list's column may be no id of XML
        votable = from_table(table, table_id="galaxies")
    for field in votable.resources[0].tables[0].fields:
        if table[field.name].dtype == bool:  # astropy writes bits, as TOPCAT cannot
            field.datatype = "boolean"
            field.converter = get_converter(field)
        elif np.ma.isMaskedArray(table[field.name]):
            field.values.null = str(INTEGER_NULL)
            field.converter = get_converter(field)
    return votable


def votable_xml(votable: "VOTableFile", descriptions: Iterable[str]) -> bytes:
    """The file of a VOTable, with descriptions as they are: astropy breaks their lines.

    It breaks them within names too, at hyphens.
    """
    file = io.BytesIO()
    votable.to_xml(file, tabledata_format="binary")
    texts = (
        f"<DESCRIPTION>{escape(one)}</DESCRIPTION>".encode() for one in descriptions
    )
    return _DESCRIPTION.sub(lambda _: next(texts), file.getvalue())
