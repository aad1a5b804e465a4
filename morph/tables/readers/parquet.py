"""Read a Parquet file."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from morph.errors import UnreadableTable
from morph.tables.arrow_numbers import to_float64
from morph.tables.cells import (
    Columns,
    Reading,
    Texts,
    begins_list,
    check_lengths,
    lists_from_text,
    numbers_from,
    packed_texts,
)
from morph.tables.limits import MAX_CELL_CHARACTERS, check_rows, check_values
from morph.tables.parts import Opened, header_of, without_masked
from morph.tables.readers.ecsv_header import Stated, from_yaml
from morph.tables.readers.votable_outline import outline_of_text, units_of

_LOOKED_AT = 1000  # rows of text searched for lists
_BLOCK_ROWS = 25_000  # read at a time
_ASTROPY = b"table_meta_yaml"
_IVOA = b"IVOA.VOTable-Parquet.content"
_OTHERS = (b"pandas", b"ARROW:schema", b"IVOA.VOTable-Parquet.version")
_UNITS = (b"unit", b"units", b"TUNIT")  # keys of a field's metadata


def open_parquet(name: str, path: Path) -> list[Opened]:
    """The table of a Parquet file."""
    _check_end(name, path)
    with pq.ParquetFile(path) as file:
        rows = file.metadata.num_rows
        check_rows(name, rows)
        schema = file.schema_arrow
        written = [f.name for f in schema if _is_text(f.type)]
        first = next(file.iter_batches(_LOOKED_AT, columns=written), None)
    vectors = {f.name for f in schema if types.is_nested(f.type)}
    if first is not None:
        vectors |= {c for c in written if begins_list(first[c].cast(pa.string()))}
    stated = _stated(name, schema)
    read = partial(_read, name, path, frozenset(vectors), frozenset(written))
    read = without_masked(read, stated.masks)
    plain = frozenset(f.name for f in schema if _is_number(f.type)) - set(stated.masks)
    return [
        Opened(
            tuple(schema.names),
            frozenset(vectors),
            read,
            partial(_blocks, name, path, plain, read),
            units=stated.units,
            frame=stated.frame,
            frames=stated.frames,
            header=header_of(stated.entries),
            title=name,
            rows=rows,
        )
    ]


def _check_end(name: str, path: Path) -> None:
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        end = file.read()
    if end == b"PARE":
        raise UnreadableTable(f"{name} is an encrypted Parquet file; decrypt it")
    if end != b"PAR1" or path.stat().st_size < 12:
        raise UnreadableTable(
            f"{name} is a broken Parquet file (its end is missing); copy or "
            "download it again"
        )


def _stated(name: str, schema: pa.Schema) -> Stated:
    """What the metadata of columns and of the file state, also of astropy and IVOA."""
    metadata = {k: v for k, v in (schema.metadata or {}).items() if k not in _OTHERS}
    inside = Stated()
    if written := metadata.pop(_ASTROPY, None):
        inside = from_yaml(written.decode("utf-8", "replace"))
    elif written := metadata.pop(_IVOA, None):
        inside = _of_votable(name, written)
    units = {
        f.name: next((f.metadata[key] for key in _UNITS if key in f.metadata), b"")
        for f in schema
        if f.metadata
    }
    written = {c: u.decode("utf-8", "replace") for c, u in units.items() if u}
    entries = {
        k.decode("utf-8", "replace"): v.decode("utf-8", "replace")
        for k, v in metadata.items()
    }
    return replace(
        inside,
        units={**inside.units, **written},
        entries={**entries, **inside.entries},
    )


def _of_votable(name: str, text: bytes) -> Stated:
    """What a VOTable without data states of its first table."""
    found = outline_of_text(name, text)
    if not found.tables:
        return Stated(entries=found.facts)
    table = found.tables[0]
    frames, entries = found.frames(table), found.facts | table.facts
    return Stated(units_of(table), found.frame(table), frames, entries=entries)


def _is_list(kind: pa.DataType) -> bool:
    known = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    views = (types.is_list_view, types.is_large_list_view)
    return any(is_kind(kind) for is_kind in (*known, *views))


def _is_number(kind: pa.DataType) -> bool:
    return types.is_floating(kind) or types.is_integer(kind)


def _is_text(kind: pa.DataType) -> bool:
    if types.is_dictionary(kind):
        return _is_text(kind.value_type)
    known = (types.is_string, types.is_large_string, types.is_string_view)
    raw = (types.is_binary, types.is_large_binary, types.is_binary_view)
    return any(is_kind(kind) for is_kind in (*known, *raw))


def _read(
    name: str,
    path: Path,
    vectors: frozenset[str],
    written: frozenset[str],
    numbers: Sequence[str],
    texts: Sequence[str],
) -> tuple[Columns, Texts]:
    # In a dictionary page, one long text can be repeated in millions of rows for free,
    # so texts are checked before they are expanded.
    as_text = [column for column in (*numbers, *texts) if column in written]
    # A buffered reader would keep all columns that were read, still compressed.
    with pq.ParquetFile(path, read_dictionary=as_text, pre_buffer=False) as file:
        metadata = file.metadata
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        cells = [g.column(j) for g in groups for j in range(g.num_columns)]
        # The path of a list column ``a`` is ``a.list.element``.
        read = [c for c in cells if c.path_in_schema.split(".", 1)[0] in numbers]
        check_values(name, sum(c.num_values for c in read))

        def cells_of(column: str) -> pa.ChunkedArray:
            return file.read(columns=[column])[column]  # one in memory at a time

        values = {
            c: _numbers(name, c, cells_of(c), lists=c in vectors) for c in numbers
        }
        words = {c: packed_texts(_plain(name, c, cells_of(c))) for c in texts}
    return values, words


def _blocks(
    name: str,
    path: Path,
    plain: frozenset[str],
    read: Reading,
    numbers: Sequence[str],
) -> Iterator[Columns]:
    """Numbers of a block of rows after another, if all columns are ``plain`` ones."""
    if not plain.issuperset(numbers):
        yield read(numbers, [])[0]
        return
    with pq.ParquetFile(path, pre_buffer=False) as file:
        check_values(name, file.metadata.num_rows * len(numbers))
        for batch in file.iter_batches(_BLOCK_ROWS, columns=list(numbers)):
            yield {c: to_float64(batch.column(c)) for c in numbers}


def _plain(name: str, column: str, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cells without dictionary, and of text as text, unless a text is too long."""
    if not _is_text(cells.type):
        if types.is_dictionary(cells.type):
            return cells.cast(cells.type.value_type)
        return cells
    for chunk in cells.chunks:
        known = chunk.dictionary if types.is_dictionary(cells.type) else chunk
        longest = pc.max(pc.binary_length(known)).as_py() or 0
        if longest > MAX_CELL_CHARACTERS:
            raise UnreadableTable(
                f"{name} has a text of {longest:,} characters in {column!r}; expected "
                f"at most {MAX_CELL_CHARACTERS:,}"
            )
    return cells.cast(pa.string())


def _numbers(
    name: str, column: str, cells: pa.ChunkedArray, *, lists: bool
) -> np.ndarray:
    if _is_list(cells.type):
        return _lists(name, column, cells)
    cells = _plain(name, column, cells)
    if lists and _is_text(cells.type):
        return lists_from_text(name, column, cells.combine_chunks())
    if _is_text(cells.type):
        return numbers_from(name, column, cells.combine_chunks()).to_numpy(False)
    if types.is_nested(cells.type) or types.is_temporal(cells.type):
        raise UnreadableTable(
            f"{name} has values of type {cells.type} in {column!r}, not numbers"
        )
    return to_float64(cells)


def _lists(name: str, column: str, cells: pa.ChunkedArray) -> np.ndarray:
    """Lists as (N, P) numbers; missing and empty ones are NaN."""
    inner = cells.type.value_type
    if types.is_nested(inner) or types.is_temporal(inner):
        raise UnreadableTable(f"{name} has lists of {inner} in {column!r}, not numbers")
    if types.is_list_view(cells.type) or types.is_large_list_view(cells.type):
        cells = cells.cast(pa.large_list(inner))
    lengths = pc.fill_null(pc.list_value_length(cells), 0).to_numpy()
    width = check_lengths(name, column, lengths)
    values = np.full((len(cells), width), np.nan)
    flat = _plain(name, column, pc.list_flatten(cells)).cast(pa.float64(), safe=False)
    values[lengths > 0] = flat.to_numpy().reshape(-1, width)
    return values
