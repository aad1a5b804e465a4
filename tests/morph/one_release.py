"""A catalogue with one release, and a workspace of its own beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from duckdb import DuckDBPyConnection

from morph.catalogue import connection
from morph.catalogue.loading import load_release


@contextmanager
def one_release(home: Path, folder: Path) -> Iterator[DuckDBPyConnection]:
    """The files are in ``home``; the release is the one of ``folder``."""
    with connection.connect(home / "c.duckdb", workspace=home / "w.duckdb") as con:
        load_release(con, folder)
        yield con
