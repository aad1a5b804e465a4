"""Read columns of a VOTable; refuse one with external references.

astropy fetches the ``href`` of a STREAM, including local files (measured: it read
/etc/passwd into a table), and allocates as many rows as a file claims. So the XML is
checked in one pass before astropy reads it.
"""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.parsers import expat

import numpy as np
import pyarrow as pa
from astropy.io import votable
from astropy.table import Column, MaskedColumn

from morph.errors import UnreadableTable
from morph.tables.cells import Columns, shorten, texts_from
from morph.tables.limits import check_rows, check_values
from morph.tables.parts import Opened

_MAX_BYTES = 1_000_000_000  # at this size astropy already takes minutes
_NUMERIC = {"bit", "unsignedByte", "short", "int", "long", "float", "double"}


@dataclass
class _Outline:
    """Declarations of the first TABLE, and the number of rows in the file."""

    name: str
    fields: list[Mapping[str, str]] = field(default_factory=list)
    tables: int = 0
    claimed: int = 0
    rows: int = 0

    def element(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag = tag.rsplit(":", 1)[-1]
        pointing = [a for a in attributes if a.rsplit(":", 1)[-1].lower() == "href"]
        if pointing or tag in ("FITS", "PARQUET"):
            raise UnreadableTable(
                f"{self.name} has an external reference "
                f"(<{tag}{' href' if pointing else ''}>), which morph does not fetch. "
                "Save it with its data and without links, or as FITS or Parquet"
            )
        if tag == "TABLE":
            self.tables += 1
            self.claimed = max(self.claimed, _whole(attributes.get("nrows", "")))
        elif tag == "FIELD" and self.tables == 1:
            self.fields.append(dict(attributes))
        elif tag == "TR":
            self.rows += 1

    def refuse_doctype(self, *_: object) -> None:
        raise UnreadableTable(
            f"{self.name} has a DOCTYPE, which can define entities that expand without "
            "limit or refer to files; remove it, or save the table as FITS or Parquet"
        )


def open_votable(name: str, path: Path) -> list[Opened]:
    """The tables of a VOTable."""
    if path.stat().st_size > _MAX_BYTES:
        raise UnreadableTable(
            f"{name} is a VOTable of {path.stat().st_size / 1e9:,.1f} GB; morph reads "
            f"VOTables up to {_MAX_BYTES / 1e9:,.0f} GB. Save it as FITS or Parquet"
        )
    outline = _walk(name, path)
    if not outline.fields:
        raise UnreadableTable(f"{name} is XML without the columns (FIELD) of a VOTable")
    rows = max(outline.rows, outline.claimed)
    check_rows(name, rows)
    # astropy allocates at least 256 rows of all columns.
    widths = [_width(f) for f in outline.fields]
    check_values(name, max(rows, 256) * sum(widths))
    columns = tuple(f.get("name") or f.get("ID") or "" for f in outline.fields)
    vectors = frozenset(
        column
        for column, declared, width in zip(columns, outline.fields, widths, strict=True)
        if width > 1 and declared.get("datatype") in _NUMERIC
    )
    return [Opened(columns, vectors, partial(_read, path))]


def _walk(name: str, path: Path) -> _Outline:
    outline = _Outline(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = outline.element
    parser.StartDoctypeDeclHandler = outline.refuse_doctype
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableTable(f"{name} is broken XML: {shorten(error)}") from error
    return outline


def _whole(text: str) -> int:
    return int(text) if text.strip().isdecimal() else 0


def _width(declared: Mapping[str, str]) -> int:
    """Values per cell that astropy allocates: the product of fixed dimensions."""
    return math.prod(
        _whole(part.strip().rstrip("*")) or 1
        for part in declared.get("arraysize", "1").split("x")
    )


def _read(
    path: Path, numbers: Sequence[str], texts: Sequence[str]
) -> tuple[Columns, Columns]:
    with warnings.catch_warnings(action="ignore"):  # not all follow the standard
        parsed = votable.parse(path, verify="ignore").get_first_table()
        table = parsed.to_table(use_names_over_ids=True)
    values = {c: _numbers(table[c]) for c in numbers}
    words = {c: texts_from(pa.array(_words(table[c]))) for c in texts}
    return values, words


def _numbers(cells: Column | MaskedColumn) -> np.ndarray:
    if cells.dtype.kind not in "iufb":
        raise ValueError(f"column {cells.name!r} has no plain numbers")
    values = np.array(cells, dtype=np.float64)
    if isinstance(cells, MaskedColumn):
        values[np.ma.getmaskarray(cells)] = np.nan
    return values


def _words(cells: Column | MaskedColumn) -> list[str | None]:
    masked = np.ma.getmaskarray(cells)
    texts = [c.decode("utf-8", "replace") if isinstance(c, bytes) else c for c in cells]
    return [None if m else str(t) for t, m in zip(texts, masked, strict=True)]
