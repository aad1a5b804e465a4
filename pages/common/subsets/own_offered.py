"""A person's own columns that pages offer, read again once something has changed."""

from types import SimpleNamespace

from morph.catalogue import seen_loaded, workspace
from morph.catalogue.own_columns import own_column
from morph.catalogue.own_columns.own_column import OwnColumn
from morph.home import home
from pages.common.server import database

_latest = SimpleNamespace(read=(None, ()))  # of which state, and the columns


def offered() -> tuple[OwnColumn, ...]:
    """As `own_column.offered` of the dashboard's workspace.

    Every page asks for them several times in a script run, and they seldom change.
    """
    state, columns = _latest.read
    if state is None or state != _state():
        with database.cursor(home()) as con:
            state = _state()  # before it is read: a change meanwhile makes it another
            columns = tuple(own_column.offered(con))
        _latest.read = state, columns
    return columns


def _state() -> tuple[object, ...]:
    root = home()
    number = workspace.changes(), seen_loaded.transactions()
    return root, database.shared(root), *number
