"""How large a table may be, and the sentence that refuses a larger one."""

from collections.abc import Iterable

from morph.errors import UnreadableTable

MAX_ROWS = 20_000_000  # GZ DESI, the largest published, has 8,689,370
MAX_VALUES = 1_000_000_000  # numbers kept in memory: 8 GB as float64
MAX_EXPANDED_BYTES = 32_000_000_000
MAX_EXPANSION = 100  # tables of numbers shrink 2- to 10-fold in gzip; a bomb 1000-fold
FREE_EXPANDED_BYTES = 100_000_000  # below this size any expansion is harmless
MAX_CELL_CHARACTERS = 10_000  # a list of 25 passes has some 500
MAX_ID_CHARACTERS = 500
MAX_COLUMNS = 10_000


def check_rows(name: str, rows: int) -> None:
    """Refuse a table with more rows than morph loads.

    Raises
    ------
    UnreadableTable
        If ``rows`` is over the limit.
    """
    if rows > MAX_ROWS:
        raise UnreadableTable(
            f"{name} claims {rows:,} rows; morph loads at most {MAX_ROWS:,}. "
            "Cut it into several tables, one release each"
        )


def check_values(name: str, values: int) -> None:
    """Refuse a table whose wanted columns do not fit into memory.

    Raises
    ------
    UnreadableTable
        If ``values`` is over the limit.
    """
    if values > MAX_VALUES:
        raise UnreadableTable(
            f"{name} claims {values:,} numbers in the columns morph needs; it loads "
            f"at most {MAX_VALUES:,}. Cut it into several tables, one release each"
        )


def check_columns(name: str, columns: int) -> None:
    """Refuse a table with more columns than any catalogue has.

    Raises
    ------
    UnreadableTable
        If ``columns`` is over the limit.
    """
    if columns > MAX_COLUMNS:
        raise UnreadableTable(
            f"{name} has {columns:,} columns; morph reads tables of at most "
            f"{MAX_COLUMNS:,}. Keep those that say which galaxy, and its posteriors"
        )


def check_texts(name: str, column: str, cells: Iterable[str]) -> None:
    """Refuse names and ids that nobody could type, show or search for.

    Raises
    ------
    UnreadableTable
        If one is too long or holds control characters; its row is named.
    """
    for row, text in enumerate(cells, start=1):
        if len(text) > MAX_ID_CHARACTERS or not text.isprintable():
            raise UnreadableTable(
                f"{name} has a text in {column!r}, row {row:,}, that is no name or id "
                f"({text[:40]!r}...); expected at most {MAX_ID_CHARACTERS} printable "
                "characters"
            )
