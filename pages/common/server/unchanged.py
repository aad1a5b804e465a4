"""What pages read in every script run and what seldom changes, such as the releases."""

from collections.abc import Callable
from typing import Any, TypeVar

from duckdb import DuckDBPyConnection

from morph.catalogue import seen_loaded, workspace
from morph.home import home
from pages.common.server import database

Found = TypeVar("Found")

# Of each function the state that it has read, and what it found.
_found: dict[Callable[[DuckDBPyConnection], Any], tuple[object, Any]] = {}


def read(function: Callable[[DuckDBPyConnection], Found]) -> Found:
    """What a function of a cursor finds, asked again once something has changed.

    It reads which releases are loaded, and the workspace, and nothing else; what it
    returns is shared, not to be changed.
    """
    state, found = _found.get(function, (None, None))
    if state is None or state != _state():
        with database.cursor(home()) as con:
            state = _state()  # before it is read: a change meanwhile makes it another
            found = function(con)
        _found[function] = state, found
    return found


def _state() -> tuple[object, ...]:
    """Another one whenever a release comes or goes, or a workspace was changed."""
    root = home()
    changes = workspace.changes(), seen_loaded.transactions()
    return root, database.shared(root), *changes
