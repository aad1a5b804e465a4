"""Rows of a list whose name, identifier and position are of different galaxies."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.catalogue.find_galaxy import NEAR_ARCSEC
from morph.sky import separation_arcsec
from morph.sky.designations import NamedPlace
from morph.sky.object_names import KnownObject
from morph.subsets.match_positions import Places
from morph.wording import angle

# Of 7,884 galaxies of a Galaxy Zoo DECaLS table, the digits of 8 names are farther from
# the position: catalogues disagree on the centre of a large galaxy.
FAR_ARCSEC = 30.0
_DIGITS = "the digits of the name are {}"


@dataclass(frozen=True)
class Evidence:
    """What each part of a list's rows says; attempts as in `match_attempts`."""

    names: pd.DataFrame
    ids: pd.DataFrame
    named: Mapping[int, NamedPlace]  # of rows whose name is no galaxy's
    objects: Mapping[int, KnownObject]  # of rows whose object is no galaxy's
    places: Places
    at: pd.DataFrame  # by position


def apart_arcsec(attempt: pd.DataFrame, places: Places) -> pd.Series:
    """Distances of galaxies from the positions given; NaN if either is unknown."""
    known = attempt[attempt["state"] == "matched"]
    here = places.ra[known.index], places.dec[known.index]
    ra, dec = known["ra"].to_numpy(float), known["dec"].to_numpy(float)
    apart = separation_arcsec(ra, dec, from_ra=here[0], from_dec=here[1])
    return pd.Series(apart, known.index, dtype=float)


def conflicts(given: Evidence, radius_arcsec: float) -> pd.DataFrame:
    """The rows in conflict, with the galaxy of the name or identifier, and why."""
    found = [
        *_names_and_ids(given.names, given.ids),
        *_far(given, given.names, radius_arcsec),
        *_far(given, given.ids, radius_arcsec),
        *_elsewhere(given, radius_arcsec),
    ]
    columns = ["row", "iauname", "by", "separation_arcsec", "reason"]
    table = pd.DataFrame(found, columns=columns)
    reasons = table.groupby("row")["reason"].agg("; ".join)
    first = table.drop_duplicates("row").set_index("row").assign(state="conflict")
    return first.assign(reason=reasons).sort_index()


def _names_and_ids(names: pd.DataFrame, ids: pd.DataFrame) -> list[tuple]:
    both = [
        attempt.loc[attempt["state"] == "matched", "iauname"]
        for attempt in (names, ids)
    ]
    name, by_id = both[0].align(both[1], join="inner")
    by, words = names["by"], "the source_id is that of {}"
    return [
        (row, one, by[row], np.nan, words.format(by_id[row]))
        for row, one in name[name != by_id].items()
    ]


def _far(given: Evidence, attempt: pd.DataFrame, radius_arcsec: float) -> list[tuple]:
    """Galaxies of names or identifiers that are not at the position given."""
    apart = apart_arcsec(attempt, given.places)
    apart = apart[apart > radius_arcsec]
    near = given.at["iauname"].reindex(apart.index, fill_value="")
    wrong = (apart > max(radius_arcsec, FAR_ARCSEC)) | (near != "")
    rows = []
    for row, arcsec in apart[wrong].items():
        where = "where there is no galaxy"
        if near[row]:
            where = f"which is that of {near[row]}"
        name, by = attempt.loc[row, ["iauname", "by"]]
        far = f"{angle(arcsec)} from the position, {where}"
        reason = f"the galaxy with that {by} is {far}"
        rows.append((row, name, by, arcsec, reason))
    return rows


def _elsewhere(given: Evidence, radius_arcsec: float) -> list[tuple]:
    """Names that are no galaxy's, with the digits or the object of another place."""
    places = [
        (row, place.ra, place.dec, place.within_arcsec, "digits of the name", _DIGITS)
        for row, place in given.named.items()
    ]
    places += [
        (row, one.ra, one.dec, NEAR_ARCSEC, "object name", f"{one.words} is {{}}")
        for row, one in given.objects.items()
    ]
    if not places:
        return []
    rows, ra, dec, within, by, words = (np.array(x) for x in zip(*places, strict=True))
    here = {"from_ra": given.places.ra[rows], "from_dec": given.places.dec[rows]}
    apart = separation_arcsec(ra, dec, **here)
    far = np.flatnonzero(apart > within + max(radius_arcsec, FAR_ARCSEC))
    return [
        (
            int(rows[i]),
            "",
            str(by[i]),
            float(apart[i]),
            words[i].format(angle(apart[i])) + " from the position",
        )
        for i in far
    ]
