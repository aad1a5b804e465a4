"""The app's one connection to the catalogue, and the loading of new releases into it.

Only one process may have the file open, so every session and the background task share
one connection, each through a cursor of its own.
"""

import asyncio
import logging
import os
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

from duckdb import DuckDBPyConnection

from morph.catalogue import connection, contents, sync
from morph.errors import MorphError
from morph.home import catalogue_path, workspace_path

SYNC_EVERY_S = 2.0

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_open: dict[Path, DuckDBPyConnection] = {}
# The last problem of the background task, shown on the pages.
health = SimpleNamespace(problem="")


def cursor(root: Path) -> DuckDBPyConnection:
    """A cursor of the shared connection to ``root``'s catalogue, opened if need be."""
    with _lock:
        if root not in _open:
            _open[root] = connection.connect(
                catalogue_path(root), workspace=workspace_path(root)
            )
        return _open[root].cursor()


def close(root: Path) -> None:
    """Close the shared connection, so that another process may open the file."""
    with _lock:
        if root in _open:
            _open.pop(root).close()


def load_new_releases(root: Path) -> None:
    """Load what has come into ``releases/``; problems are logged and kept for pages."""
    try:
        with cursor(root) as con:
            for result in sync.sync(con, root / "releases"):
                _log.info("%s: %s", result.release_id, result.message)
            with suppress(OSError):  # only the words of `python -m data` need it
                contents.write_contents(root, con, os.getpid())
        health.problem = ""
    except MorphError as error:
        if health.problem != str(error):
            _log.warning("releases are not being loaded: %s", error)
        health.problem = str(error)


async def keep_loading(root: Path) -> None:
    """Load new releases for as long as the app lives, off the event loop's thread."""
    while True:
        try:
            await asyncio.to_thread(load_new_releases, root)
        except Exception:  # a defect must not end the loading for good; pages say so
            _log.exception("loading new releases failed")
            health.problem = "New releases are not being loaded; see the log."
        await asyncio.sleep(SYNC_EVERY_S)
