"""Short ids in links: regions, which are too long for a URL, and subsets."""

import json
from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns import own_column
from morph.catalogue.workspace import changing
from morph.errors import MorphError
from morph.geometry.regions import Region, from_json, to_json
from morph.selection import coverage_maps
from morph.selection.url import Kept, regions_id
from morph.subsets.saved import subset
from morph.wording import utc_now


def keep_regions(con: DuckDBPyConnection, regions: Sequence[Region]) -> str:
    """Save regions for links; return their id, equal for equal regions."""
    key = regions_id(regions)
    with changing(con):
        con.execute(
            "INSERT INTO workspace.regions VALUES ($id, $regions, $created) "
            "ON CONFLICT DO NOTHING",
            {
                "id": key,
                "regions": json.dumps(to_json(regions)),
                "created": utc_now(),
            },
        )
    return key


def kept_regions(con: DuckDBPyConnection, regions_id: str) -> tuple[Region, ...]:
    """The regions with an id; MorphError where the workspace has none."""
    sql = "SELECT regions FROM workspace.regions WHERE regions_id = $regions_id"
    rows = con.execute(sql, {"regions_id": regions_id}).fetchall()
    if not rows:
        raise MorphError(
            f"there are no regions {regions_id[:40]!r} in this workspace; they may be "
            "in another one"
        )
    return from_json(json.loads(rows[0][0]))


def kept(con: DuckDBPyConnection) -> Kept:
    """The lookups of ids that `morph.selection.url.from_query` needs."""
    return Kept(
        regions=lambda key: kept_regions(con, key),
        subset_name=lambda key: subset(con, key).name,
        map_name=lambda key: coverage_maps.name_of(con, key),
        own_column=lambda ref: own_column.column(con, ref),
    )
