"""Which releases a connection has seen in the catalogue, so that it need not ask again.

Only the process that has a catalogue open can change it, and releases come and go in
transactions of `morph.catalogue.loading` alone. So what a connection has seen holds
until the next of these ends, in any catalogue of this process.
"""

from types import SimpleNamespace
from weakref import WeakKeyDictionary

from duckdb import DuckDBPyConnection

_latest = SimpleNamespace(seen=WeakKeyDictionary(), number=0)


def seen(con: DuckDBPyConnection) -> set[int]:
    """The sequences of loaded releases that a connection has seen, to add others to.

    Take the set before you ask DuckDB: if a transaction ends meanwhile, nobody looks
    into this set any more, and what was true before it is not believed after it.
    """
    return _latest.seen.setdefault(con, set())


def transaction_ended() -> None:
    """A release may have come or gone: believe nothing that was seen before."""
    _latest.seen = WeakKeyDictionary()
    _latest.number += 1


def transactions() -> int:
    """How many of these transactions have ended in this process."""
    return _latest.number
