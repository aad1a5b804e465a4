"""Size limits of tables."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from morph.errors import UnreadableTable

MAX_ROWS = 20_000_000  # GZ DESI, the largest published, has 8,689,370
MAX_VALUES = 1_000_000_000  # numbers in memory: 8 GB as float64
MAX_EXPANDED_BYTES = 32_000_000_000
MAX_EXPANSION = 100  # gzip compresses tables of numbers 2- to 10-fold, bombs 1000-fold
FREE_EXPANDED_BYTES = 100_000_000  # below this size any expansion is harmless
MAX_CELL_CHARACTERS = 10_000  # a list of 25 passes has about 500
MAX_ID_CHARACTERS = 500
MAX_COLUMNS = 10_000


def check_rows(name: str, rows: int) -> None:
    """Refuse, by UnreadableTable, a table with too many rows."""
    if rows > MAX_ROWS:
        raise UnreadableTable(
            f"{name} declares {rows:,} rows; morph loads at most {MAX_ROWS:,}. "
            "Split it into several tables, one release each"
        )


def check_values(name: str, values: int) -> None:
    """Refuse a table whose required columns do not fit into memory."""
    if values > MAX_VALUES:
        raise UnreadableTable(
            f"{name} declares {values:,} numbers in the required columns; morph loads "
            f"at most {MAX_VALUES:,}. Split it into several tables, one release each"
        )


def check_columns(name: str, columns: int) -> None:
    """Refuse a table with too many columns."""
    if columns > MAX_COLUMNS:
        raise UnreadableTable(
            f"{name} has {columns:,} columns; morph reads tables of at most "
            f"{MAX_COLUMNS:,}. Keep names, positions and posteriors"
        )


def check_texts(name: str, column: str, cells: pa.Array | np.ndarray) -> None:
    """Refuse names and ids that are too long or not printable, naming the row."""
    for row in _rows_in_doubt(cells):
        text = str(cells[row])
        if len(text) > MAX_ID_CHARACTERS or not text.isprintable():
            raise UnreadableTable(
                f"{name} has text in {column!r}, row {row + 1:,}, that is not a name "
                f"or id ({text[:40]!r}...); expected at most {MAX_ID_CHARACTERS} "
                "printable characters"
            )


def _rows_in_doubt(cells: pa.Array | np.ndarray) -> np.ndarray:
    """Rows that are not short and of printable ASCII, which Arrow tells of all."""
    try:
        texts = pa.array(cells, pa.large_string())
    except UnicodeEncodeError:  # half a character
        return np.arange(len(cells))
    short = pc.less_equal(pc.binary_length(texts), MAX_ID_CHARACTERS)
    plain = pc.and_(short, pc.ascii_is_printable(texts))
    return np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
