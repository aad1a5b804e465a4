"""The app's one connection to the catalogue, and the loading of new releases into it.

Only one process may have the file open, so every session and the background task share
one connection, each through a cursor of its own.
"""

import asyncio
import logging
import os
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from duckdb import DuckDBPyConnection, ResourceInUseException

from morph.analysis.overview_results import prepare
from morph.catalogue import connection, contents, release_table, sync
from morph.errors import CatalogueHeld, DamagedCatalogue, MorphError
from morph.home import catalogue_path, workspace_path

SYNC_EVERY_S = 2.0
TURNS_AFTER_A_PROBLEM = 5  # before the next try, which may load a large release
_CLOSING_S = 30.0  # for the calls of other threads to end
_POLL_S = 0.02
_CHECKED_S = 0.25  # a script run asks for several cursors

_log = logging.getLogger(__name__)
_lock = threading.Lock()


@dataclass(frozen=True)
class _Opened:
    """The shared connection, and the inode of the file it has open."""

    con: DuckDBPyConnection
    inode: int


_open: dict[Path, _Opened] = {}
_checked = threading.local()
# Of the background task: its last problem and whether a rebuild ends that; the release
# that it is loading, with its number and how many there are.
health = SimpleNamespace(problem="", damaged=False, loading=None)


def cursor(root: Path) -> DuckDBPyConnection:
    """A cursor of the shared connection to ``root``'s catalogue, opened if need be.

    Raises MorphError as `connection.connect` does.
    """
    with _lock:
        if root in _open and not _is_usable(_open[root]):
            _close(root)
        if root not in _open:
            path = catalogue_path(root)
            con = connection.connect(path, workspace=workspace_path(root))
            _open[root] = _Opened(con, path.stat().st_ino)
        return _open[root].con.cursor()


def _is_usable(opened: _Opened) -> bool:
    """Whether queries are answered, which a thread asks once in a while."""
    now, last = time.monotonic(), getattr(_checked, "last", None)
    if last and last[0]() is opened and now - last[1] < _CHECKED_S:
        return True
    usable = connection.is_usable(opened.con)
    _checked.last = (weakref.ref(opened), now) if usable else None
    return usable


def shared(root: Path) -> object:
    """Identifies the present shared connection; None while there is none."""
    return _open.get(root)


def close(root: Path) -> None:
    """Close the shared connection, so that another process may open the file."""
    with _lock:
        _close(root)


def is_deleted(root: Path) -> bool:
    """Whether the file that the shared connection has open is no longer there."""
    with _lock:
        if root not in _open:
            return False
        try:
            return catalogue_path(root).stat().st_ino != _open[root].inode
        except OSError:
            return True


def rebuild(root: Path) -> None:
    """Delete the catalogue; the background task makes it again from the releases.

    The workspace is closed and opened again, not changed. Raises CatalogueHeld if
    another process has the catalogue open.
    """
    with _lock:
        deleted = root in _open
        _close(root)
        if not deleted:
            _refuse_if_held(root)
        connection.forget(catalogue_path(root))
        health.problem, health.damaged = "", False


def load_new_releases(root: Path) -> None:
    """Load what has come into ``releases/``; problems are logged and kept for pages."""
    try:
        with cursor(root) as con:
            results = sync.sync(con, root / "releases", progress=_note_loading)
            for result in results:
                _log.info("%s: %s", result.release_id, result.message)
            with suppress(OSError):  # only the words of `python -m data` need it
                contents.write_contents(root, con, os.getpid())
            for result in results:
                if result.state == "loaded":
                    prepare(con, release_table.release(con, result.release_id))
        health.problem, health.damaged = "", False
    except MorphError as error:
        if health.problem != str(error):
            _log.warning("releases are not being loaded: %s", error)
        health.problem = str(error)
        health.damaged = isinstance(error, DamagedCatalogue)
    finally:
        health.loading = None


async def keep_loading(root: Path) -> None:
    """Load new releases for as long as the app lives, off the event loop's thread."""
    while True:
        try:
            await asyncio.to_thread(load_new_releases, root)
        except Exception:  # a defect must not end the loading for good; pages say so
            _log.exception("loading new releases failed")
            health.problem = "New releases are not being loaded; see the log."
        for _ in range(TURNS_AFTER_A_PROBLEM):
            await asyncio.sleep(SYNC_EVERY_S)
            if not health.problem:  # there was none, or `rebuild` ended it
                break


def _note_loading(release_id: str, number: int, total: int) -> None:
    health.loading = (release_id, number, total)


def _close(root: Path) -> None:
    """Close the shared connection and, by that, all its cursors.

    A connection that another thread is using is closed when that call ends.
    """
    if root not in _open:
        return
    patience = time.monotonic() + _CLOSING_S
    while True:
        try:
            _open[root].con.close()
            break
        except ResourceInUseException:
            if time.monotonic() > patience:
                raise
            time.sleep(_POLL_S)
    del _open[root]


def _refuse_if_held(root: Path) -> None:
    """Raise CatalogueHeld if another process has the catalogue open."""
    try:
        connection.look(catalogue_path(root)).close()
    except CatalogueHeld:
        raise
    except MorphError:
        return  # it is damaged, and nobody's
