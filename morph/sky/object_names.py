"""Places of NGC, IC, Messier and other well-known objects, without the internet.

They come with PyOngc, which holds the OpenNGC catalogue (CC BY-SA 4.0).
"""

import re
from typing import NamedTuple

import numpy as np

_CATALOGUE = re.compile(
    r"(messier|hickson|eso|hcg|leda|mcg|ngc|pgc|ugca?|ic|m|n)[ _-]?0*([\d+-].*)", re.I
)
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


def known(text: str) -> KnownObject | None:
    """The object of this name, or of two, as in "NGC 5194 (M51)".

    None if it is unknown, or several have the name.
    """
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
        one = ongc.get(f"{_SPELT.get(catalogue, catalogue)}{number}")
        objects = [one] if one else []
    else:
        objects = _commonly_called(ongc, text)
    if len(objects) != 1 or objects[0].rad_coords is None:
        return None
    ra, dec = np.degrees(objects[0].rad_coords).tolist()
    name = re.sub(r"([A-Z])0*(\d)", r"\1 \2", objects[0].name, count=1)
    return KnownObject(ra, dec, f"{name} in OpenNGC")


def _commonly_called(ongc, name: str) -> list:
    """Objects with this common name, with or without "galaxy" or "nebula"."""
    wanted = _bare(name)
    part = max(wanted.split("'"), key=len)  # the search knows no apostrophes
    return [
        found
        for found in ongc.listObjects(cname=part)
        if any(_bare(one) == wanted for one in found.identifiers[3] or ())
    ]


def _bare(name: str) -> str:
    return re.sub(
        r"^the | (?:galaxy|galaxies|nebula|cluster)$", "", name.lower()
    ).strip()
