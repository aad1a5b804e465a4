"""Find galaxies by name or position."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.errors import MorphError
from morph.sky import cone_ranges, parse_position, separation_arcsec
from morph.sky.designations import NamedPlace
from morph.sky.plain_text import plain
from morph.sky.typed_position import TYPED, UnknownName

NEAR_ARCSEC = 20.0  # a galaxy farther from an object is unlikely to be the one meant
_NAMES = ("iauname", "source_id")
_PREFIX = 5  # fewest characters of a name that may be its beginning
_RADII_ARCSEC = (60.0, 600.0, 3_600.0, 36_000.0, 648_000.0)  # the last is the sky


@dataclass(frozen=True)
class NameSearch:
    """Galaxies with the name or identifier sought, or else similar names."""

    matches: pd.DataFrame  # iauname, source_id, ra, dec
    suggestions: tuple[str, ...]


def find(
    con: DuckDBPyConnection, release: LoadedRelease, text: str, *, limit: int = 10
) -> NameSearch:
    """Galaxies whose iauname or source_id is ``text``; without one, ignoring case.

    At least five characters also match as a prefix. Without a match, ``suggestions``
    are the most similar names.
    """
    wanted = text.strip()
    columns = _name_columns(release)
    source = "source_id" if "source_id" in columns else "NULL AS source_id"
    conditions = ["{} = $text", "lower({}) = lower($text)"]  # the first is quick
    if len(wanted) >= _PREFIX:
        conditions.append("starts_with(lower({}), lower($text))")
    for condition in conditions:
        either = " OR ".join(condition.format(column) for column in columns)
        sql = (
            f"SELECT iauname, {source}, ra, dec FROM {release.table} WHERE {either} "
            "ORDER BY iauname LIMIT $limit"
        )
        rows = query(con, release, sql, {"text": wanted, "limit": limit}).df()
        if len(rows):
            break
    suggestions = () if len(rows) else similar_names(con, release, wanted)
    return NameSearch(rows.replace({np.nan: None}), suggestions)


def place_of(
    con: DuckDBPyConnection, release: LoadedRelease, text: str
) -> tuple[float, float]:
    """ICRS degrees of a galaxy of the release by its name, or of any typed position.

    MorphError if the text is neither; `not_found` if it can only be a name.
    """
    matches = find(con, release, plain(text), limit=1).matches
    same = {str(matches[n].iloc[0]).lower() for n in _NAMES} if len(matches) else set()
    if plain(text).lower() in same and matches["ra"].iloc[0] is not None:
        return float(matches["ra"].iloc[0]), float(matches["dec"].iloc[0])
    try:
        position = parse_position(text)
    except UnknownName as error:
        raise MorphError(not_found(release, text)) from error
    return position.ra, position.dec


def not_found(release: LoadedRelease, text: str) -> str:
    """What to say of a name that neither the release nor morph knows, without a dot."""
    return (
        f"“{plain(text)[:80]}” was not found: {release.release_id} has no galaxy of "
        "this name, and it is neither a known object nor a position. Type the name of "
        f"a galaxy of the release, or for example {TYPED}"
    )


def similar_names(
    con: DuckDBPyConnection, release: LoadedRelease, text: str
) -> tuple[str, ...]:
    """The five names and identifiers most similar to ``text``, best first."""
    union = " UNION ALL ".join(
        f"SELECT {column} AS name FROM {release.table}"
        for column in _name_columns(release)
    )
    sql = (
        "SELECT name FROM (SELECT name, jaro_winkler_similarity(lower(name), "
        f"lower($text)) AS similarity FROM ({union})) WHERE similarity >= 0.8 "
        "ORDER BY similarity DESC, name LIMIT 5"
    )
    return tuple(n for (n,) in query(con, release, sql, {"text": text}).fetchall())


def cone(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    ra: float,
    dec: float,
    radius_arcsec: float,
) -> pd.DataFrame:
    """Galaxies within a radius of a position in ICRS degrees, nearest first.

    Columns ``iauname``, ``ra``, ``dec`` (degrees) and ``separation_arcsec``. Raises
    MorphError if the position is not on the sky, or the radius not above 0 and up to
    648,000 arcsec, the whole sky.
    """
    ranges = cone_ranges(ra, dec, radius_arcsec)
    within = " OR ".join(
        f"_healpix_29 BETWEEN {int(start)} AND {int(stop) - 1}"
        for start, stop in ranges
    )
    sql = f"SELECT iauname, ra, dec FROM {release.table} WHERE {within}"
    rows = query(con, release, sql).df()
    positions = rows["ra"].to_numpy(float), rows["dec"].to_numpy(float)
    rows["separation_arcsec"] = separation_arcsec(*positions, from_ra=ra, from_dec=dec)
    near = rows[rows["separation_arcsec"] <= radius_arcsec]
    return near.sort_values(["separation_arcsec", "iauname"], ignore_index=True)


def called(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    place: NamedPlace,
    *,
    slack_arcsec: float = 1.0,
) -> list[str]:
    """The galaxies whose positions have the digits of a name, nearest first."""
    radius = place.within_arcsec + 2 * slack_arcsec
    rows = cone(con, release, place.ra, place.dec, radius)
    positions = rows["ra"].to_numpy(float), rows["dec"].to_numpy(float)
    return rows["iauname"][place.fits(*positions, slack_arcsec)].tolist()


def nearest(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    ra: float,
    dec: float,
    *,
    limit: int = 1,
    without: str = "",
) -> pd.DataFrame:
    """The ``limit`` galaxies nearest to a position, as from `cone`.

    ``without`` is the name of a galaxy to leave out.
    """
    for radius_arcsec in _RADII_ARCSEC:
        rows = cone(con, release, ra, dec, radius_arcsec)
        rows = rows[rows["iauname"] != without].head(limit)
        if len(rows) == limit:
            break
    return rows.reset_index(drop=True)


def _name_columns(release: LoadedRelease) -> list[str]:
    return [name for name in _NAMES if name in release.columns]
