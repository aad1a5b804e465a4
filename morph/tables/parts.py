"""Choose among the tables of one file, and read equal ones as one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby

import numpy as np
import pyarrow as pa

from morph.errors import UnreadableTable
from morph.tables.cells import Columns, Reading, Texts
from morph.tables.limits import check_rows, check_values

_NAMED = 5  # columns, and tables left out, that are named
MAX_HEADER = 2_000  # entries that are kept of a header
_MAX_CHARACTERS = 10_000  # of one entry

# How much a caller wants a table with these columns.
Score = Callable[[Sequence[str]], float]


@dataclass(frozen=True)
class Opened:
    """One table of a file: its columns, what is stated of them, and its reader."""

    columns: tuple[str, ...]
    vectors: frozenset[str]  # columns with a list per row, or other parts
    read: Reading
    # Numbers of the named columns, some rows at a time; None if all are read at once.
    blocks: Callable[[Sequence[str]], Iterator[Columns]] | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    frame: str = ""
    frames: Mapping[str, str] = field(default_factory=dict)  # of columns with their own
    header: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    title: str = "the table"  # for messages
    rows: int | None = None  # None if the file does not declare it


def choose(name: str, parts: Sequence[Opened], score: Score | None) -> Opened:
    """The table that is wanted most, with those below it that have the same columns.

    Tables with rows come first, then the higher score, then the first in the file.
    Every other table with rows is in ``left_out``.
    """

    def rank(part: Opened) -> tuple[bool, float]:
        return part.rows != 0, score(part.columns) if score else 0

    best = max(parts, key=rank)
    same = [p for p in parts if p.rows != 0 and not _difference(best, p)]
    read = {id(p) for p in (best, *same)}
    others = [p for p in parts if p.rows != 0 and id(p) not in read]
    told = (*best.left_out, *(_why_left_out(best, p) for p in others[:_NAMED]))
    if len(others) > _NAMED:
        told += (f"{len(others) - _NAMED:,} more tables of the file were not read",)
    if len(same) < 2:
        return replace(best, left_out=told)
    agreed = set.intersection(*(set(p.header.items()) for p in same))
    return replace(
        best,
        read=partial(_read_all, name, same),
        blocks=partial(_blocks_of_all, name, same) if _have_blocks(same) else None,
        header={k: v for k, v in best.header.items() if (k, v) in agreed},
        left_out=told,
        rows=None if None in (rows := [p.rows for p in same]) else sum(rows),
    )


def without_masked(read: Reading, masks: Mapping[str, str]) -> Reading:
    """A reader that leaves cells empty where another column, of a mask, is true."""
    if not masks:
        return read

    def read_unmasked(
        numbers: Sequence[str], texts: Sequence[str]
    ) -> tuple[Columns, Texts]:
        masked = {c: masks[c] for c in (*numbers, *texts) if c in masks}
        values, words = read(numbers, list(dict.fromkeys([*texts, *masked.values()])))
        for column, mask in masked.items():
            hidden = np.char.lower(np.asarray(words[mask]).astype(str)) == "true"
            if column in values:
                values[column] = values[column].copy()
                values[column][hidden] = np.nan
            if column in words:
                words[column] = np.where(hidden, "", np.asarray(words[column], object))
        return values, {c: words[c] for c in texts}

    return read_unmasked


def _difference(one: Opened, other: Opened) -> str:
    """Why two tables cannot be read as one, empty if they can."""
    if set(one.columns) != set(other.columns) or one.vectors != other.vectors:
        return f"its columns are {_some(other.columns)}"
    for column in one.columns:
        ours, theirs = one.units.get(column, ""), other.units.get(column, "")
        if ours != theirs:
            return f"its {column} is in {theirs or 'no unit'}, not {ours or 'no unit'}"
    if (one.frame, one.frames) != (other.frame, other.frames):
        ours, theirs = one.frame or "not stated", other.frame or "not stated"
        return f"its sky frame is {theirs}, that of the table read is {ours}"
    return ""


def _why_left_out(best: Opened, other: Opened) -> str:
    rows = "" if other.rows is None else f" ({other.rows:,} rows)"
    return f"{other.title}{rows} was not read: {_difference(best, other)}"


def _some(columns: Sequence[str]) -> str:
    more = ", ..." if len(columns) > _NAMED else ""
    return ", ".join(columns[:_NAMED]) + more if columns else "not stated"


def _have_blocks(parts: Sequence[Opened]) -> bool:
    return all(part.blocks is not None for part in parts)


def _blocks_of_all(
    name: str, parts: Sequence[Opened], numbers: Sequence[str]
) -> Iterator[Columns]:
    """Blocks of several tables, one below another."""
    rows = 0
    for part in parts:
        for block in part.blocks(numbers):
            rows += max(map(len, block.values()), default=0)
            check_rows(name, rows)
            check_values(name, rows * len(numbers))
            yield block


def _read_all(
    name: str, parts: Sequence[Opened], numbers: Sequence[str], texts: Sequence[str]
) -> tuple[Columns, Texts]:
    """Columns of several tables, one below another."""
    got: list[tuple[Columns, Texts]] = []
    rows = values = 0
    for part in parts:
        got.append(part.read(numbers, texts))
        cells = [*got[-1][0].values(), *got[-1][1].values()]
        rows += max(map(len, cells), default=0)
        values += sum(c.size for c in got[-1][0].values())
        check_rows(name, rows)
        check_values(name, values)
    for column in numbers:
        widths = [g[0][column].shape[1:] for g in got]
        if len([*groupby(widths)]) > 1:
            raise UnreadableTable(
                f"{name} has lists of different lengths in {column!r} of its tables; "
                "expected one number per pass, the same passes for every galaxy"
            )
    return (
        {c: np.concatenate([g[0][c] for g in got]) for c in numbers},
        {c: _texts_together([g[1][c] for g in got]) for c in texts},
    )


def _texts_together(parts: Sequence[np.ndarray | pa.Array]) -> np.ndarray | pa.Array:
    if all(isinstance(part, pa.Array) for part in parts):
        return pa.concat_arrays(parts)
    return np.concatenate([np.asarray(part, object) for part in parts])


def header_of(entries: Mapping[object, object]) -> dict[str, str]:
    """Entries of a header as short texts by names in upper case; others are dropped."""
    kept: dict[str, str] = {}
    for key, value in entries.items():
        name = " ".join(str(key).split()).upper()
        if name and isinstance(value, str | int | float) and len(kept) < MAX_HEADER:
            kept.setdefault(name[:100], " ".join(str(value).split())[:_MAX_CHARACTERS])
    return kept
