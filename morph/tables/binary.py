"""Read columns of a Parquet file or of the first binary table of a FITS file."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from astropy.io import fits

from morph.errors import UnreadableTable
from morph.tables.cells import (
    Columns,
    Opened,
    check_lengths,
    lists_from_text,
    texts_from,
)
from morph.tables.limits import MAX_CELL_CHARACTERS, check_rows, check_values


def open_parquet(name: str, path: Path) -> Opened:
    """Columns, list columns and reader of a Parquet file."""
    with pq.ParquetFile(path) as file:
        check_rows(name, file.metadata.num_rows)
        schema = file.schema_arrow
        texts = (pa.string(), pa.large_string())
        written = [f.name for f in schema if f.type in texts]
        first = next(file.iter_batches(1, columns=written), None) if written else {}
        vectors = {f.name for f in schema if _is_list(f.type)}
        vectors |= {c for c in written if first and _begins_list(first[c])}
    reading = partial(_read_parquet, name, path, frozenset(vectors), frozenset(written))
    return tuple(schema.names), frozenset(vectors), reading


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)


def _begins_list(cells: pa.Array) -> bool:
    return len(cells) > 0 and (cells[0].as_py() or "").lstrip().startswith("[")


def _read_parquet(
    name: str,
    path: Path,
    vectors: frozenset[str],
    written: frozenset[str],
    numbers: Sequence[str],
    texts: Sequence[str],
) -> tuple[Columns, Columns]:
    wanted = [*numbers, *texts]
    # In a dictionary page, one long text can be repeated in millions of rows for free,
    # so texts are checked before they are expanded.
    as_text = [column for column in wanted if column in written]
    with pq.ParquetFile(path, read_dictionary=as_text) as file:
        metadata = file.metadata
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        cells = [g.column(j) for g in groups for j in range(g.num_columns)]
        # The path of a list column ``a`` is ``a.list.element``.
        read = [c for c in cells if c.path_in_schema.split(".", 1)[0] in numbers]
        check_values(name, sum(c.num_values for c in read))
        table = file.read(columns=wanted)
    values = {
        c: _parquet_numbers(name, c, table[c], lists=c in vectors) for c in numbers
    }
    words = {c: texts_from(_plain_text(name, c, table[c])) for c in texts}
    return values, words


def _plain_text(name: str, column: str, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(cells.type):
        return cells
    for chunk in cells.chunks:
        longest = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0
        if longest > MAX_CELL_CHARACTERS:
            raise UnreadableTable(
                f"{name} has a text of {longest:,} characters in {column!r}; expected "
                f"at most {MAX_CELL_CHARACTERS:,}"
            )
    return cells.cast(pa.string())


def _parquet_numbers(
    name: str, column: str, cells: pa.ChunkedArray, *, lists: bool
) -> np.ndarray:
    if _is_list(cells.type):
        if cells.null_count:
            raise UnreadableTable(
                f"{name} has {cells.null_count:,} empty cells in {column!r}; "
                "expected a list of numbers for every galaxy"
            )
        lengths = pc.list_value_length(cells).to_numpy()
        check_lengths(name, column, lengths)
        flat = pc.list_flatten(cells).cast(pa.float64(), safe=False).to_numpy()
        return flat.reshape(len(cells), -1)
    cells = _plain_text(name, column, cells)
    if lists:
        return lists_from_text(name, column, cells.combine_chunks())
    return cells.cast(pa.float64(), safe=False).to_numpy()


def open_fits(name: str, path: Path) -> Opened:
    """Columns, list columns and reader of the first binary table in a FITS file."""
    number = _first_table(name, path)
    with _quietly_opened(path) as hdus:
        hdu = hdus[number]
        kinds = hdu.columns.dtype
        vectors = frozenset(
            c.name
            for c in hdu.columns
            if kinds[c.name].shape and kinds[c.name].base.kind in "iufb"
        )
        columns = tuple(hdu.columns.names)
    return columns, vectors, partial(_read_fits, name, path, number)


@contextmanager
def _quietly_opened(path: Path) -> Iterator[fits.HDUList]:
    """An open FITS file, without the warnings of astropy: we check files ourselves."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(file, memmap=True, lazy_load_hdus=True) as hdus:
            yield hdus


def _first_table(name: str, path: Path) -> int:
    """Index of the first binary table, checking headers on the way.

    astropy would follow a header to any position in the file.
    """
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in count():
            try:
                header = fits.Header.fromfile(file)
            except EOFError:
                break
            is_table = header.get("XTENSION", "").strip() == "BINTABLE"
            if is_table:
                check_rows(name, header["NAXIS2"])
            _check_size(name, path, header, begins=file.tell())
            if is_table:
                return number
            file.seek(header.data_size_padded, os.SEEK_CUR)
    raise UnreadableTable(f"{name} is a FITS file without a binary table")


def _check_size(name: str, path: Path, header: fits.Header, *, begins: int) -> None:
    claimed, available = header.data_size, path.stat().st_size - begins
    least = min(claimed, *(header.get(f"NAXIS{i}", 0) for i in (1, 2)))
    if claimed > available or least < 0:
        raise UnreadableTable(
            f"{name} declares {claimed:,} bytes of data, but only {available:,} follow "
            "its header; it is truncated or damaged: copy or download it again"
        )


def _read_fits(
    name: str, path: Path, number: int, numbers: Sequence[str], texts: Sequence[str]
) -> tuple[Columns, Columns]:
    with _quietly_opened(path) as hdus:
        hdu = hdus[number]
        for column in (*numbers, *texts):
            if set(hdu.columns[column].format) & set("PQ"):
                raise UnreadableTable(
                    f"{name} has arrays of varying length in {column!r}; write them "
                    "with a fixed length"
                )
        kinds = hdu.columns.dtype
        per_row = sum(int(np.prod(kinds[c].shape)) for c in numbers)
        check_values(name, per_row * hdu.header["NAXIS2"])
        values = {c: _fits_numbers(hdu, c) for c in numbers}
        words = {c: texts_from(pa.array(_fits_text(hdu, c))) for c in texts}
    return values, words


def _fits_numbers(hdu: fits.BinTableHDU, column: str) -> np.ndarray:
    cells = np.asarray(hdu.data[column])
    values = cells.astype(np.float64)
    null = hdu.columns[column].null
    if null is not None:
        values[cells == null] = np.nan
    return values.reshape(len(values), -1) if values.ndim > 1 else values


def _fits_text(hdu: fits.BinTableHDU, column: str) -> np.ndarray:
    cells = np.asarray(hdu.data[column])
    is_text = cells.dtype.kind in "SU"
    return cells.astype(str if is_text else cells.dtype.newbyteorder("="))
