"""Attempts to match rows of a list: by text, position, object, digits of a name.

An attempt is a table with the columns of `UNTRIED`, one row per row of the list that
could be tried.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.find_galaxy import NEAR_ARCSEC
from morph.catalogue.release_table import LoadedRelease, query
from morph.catalogue.workspace import registered
from morph.errors import MorphError
from morph.sky.designations import NamedPlace, named_place
from morph.sky.object_names import KnownObject
from morph.sky.plain_text import plain
from morph.sky.typed_position import is_object_name, known_object
from morph.subsets.match_positions import Places
from morph.subsets.nearby_galaxies import Galaxies
from morph.wording import angle

UNTRIED = {
    "state": "unmatched",
    "iauname": "",
    "by": "",
    "separation_arcsec": np.nan,
    "reason": "",
    "ra": np.nan,  # of the galaxy, degrees
    "dec": np.nan,
}


def untried(index: pd.Index) -> pd.DataFrame:
    """The outcome of rows that no attempt has been made at."""
    texts = dict.fromkeys(("state", "iauname", "by", "reason"), object)
    return pd.DataFrame(UNTRIED, index=index).astype(texts)


def after(outcome: pd.DataFrame, attempt: pd.DataFrame) -> pd.DataFrame:
    """The outcome after one more attempt at rows; reasons are joined."""
    before, reason = outcome.loc[attempt.index, "reason"], attempt["reason"]
    both = (reason != "") & (before != "")
    reason = np.where(both, before + "; " + reason, reason)
    changed = outcome.copy()
    changed.loc[attempt.index] = attempt.assign(reason=reason)
    return changed


def by_text(
    con: DuckDBPyConnection, release: LoadedRelease, column: str, texts: pd.Series
) -> pd.DataFrame:
    """Match rows by name or identifier, ignoring case."""
    texts = texts[texts != ""]
    outcome = untried(texts.index)
    if column not in release.columns:
        return outcome.assign(reason=f"{release.release_id} has no {column}")
    galaxies = _galaxies_called(con, release, texts, column).reindex(texts.index)
    number = galaxies["galaxies"].fillna(0).astype(int)
    one_or_more = [number == 1, number > 1]
    several = number.astype(str) + f" galaxies with that {column}"
    none = f"no galaxy with that {column}"
    return outcome.assign(
        state=np.select(one_or_more, ["matched", "ambiguous"], "unmatched"),
        iauname=galaxies["iauname"].fillna("").astype(object),
        by=np.where(number > 0, column, ""),
        reason=np.select(one_or_more, ["", several], none),
        ra=galaxies["ra"],
        dec=galaxies["dec"],
    )


def _galaxies_called(
    con: DuckDBPyConnection, release: LoadedRelease, texts: pd.Series, column: str
) -> pd.DataFrame:
    """One galaxy, and their number, for each index of ``texts`` that has any."""
    sql = f"""
        SELECT row, min(iauname) AS iauname, count(*) AS galaxies,
            min(ra) AS ra, min(dec) AS dec
        FROM given_texts JOIN {release.table} ON lower("{column}") = lower(text)
        GROUP BY row
    """
    rows, names = pa.array(texts.index, pa.int64()), pa.array(texts, pa.string())
    with registered(con, "given_texts", pa.table({"row": rows, "text": names})):
        return query(con, release, sql).df().set_index("row")


def by_position(
    galaxies: Galaxies, places: Places, tried: pd.Series, radius_arcsec: float
) -> pd.DataFrame:
    """Match rows by the only galaxy within the radius."""
    known = np.isfinite(places.ra) & tried.to_numpy()
    wrong = (places.reason != "") & tried.to_numpy()
    outcome = untried(tried.index[known | wrong])
    outcome.loc[tried.index[wrong], "reason"] = places.reason[wrong]
    if not known.any():
        return outcome
    rows = tried.index[known]
    nearest = galaxies.nearest_two(places.ra[known], places.dec[known])
    if nearest is None:
        outcome.loc[rows, "reason"] = f"{galaxies.release.release_id} has no positions"
        return outcome
    apart = nearest.separation_arcsec
    near = apart <= radius_arcsec
    two = near & (nearest.second_arcsec <= radius_arcsec)
    away = [f"the nearest galaxy is {angle(arcsec)} away" for arcsec in apart]
    several = f"several galaxies within {radius_arcsec:g} arcsec"
    outcome.loc[rows] = untried(rows).assign(
        state=np.select([two, near], ["ambiguous", "matched"], "unmatched"),
        iauname=np.where(near, nearest.iauname, ""),
        by=np.where(near, "position", ""),
        separation_arcsec=np.where(near, apart, np.nan),
        reason=np.select([two, near], [several, ""], away),
    )
    return outcome


def by_digits(
    galaxies: Galaxies, named: Mapping[int, NamedPlace], radius_arcsec: float
) -> pd.DataFrame:
    """Match rows by the only galaxy whose position has the digits of the name."""
    outcome = untried(pd.Index(list(named), dtype=int))
    if not named:
        return outcome
    found = galaxies.called([*named.values()], radius_arcsec).set_index(outcome.index)
    number = found["galaxies"]
    one_or_more = [number == 1, number > 1]
    several = number.astype(str) + " galaxies match the digits of the name"
    return outcome.assign(
        state=np.select(one_or_more, ["matched", "ambiguous"], "unmatched"),
        iauname=found["iauname"],
        by=np.where(number > 0, "digits of the name", ""),
        separation_arcsec=found["separation_arcsec"],
        reason=np.select(
            one_or_more, ["", several], "no galaxy matches the digits of the name"
        ),
    )


def by_object(galaxies: Galaxies, named: Mapping[int, KnownObject]) -> pd.DataFrame:
    """Match rows to the galaxy nearest to the object named, as the search field does.

    The reason of a match tells the object, and that another galaxy is near it.
    """
    outcome = untried(pd.Index(list(named), dtype=int))
    if not named:
        return outcome
    ra, dec, words = zip(*named.values(), strict=True)
    nearest = galaxies.nearest_two(np.array(ra), np.array(dec))
    if nearest is None:
        return outcome.assign(reason=f"{galaxies.release.release_id} has no positions")
    apart, second = nearest.separation_arcsec, nearest.second_arcsec
    near = apart <= NEAR_ARCSEC
    also = [f"; another galaxy is {angle(arcsec)} away" for arcsec in second]
    away = [f"; its nearest galaxy is {angle(arcsec)} away" for arcsec in apart]
    more = np.select([near & (second <= NEAR_ARCSEC), near], [also, ""], away)
    return outcome.assign(
        state=np.where(near, "matched", "unmatched"),
        iauname=np.where(near, nearest.iauname, ""),
        by=np.where(near, "object name", ""),
        separation_arcsec=np.where(near, apart, np.nan),
        reason=[f"{one}{rest}" for one, rest in zip(words, more, strict=True)],
        ra=np.where(near, nearest.ra, np.nan),
        dec=np.where(near, nearest.dec, np.nan),
    )


def known_objects(texts: pd.Series) -> dict[int, KnownObject]:
    """The well-known objects that names are of, of the rows whose name is of one."""
    objects = {text: known_object(text) for text in texts.unique()}
    return {row: objects[text] for row, text in texts.items() if objects[text]}


def without_object(texts: pd.Series) -> pd.Index:
    """The rows whose name has the form of "NGC 4258", but is of no object."""
    return texts.index[[is_object_name(text) for text in texts]]


def named_places(texts: pd.Series) -> dict[int, NamedPlace]:
    """The places that names give, of the rows whose name gives one."""
    found = {row: _named(text) for row, text in texts[texts != ""].items()}
    return {row: place for row, place in found.items() if place}


def _named(text: str) -> NamedPlace | None:
    try:
        return named_place(plain(text))
    except MorphError:
        return None
