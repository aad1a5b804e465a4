"""Convert cells of a table to numbers, lists of numbers and texts."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from morph.errors import UnreadableTable

# Spreadsheets interpret cells that begin so as formulas, unless a quote precedes them.
_RISKY = re.compile(r"['=+\-@\t\r\n]")

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

# Texts for a missing cell.
MISSING = ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN"]
MISSING += ["null", "NULL", "Null", "None", "none", "--", "\\N"]
_LIST = ("[", "(", "array(", "tensor(")  # how a list of numbers begins

# Further ones in a column of numbers; a text may be a sign.
_NO_NUMBERS = ["-", "---", "...", "?", "*", "masked", "INDEF"]
_FORTRAN = r"^([+-]?[\d.]+)[dD]([+-]?\d+)$"  # 1.5D+02
_EXACT = 2.0**53  # float64 holds all whole numbers up to it

Columns = dict[str, np.ndarray]
Texts = dict[str, np.ndarray | pa.Array]
# Reads the named columns: numbers (N,) or (N, P) of float64, and texts (N,).
Reading = Callable[[Sequence[str], Sequence[str]], tuple[Columns, Texts]]


def begins_list(cells: pa.Array) -> bool:
    """Whether the first text that is not empty is a list."""
    words = pc.utf8_trim_whitespace(pc.drop_null(cells))
    filled = words.filter(pc.invert(pc.is_in(words, pa.array(MISSING))))
    return len(filled) > 0 and filled[0].as_py().startswith(_LIST)


def without_missing(cells: pa.Array) -> pa.Array:
    """Texts, null where they stand for a missing cell."""
    missing = pc.is_in(pc.utf8_trim_whitespace(cells), pa.array(MISSING))
    return pc.if_else(missing, pa.scalar(None, pa.string()), cells)


def numbers_from(name: str, column: str, cells: pa.Array, begin: int = 0) -> pa.Array:
    """Texts as float64; UnreadableTable names the first that is no number.

    ``begin`` is the number of rows before them.
    """
    plain = pc.replace_substring(without_missing(cells), "\N{MINUS SIGN}", "-")
    plain = pc.replace_substring_regex(
        pc.utf8_trim_whitespace(plain), _FORTRAN, r"\1E\2"
    )
    no_number = pc.is_in(plain, pa.array(_NO_NUMBERS))
    plain = pc.if_else(no_number, pa.scalar(None, pa.string()), plain)
    try:
        return plain.cast(pa.float64())
    except pa.ArrowInvalid as error:
        for row, cell in enumerate(plain.to_pylist(), start=begin + 1):
            try:
                pa.scalar(cell, pa.string()).cast(pa.float64())
            except pa.ArrowInvalid:
                raise UnreadableTable(
                    f"{name} has a cell in {column!r} that is not a number: "
                    f"{cell[:40]!r} in row {row:,}"
                ) from error
        raise


def lists_from_text(name: str, column: str, cells: pa.Array) -> np.ndarray:
    """Cells such as "[1.5, 2.0]" as an (N, P) array of float64, NaN where empty.

    numpy's "[1.5 2. ]" and "[np.float64(1.5)]" are read too. UnreadableTable if a cell
    is not a list or the lists differ in length.
    """
    plain = pc.replace_substring_regex(
        pc.fill_null(cells, ""), r"(?:np\.\w+|array|tensor)\(([^()]*)\)", r"\1"
    )
    inside = pc.utf8_trim(plain, " []()\r\n\t")
    inside = pc.if_else(pc.is_in(inside, pa.array(MISSING)), "", inside)
    split = pc.split_pattern_regex(inside, r"\s*,\s*|\s+")
    lengths = pc.list_value_length(split).to_numpy(False)
    filled = pc.not_equal(inside, "").to_numpy(False)
    width = check_lengths(name, column, np.where(filled, lengths, 0))
    values = np.full((len(cells), width), np.nan)
    try:
        flat = pc.list_flatten(split.filter(pa.array(filled))).cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise UnreadableTable(
            f"{name} has a cell in {column!r} that is not a list of numbers: "
            f"{shorten(error)}"
        ) from error
    values[filled] = flat.to_numpy(False).reshape(-1, width)
    return values


def check_lengths(name: str, column: str, lengths: np.ndarray) -> int:
    """The length of all lists in a column, at least 1; 0 is a missing list.

    UnreadableTable names the first row with another length.
    """
    filled = lengths[lengths > 0]
    if not len(filled):
        return 1
    wrong = (lengths > 0) & (lengths != filled[0])
    if wrong.any():
        row = int(np.argmax(wrong))
        raise UnreadableTable(
            f"{name} has lists of different lengths in {column!r}: {filled[0]} "
            f"numbers in the first, {lengths[row]} in row {row + 1:,}; expected one "
            "number per pass, the same passes for every galaxy"
        )
    return int(filled[0])


def texts_from(cells: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Cells as trimmed str, empty if missing; the float 12.0 becomes "12".

    A float over 2^53 keeps its exponent, since it may have lost digits of an id.
    """
    return np.asarray(packed_texts(cells), dtype=object)


def packed_texts(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    """As `texts_from`, of millions of cells in a third of the memory."""
    if pa.types.is_floating(cells.type):
        values = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
        whole = [v.is_integer() and abs(v) < _EXACT for v in values.tolist()]
        pairs = zip(values.tolist(), whole, strict=True)
        texts = [str(int(v)) if is_whole else repr(v) for v, is_whole in pairs]
        texts = np.where(np.isnan(values), "", np.array(texts, dtype=object))
        return pa.array(texts, pa.large_string())
    words = pc.utf8_trim_whitespace(pc.fill_null(cells.cast(pa.string()), ""))
    words = words.cast(pa.large_string())
    return words.combine_chunks() if isinstance(words, pa.ChunkedArray) else words


def shorten(error: Exception) -> str:
    """The text of an error on one line of at most 200 characters."""
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else f"{text[:200]}..."


def guarded(cell: str) -> str:
    """A text cell for a CSV file, with a quote before a possible formula."""
    if _RISKY.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
