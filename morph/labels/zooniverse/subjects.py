"""Which galaxies the subjects of a project are: by name, by survey id, by position."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.sky.angles import on_sky, wrapped
from morph.sky.cross_match import cross_match
from morph.sky.galaxy_names import iauname_from_position
from morph.tables.table_child import spelling

RADIUS_ARCSEC = 1.0
_NAMES = ("iauname", "iau", "galaxyname", "name", "galaxy")
_PAIRS = (
    ("ra", "dec"),
    ("raj2000", "dej2000"),
    ("raj2000", "decj2000"),
    ("radeg", "decdeg"),
    ("ramean", "decmean"),
    ("rightascension", "declination"),
)


@dataclass(frozen=True)
class KnownGalaxies:
    """The galaxies to which subjects are matched; positions in degrees, ICRS."""

    iauname: np.ndarray  # (N,) object array of str
    ra: np.ndarray
    dec: np.ndarray


@dataclass(frozen=True)
class Named:
    """The galaxy of each subject, and why others have none."""

    iauname: Mapping[str, str]  # by subject
    elsewhere: Mapping[str, str]  # subject -> its galaxy, which is not among the known
    unknown: Mapping[str, str]  # subject -> why it is not known which galaxy it is


def known_in(con: DuckDBPyConnection, release: LoadedRelease) -> KnownGalaxies:
    """The galaxies of a loaded release."""
    sql = f"SELECT iauname, ra, dec FROM {release.table}"
    columns = query(con, release, sql).fetchnumpy()
    ra, dec = (np.ma.filled(columns[c].astype(float), np.nan) for c in ("ra", "dec"))
    return KnownGalaxies(np.asarray(columns["iauname"], object), ra, dec)


def named(stated: Mapping[str, Mapping[str, str]], known: KnownGalaxies) -> Named:
    """Match subjects, by what was stated of each, to galaxies.

    A subject is the galaxy of its name, else the one nearest to its position within
    `RADIUS_ARCSEC`; where the two are different galaxies, it is neither. A subject
    that is none of the known galaxies keeps its name, or one made of its position.
    """
    names = set(known.iauname.tolist())
    found: dict[str, str] = {}
    elsewhere: dict[str, str] = {}
    unknown: dict[str, str] = {}
    subjects = list(stated)
    own = {subject: _name(stated[subject]) for subject in subjects}
    places = {subject: _place(stated[subject]) for subject in subjects}
    placed = [subject for subject in subjects if places[subject] is not None]
    at = _nearest(placed, places, known)
    for subject in subjects:
        name, place, near = own[subject], places[subject], at.get(subject)
        if name in names and near not in (None, name):
            unknown[subject] = (
                f"its name is that of {name}, its position that of {near}"
            )
        elif name in names or near:
            found[subject] = name if name in names else str(near)
        elif name:
            elsewhere[subject] = name
        elif place is not None:
            ra, dec = np.array([place]).T
            elsewhere[subject] = str(iauname_from_position(ra, dec)[0])
        else:
            listed = ", ".join(sorted(stated[subject])[:6]) or "nothing"
            unknown[subject] = (
                "its metadata has neither iauname nor ra and dec, but " + listed
            )
    return Named(found, elsewhere, unknown)


def _by_spelling(stated: Mapping[str, str]) -> dict[str, str]:
    """Values by plain keys; "#" and "!" before a key only hide or show it."""
    return {spelling(key): value for key, value in reversed(list(stated.items()))}


def _name(stated: Mapping[str, str]) -> str:
    plain = _by_spelling(stated)
    return next((plain[key] for key in _NAMES if plain.get(key)), "")[:80]


def _place(stated: Mapping[str, str]) -> tuple[float, float] | None:
    """RA and Dec in degrees, if both are there and on the sky."""
    plain = _by_spelling(stated)
    for east, north in _PAIRS:
        try:
            ra, dec = float(plain[east]), float(plain[north])
        except (KeyError, ValueError):
            continue
        if on_sky(ra, dec):
            return wrapped(ra), dec
    return None


def _nearest(
    subjects: list[str],
    places: Mapping[str, tuple[float, float] | None],
    known: KnownGalaxies,
) -> dict[str, str]:
    """The one galaxy within `RADIUS_ARCSEC` of each subject."""
    if not subjects or not len(known.iauname):
        return {}
    ra, dec = np.array([places[subject] for subject in subjects], dtype=float).T
    pairs = cross_match((ra, dec), (known.ra, known.dec), radius_arcsec=RADIUS_ARCSEC)
    order = np.argsort(pairs.separation_arcsec, kind="stable")[::-1]
    return {
        subjects[a]: str(known.iauname[b])
        for a, b in zip(pairs.a[order], pairs.b[order], strict=True)
    }
