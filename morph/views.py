"""What links refer to by a short id: regions that fit in no URL, and named views."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from duckdb import DuckDBPyConnection

from morph.errors import MorphError
from morph.recipe import Kept, regions_id
from morph.regions import Region, from_json, to_json
from morph.subsets import subset
from morph.workspace import changing

MAX_NAME = 80
_COLUMNS = "view_id, name, page, query, created"


@dataclass(frozen=True)
class View:
    """A page and its URL parameters under a name."""

    view_id: str
    name: str
    page: str  # its url_path, "map"
    query: Mapping[str, str | list[str]]
    created: str  # ISO time, UTC

    @property
    def link(self) -> str:
        """The page's address, relative to the app's."""
        return f"{self.page}?{urlencode(self.query, doseq=True)}"


def keep_regions(con: DuckDBPyConnection, regions: Sequence[Region]) -> str:
    """Keep regions for links, and return their id: the same for the same regions."""
    found = regions_id(regions)
    with changing(con):
        con.execute(
            "INSERT INTO workspace.regions VALUES ($id, $regions, $created) "
            "ON CONFLICT DO NOTHING",
            {"id": found, "regions": json.dumps(to_json(regions)), "created": _now()},
        )
    return found


def kept_regions(con: DuckDBPyConnection, regions_id: str) -> tuple[Region, ...]:
    """The regions of a link; MorphError where the workspace has none of that id."""
    sql = "SELECT regions FROM workspace.regions WHERE regions_id = $regions_id"
    rows = con.execute(sql, {"regions_id": regions_id}).fetchall()
    if not rows:
        raise MorphError(
            f"no regions are kept as {regions_id[:40]!r} in this workspace; they may "
            "have been drawn in another one"
        )
    return from_json(json.loads(rows[0][0]))


def kept(con: DuckDBPyConnection) -> Kept:
    """What `morph.recipe.from_query` looks ids up in."""
    return Kept(
        regions=lambda found: kept_regions(con, found),
        subset_name=lambda found: subset(con, found).name,
    )


def save_view(
    con: DuckDBPyConnection,
    name: str,
    page: str,
    query: Mapping[str, str | list[str]],
) -> View:
    """Keep a page as it is under a name; a second one of that name replaces it."""
    name = name.strip()
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        raise MorphError(
            f"a view cannot be called {name[:MAX_NAME]!r}; use 1 to {MAX_NAME} "
            "letters, digits and signs on one line"
        )
    text = json.dumps(query, sort_keys=True)
    made_of = json.dumps([name, page, text, _now()])
    view_id = hashlib.sha256(made_of.encode()).hexdigest()[:10]
    view = View(view_id, name, page, dict(query), _now())
    with changing(con):
        con.execute(
            "UPDATE workspace.views SET deleted = $now "
            "WHERE name = $name AND deleted IS NULL",
            {"now": _now(), "name": name},
        )
        con.execute(
            f"INSERT INTO workspace.views ({_COLUMNS}) "
            "VALUES ($view_id, $name, $page, $query, $created)",
            {**vars(view), "query": text},
        )
    return view


def views(con: DuckDBPyConnection, *, deleted: bool = False) -> list[View]:
    """Named views, the newest first; or those deleted."""
    sql = (
        f"SELECT {_COLUMNS} FROM workspace.views "
        "WHERE (deleted IS NOT NULL) = $deleted ORDER BY created DESC, view_id"
    )
    return [
        View(view_id, name, page, json.loads(query), created)
        for view_id, name, page, query, created in con.execute(
            sql, {"deleted": deleted}
        ).fetchall()
    ]


def delete_view(con: DuckDBPyConnection, view_id: str) -> None:
    """Mark a view as deleted, which `restore_view` undoes; MorphError if unknown."""
    _mark(con, view_id, _now())


def restore_view(con: DuckDBPyConnection, view_id: str) -> None:
    """Undo `delete_view`; MorphError where there is no such view."""
    _mark(con, view_id, None)


def _mark(con: DuckDBPyConnection, view_id: str, deleted: str | None) -> None:
    with changing(con):
        marked = con.execute(
            "UPDATE workspace.views SET deleted = $deleted WHERE view_id = $view_id "
            "RETURNING view_id",
            {"deleted": deleted, "view_id": view_id},
        ).fetchall()
        if not marked:
            raise MorphError(
                f"there is no view {view_id[:40]!r} in this workspace; it may have "
                "been made in another one"
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
