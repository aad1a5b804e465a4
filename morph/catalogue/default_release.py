"""The release that a dashboard opens with: as chosen by a person, else the newest.

Every choice is kept in the workspace, so that the last one can be undone.
"""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, releases
from morph.catalogue.workspace import changing
from morph.wording import utc_now


def chosen(con: DuckDBPyConnection) -> str | None:
    """Name of the release last chosen to open with; None where none was."""
    sql = "SELECT release_id FROM workspace.opening ORDER BY number DESC LIMIT 1"
    rows = con.execute(sql).fetchall()
    return rows[0][0] if rows else None


def choose(con: DuckDBPyConnection, release_id: str) -> None:
    """Open with this release from now on."""
    with changing(con):
        con.execute(
            "INSERT INTO workspace.opening "
            "SELECT coalesce(max(number), 0) + 1, $release_id, $chosen "
            "FROM workspace.opening",
            {"release_id": release_id, "chosen": utc_now("seconds")},
        )


def keep(con: DuckDBPyConnection) -> None:
    """Open with the same release as now, also once another is loaded."""
    before = releases(con)
    if before and chosen(con) is None:
        choose(con, before[0].release_id)


def undo(con: DuckDBPyConnection) -> None:
    """Take back the last choice; the one before counts again, or the newest release."""
    with changing(con):
        con.execute(
            "DELETE FROM workspace.opening WHERE number = "
            "(SELECT max(number) FROM workspace.opening)"
        )


def in_order(
    loaded: Sequence[LoadedRelease], release_id: str | None
) -> tuple[LoadedRelease, ...]:
    """The releases, the chosen one first; unchanged where it is not among them."""
    return tuple(sorted(loaded, key=lambda one: one.release_id != release_id))
