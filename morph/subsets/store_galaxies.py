"""Galaxies whose cutouts a run may download: of a release, a subset, or a list."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.catalogue.subset_members import names_sql
from morph.errors import MorphError
from morph.images.new_stores.cutouts_run import PLACES
from morph.images.new_stores.made_for import refuse_simulated
from morph.sky import iauname_from_position, separation_arcsec
from morph.sky.typed_position import parse_position
from morph.subsets.saved import Subset
from morph.subsets.uploaded_list import Upload
from morph.trees.decision_tree import DEFAULT

_SAME_ARCSEC = 1.0  # rows of one galaxy in a list


@dataclass(frozen=True)
class StoreGalaxies:
    """Galaxies to choose from, which are read only when the run is made."""

    number: int
    words: str
    key: str  # the same for the same galaxies alone
    read: Callable[[DuckDBPyConnection, int], pd.DataFrame]  # the first N; 0: all
    release: str = ""  # whose galaxies they are
    survey: str = ""  # of the images that were classified
    tree: str = DEFAULT
    has_votes: bool = False
    has_sizes: bool = False  # half-light radii


def of_release(release: LoadedRelease, subset: Subset | None = None) -> StoreGalaxies:
    """Those of a release, or those of a subset that are in it.

    MorphError if the release is simulated: its positions are not on the sky.
    """
    refuse_simulated(release.manifest)
    words = f"release {release.release_id}"
    return StoreGalaxies(
        release.galaxies if subset is None else subset.galaxies,
        words if subset is None else f"subset “{subset.name}” of the {words}",
        release.key if subset is None else f"{release.key} {subset.digest}",
        lambda con, first: _read_release(con, release, subset, first),
        release.release_id,
        release.manifest.survey,
        release.tree.root,
        release.has_votes,
        "radius_arcsec" in release.columns,
    )


def of_list(upload: Upload) -> StoreGalaxies:
    """Those of an uploaded list that have a name or a position."""
    places = _places_of(upload)
    return StoreGalaxies(
        len(places),
        f"list {upload.name}",
        f"{upload.sha256} {upload.chosen}",
        lambda con, first: places.head(first) if first else places,
    )


def _read_release(
    con: DuckDBPyConnection, release: LoadedRelease, subset: Subset | None, first: int
) -> pd.DataFrame:
    """Names, positions, sizes, and votes if there are any, ordered by name."""
    columns = [one for one in PLACES if one in release.columns]
    parts, source = [", ".join(columns)], release.table
    if release.has_votes:
        source += f" LEFT JOIN {release.votes_table} USING (iauname)"
        parts += [
            f'coalesce("{label}", 0)::BIGINT AS "{label}"'
            for label in release.tree.labels
        ]
    chosen, bound = "TRUE", {}
    if subset is not None:
        chosen = f"iauname IN ({names_sql('subset')})"
        bound = {"subset": subset.subset_id}
    sql = f"SELECT {', '.join(parts)} FROM {source} WHERE {chosen} ORDER BY iauname"
    if first:
        sql, bound = f"{sql} LIMIT $first", bound | {"first": first}
    return query(con, release, sql, bound).df()


def _places_of(upload: Upload) -> pd.DataFrame:
    """Names and positions of the rows; MorphError for one name at two places."""
    rows, known = upload.rows, upload.places
    names = rows["iauname"].where(rows["iauname"] != "", rows["source_id"])
    table = pd.DataFrame(
        {"iauname": names.to_numpy(object), "ra": known.ra, "dec": known.dec}
    )
    unplaced = table["ra"].isna() & (table["iauname"] != "")
    if unplaced.any():
        found = [_place_of(name) for name in table.loc[unplaced, "iauname"]]
        table.loc[unplaced, ["ra", "dec"]] = np.array(found)
    nameless = (table["iauname"] == "") & table["ra"].notna()
    places = table.loc[nameless]
    table.loc[nameless, "iauname"] = iauname_from_position(places["ra"], places["dec"])
    table = table[table["iauname"] != ""]
    _refuse_two_places(table)
    return table.drop_duplicates("iauname").reset_index(drop=True)


def _place_of(name: str) -> tuple[float, float]:
    """Where a name says that the galaxy is; NaN if it does not."""
    try:
        place = parse_position(name)
    except MorphError:
        return np.nan, np.nan
    return place.ra, place.dec


def _refuse_two_places(table: pd.DataFrame) -> None:
    first = table.drop_duplicates("iauname").set_index("iauname")
    at = first.loc[table["iauname"]]
    apart = separation_arcsec(
        at["ra"].to_numpy(),
        at["dec"].to_numpy(),
        from_ra=table["ra"].to_numpy(),
        from_dec=table["dec"].to_numpy(),
    )
    wrong = np.asarray(apart) > _SAME_ARCSEC
    if wrong.any():
        name = table["iauname"].to_numpy()[wrong.argmax()]
        raise MorphError(
            f"the list has {name} at two positions; give each galaxy its own name"
        )
