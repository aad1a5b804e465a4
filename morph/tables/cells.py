"""Convert cells of a table to numbers, lists of numbers and texts."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from morph.errors import UnreadableTable

# Spreadsheets interpret cells that begin so as formulas, unless a quote precedes them.
_RISKY = re.compile(r"['=+\-@\t\r]")

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

Columns = dict[str, np.ndarray]
# Reads the named columns: numbers (N,) or (N, P) of float64, and texts (N,) of str.
Reading = Callable[[Sequence[str], Sequence[str]], tuple[Columns, Columns]]
# An opened file: its columns, those with lists, and the function that reads them.
Opened = tuple[tuple[str, ...], frozenset[str], Reading]


def lists_from_text(name: str, column: str, cells: pa.Array) -> np.ndarray:
    """Cells such as "[1.5, 2.0]" as an (N, P) array of float64.

    UnreadableTable if a cell is not a list or the lists differ in length.
    """
    inside = pc.utf8_trim(pc.fill_null(cells, ""), " []\r\n\t")
    split = pc.split_pattern(inside, ",")
    check_lengths(name, column, pc.list_value_length(split).to_numpy(False))
    try:
        flat = pc.utf8_trim_whitespace(pc.list_flatten(split)).cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise UnreadableTable(
            f"{name} has a cell in {column!r} that is not a list of numbers: "
            f"{shorten(error)}"
        ) from error
    return flat.to_numpy(False).reshape(len(cells), -1)


def check_lengths(name: str, column: str, lengths: np.ndarray) -> None:
    """Refuse lists of different lengths in one column, naming the first such row."""
    if (lengths != lengths[:1]).any():
        row = int(np.argmax(lengths != lengths[0]))
        raise UnreadableTable(
            f"{name} has lists of different lengths in {column!r}: {lengths[0]} "
            f"numbers in the first, {lengths[row]} in row {row + 1:,}; expected one "
            "number per pass, the same passes for every galaxy"
        )


def texts_from(cells: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Cells as trimmed str, empty if missing; the float 12.0 becomes "12"."""
    if pa.types.is_floating(cells.type):
        values = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
        texts = [str(int(v)) if v.is_integer() else repr(v) for v in values.tolist()]
        return np.where(np.isnan(values), "", np.array(texts, dtype=object))
    words = pc.utf8_trim_whitespace(pc.fill_null(cells.cast(pa.string()), ""))
    return words.to_numpy(zero_copy_only=False)


def shorten(error: Exception) -> str:
    """The text of an error on one line of at most 200 characters."""
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else f"{text[:200]}..."


def guarded(cell: str) -> str:
    """A text cell for a CSV file, with a quote before a possible formula."""
    if _RISKY.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
