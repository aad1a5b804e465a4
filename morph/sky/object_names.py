"""Places of NGC, IC, Messier and other well-known objects, without the internet.

They come with PyOngc, which holds the OpenNGC catalogue (CC BY-SA 4.0).
"""

import re
from collections import defaultdict
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

_CATALOGUE = re.compile(
    r"(messier|hickson|eso|hcg|leda|mcg|ngc|pgc|ugca?|ic|m|n)[ _-]?0*([\d+-].*)", re.I
)
_IN_FULL = re.compile(  # not N 5 and M 5, which are labels too
    r"(?:messier|hickson|eso|hcg|leda|mcg|ngc|pgc|ugca?|ic)[ _-]?[+-]?\d{1,8}"
    r"(?:-g?\d{1,4}){0,2}(?: ?ned ?\d+| ?[a-z]{1,2})?",
    re.I,
)
_LONGEST = 100  # characters
_COMMON = re.compile(r"[a-z][a-z' -]{3,40}", re.I)
_SPELT = {"messier": "M", "hickson": "HCG", "n": "NGC"}
_NOT_IN_OPENNGC = {  # common names that it lacks
    "antennae": "NGC4038",
    "centaurus a": "NGC5128",
    "fornax a": "NGC1316",
    "perseus a": "NGC1275",
    "pinwheel": "M101",
    "virgo a": "M87",
}
_TWO_NAMES = re.compile(r"([^()=]+?) ?[(=] ?([^()=]+)\)?")


class KnownObject(NamedTuple):
    """A well-known object and its place in ICRS degrees."""

    ra: float
    dec: float
    words: str


@lru_cache(maxsize=1 << 16)
def known(text: str) -> KnownObject | None:
    """The object of this name, or of two, as in "NGC 5194 (M51)".

    None if it is unknown, or several have the name.
    """
    if len(text) > _LONGEST:
        return None
    if found := _TWO_NAMES.fullmatch(text):
        first, second = map(known, found.groups())
        return first if first == second else None
    if not (_CATALOGUE.fullmatch(text) or _COMMON.fullmatch(text)):
        return None
    try:
        from pyongc import ongc
    except ImportError:  # without it, only coordinates and J names are places
        return None
    if found := _CATALOGUE.fullmatch(_NOT_IN_OPENNGC.get(_bare(text), text)):
        catalogue, number = found[1].lower(), found[2]
        name = f"{_SPELT.get(catalogue, catalogue)}{number}"
        one = ongc.get(name) if _numbers_in(name) in _numbers() else None
        objects = [one] if one else []
    else:
        names = _by_common_name().get(_bare(text), [])
        objects = [ongc.Dso(name, returndup=True) for name in names]
    if len(objects) != 1 or objects[0].rad_coords is None:
        return None
    ra, dec = np.degrees(objects[0].rad_coords).tolist()
    name = re.sub(r"([A-Z])0*(\d)", r"\1 \2", objects[0].name, count=1)
    return KnownObject(ra, dec, f"{name} in OpenNGC")


def is_catalogue_name(text: str) -> bool:
    """Whether a text has the form of "NGC 4258", whatever the number."""
    return len(text) <= _LONGEST and _IN_FULL.fullmatch(text) is not None


@cache
def _objects() -> pd.DataFrame:
    from pyongc import data

    return data.all()[["name", "identifiers", "commonnames"]].fillna("")


@cache
def _numbers() -> frozenset[tuple[str, ...]]:
    """The numbers in the names of all objects: a list may have a million others."""
    objects = _objects()
    names = [*objects["name"], *",".join(objects["identifiers"]).split(",")]
    return frozenset(map(_numbers_in, names))


def _numbers_in(name: str) -> tuple[str, ...]:
    return tuple(number.lstrip("0") for number in re.findall(r"\d+", name))


@cache
def _by_common_name() -> dict[str, list[str]]:
    """Names of the objects with each common name, without "galaxy" or "nebula"."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, common in _objects()[["name", "commonnames"]].itertuples(index=False):
        for bare in {_bare(one) for one in common.split(",") if one}:
            found[bare].append(name)
    return dict(found)


def _bare(name: str) -> str:
    return re.sub(
        r"^the | (?:galaxy|galaxies|nebula|cluster)$", "", name.lower()
    ).strip()
