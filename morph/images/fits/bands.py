"""The bands of FITS images and planes, as their headers name them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from morph.errors import MorphError
from morph.wording import printable

ORDER = ("g", "r", "i", "z")  # the bands that are used
_LETTERS = "ugrizy"
_OF_IMAGE = ("FILTER", "BAND", "BANDS", "BAND0", "FILTER1", "FILTNAM", "EXTNAME")
_LISTS = ("BANDS", "FILTERS", "FILTER", "BAND")  # the last two may be anything

Header = Mapping[str, Any]


def bands_of_planes(header: Header, number: int) -> tuple[str, ...]:
    """The bands of the planes; () if a header does not name them."""
    named = []
    for word in _LISTS:
        bands = _listed(str(header.get(word, "")).strip(), number)
        if word in _LISTS[:2] or len(bands) == number or set(bands) & set(_LETTERS):
            named += [bands] if bands else []
    for word in ("BAND", "FILTER"):
        for first in (0, 1):
            cards = [f"{word}{first + plane}" for plane in range(number)]
            if all(card in header for card in cards):
                named.append(tuple(_band(str(header[card])) for card in cards))
    if len(set(named)) > 1 or any(len(one) != number for one in named):
        raise MorphError(
            f"its header names the bands {' and '.join(listed(n) for n in named)} of "
            f"{number} planes; expected one name per plane"
        )
    return named[0] if named else ()


def _listed(text: str, number: int) -> tuple[str, ...]:
    """The bands of a list such as "grz" or "g, r, z"."""
    if re.fullmatch("[a-zA-Z]+", text) and len(text) == number:
        return tuple(text.lower())
    return tuple(_band(one) for one in re.split(r"[\s,;|/]+", text) if one)


def band_of_image(header: Header) -> str:
    """The band of an image from its header; "" if it does not say."""
    given = [_band(str(header[word])) for word in _OF_IMAGE if header.get(word)]
    known = [band for band in given if band in ORDER]
    return (known or given or [""])[0]


def _band(text: str) -> str:
    """``r`` of a filter's name such as "r DECam SDSS c0002", or the name itself."""
    words = re.split(r"[^a-z0-9]+", text.lower())
    bands = [word[0] for word in words if re.fullmatch(f"[{_LETTERS}][ps]?", word)]
    return bands[0] if len(bands) == 1 else printable(text).strip()[:20]


def listed(words: Iterable[str]) -> str:
    """Bands in a sentence."""
    return ", ".join(word or "unnamed" for word in words)
