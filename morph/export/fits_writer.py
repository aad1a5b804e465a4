"""Write a described table as a FITS binary table, whole columns at a time.

astropy would take a Python object for each text. It takes a second to import, and is
imported when a file is written.
"""

import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from morph.export.column_metadata import INTEGER_NULL, fits_comments
from morph.export.described_table import DescribedTable, each_text, filled

_FORMATS = {
    pa.float32(): ("E", ">f4"),
    pa.float64(): ("D", ">f8"),
    pa.int64(): ("K", ">i8"),
    pa.int16(): ("I", ">i2"),
}
_BLOCK = 2880  # bytes, of which a file is a multiple
# Types without a value for what is missing, the type that has one, and that value.
_NULLS = {
    pa.int64(): (pa.int64(), INTEGER_NULL),
    pa.bool_(): (pa.int16(), -1),
}
_CARDS = {
    "release": "RELEASE",
    "provenance": "PROVEN",
    "survey": "SURVEY",
    "selection_digest": "RECIPEID",
    "release_manifest_sha256": "RELSHA",
}


def to_fits(table: DescribedTable) -> bytes:
    """A binary table with units, descriptions and metadata in its header."""
    from astropy.io import fits

    names = table.rows.column_names
    made = [_cells(table.rows[name]) for name in names]
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
        if name in _CARDS:
            hdu.header[_CARDS[name]] = _ascii(text)
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
    file.write(bytes(-file.tell() % _BLOCK))
    return file.getvalue()


def _side_by_side(names: Sequence[str], cells: Sequence[np.ndarray]) -> np.ndarray:
    """Columns as the rows of a table; astropy would take a Python object per text."""
    kinds = [(name, values.dtype) for name, values in zip(names, cells, strict=True)]
    rows = np.empty(len(cells[0]), dtype=kinds)
    for name, values in zip(names, cells, strict=True):
        rows[name] = values
    return rows


def _cells(column: pa.ChunkedArray) -> tuple[str, np.ndarray, int | None]:
    """The format of a column, its cells as a binary table holds them, and its null."""
    null = None
    if column.null_count and column.type in _NULLS:
        # FITS has no missing truth value that astropy writes: 1, 0 and the null.
        to, null = _NULLS[column.type]
        column = filled(column.cast(to), null)
    if pa.types.is_string(column.type):
        texts = _texts(column)
        return f"{texts.itemsize}A", texts, None
    if pa.types.is_boolean(column.type):
        return "L", np.where(column.to_numpy(), b"T", b"F"), None
    form, kind = _FORMATS[column.type]
    return form, column.to_numpy().astype(kind), null


def _texts(column: pa.ChunkedArray) -> np.ndarray:
    """(N,) bytes of one length, filled up with zeros, of all texts at once."""
    texts = column.fill_null("").combine_chunks()
    if not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        texts = each_text(_ascii, column.fill_null("")).combine_chunks()
    texts = pc.replace_substring(texts, "\n", " ").cast(pa.large_string())
    _, ends, data = texts.buffers()
    ends = np.frombuffer(ends, np.int64, len(texts) + 1, 8 * texts.offset)
    width = max(1, int(np.diff(ends).max(initial=0)))
    letters = np.zeros((len(texts), width), dtype=np.uint8)
    if ends[-1] > ends[0]:
        filled = np.arange(width) < np.diff(ends)[:, None]
        letters[filled] = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    return letters.view(f"S{width}")[:, 0]


def _ascii(text: str) -> str:
    """ASCII for FITS, other characters as escapes."""
    return text.replace("\n", " ").encode("ascii", "backslashreplace").decode()
