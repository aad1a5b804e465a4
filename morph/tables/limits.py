"""Size limits of tables."""

from collections.abc import Iterable

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


def check_texts(name: str, column: str, cells: Iterable[str]) -> None:
    """Refuse names and ids that are too long or not printable, naming the row."""
    for row, text in enumerate(cells, start=1):
        if len(text) > MAX_ID_CHARACTERS or not text.isprintable():
            raise UnreadableTable(
                f"{name} has text in {column!r}, row {row:,}, that is not a name or "
                f"id ({text[:40]!r}...); expected at most {MAX_ID_CHARACTERS} "
                "printable characters"
            )
