"""The two coordinates in the syntax of a program: DS9, STC-S, astropy, JSON."""

import re
from collections.abc import Sequence

from morph.errors import MorphError
from morph.sky.angles import with_unit

_FRAME = r"(?:icrs|icrf|fk5|j2000)"
_REGION = re.compile(
    rf"(?:({_FRAME}) ?;? ?)?(?:circle|ellipse|box|point|annulus|cone)\b"
    rf" ?\(? ?(?:[\"']?({_FRAME})[\"']?[, ] ?)?([-+\d.][^()]*)(?:\).*)?"
)
_SKY_SIGNS = re.compile(r"[\"':]|\d[dh°]")  # pixel coordinates have none of them
_PRINTED = re.compile(
    r"\(ra, ?dec(?:, ?\w+)?\) ?in ?\(?(deg|rad|hourangle)\b[^()\[]*\)? ?\(([^()]+)\)"
)
_CALL = re.compile(r"(?:\w+ ?= ?)?(?:\w+\.)*skycoord ?\((.*)\)")
_UNITS = re.compile(r", ?unit ?= ?(\([^()]*\)|\[[^\]]*\]|\"[^\"]*\"|'[^']*'|[\w.]+)")
_KEYWORD = re.compile(r", ?(?:frame|equinox|obstime) ?= ?[\"']?[\w.]+[\"']?")
_KEY = r"[\"'](?:\w+_)?{}[\"'] ?: ?(?:\"([^\"]*)\"|'([^']*)'|([-+.\de]+))"
_KEYS = [
    re.compile(_KEY.format(f"{name}(?:_?(?:j2000|icrs|deg))?"))
    for name in ("ra", "dec?")
]


def from_program(lower: str) -> str | None:
    """The coordinates, "RA, Dec", of a text in lower case; None in no known syntax.

    MorphError if a region may be in pixels, or several positions are given.
    """
    if found := _REGION.fullmatch(lower):
        return _of_region(lower, *found.groups())
    if found := _PRINTED.search(lower):
        return _pair(found[2].split(","), [found[1]] * 2)
    if found := _CALL.fullmatch(lower):
        return _of_call(found[1])
    keyed = [key.findall(lower) for key in _KEYS]
    if not all(keyed):
        return None
    if max(map(len, keyed)) > 1:
        raise MorphError(f"{lower[:80]!r} has several positions; enter one")
    return ", ".join("".join(groups) for (groups,) in keyed)


def _of_region(text: str, before: str, inside: str, arguments: str) -> str | None:
    if not (before or inside or _SKY_SIGNS.search(arguments)):
        raise MorphError(
            f"{text[:80]!r} may be in pixels; write the frame first, as in fk5; "
            'circle(184.675, 11.7318, 5")'
        )
    values = re.split(r" ?, ?" if "," in arguments else " ", arguments)
    return ", ".join(values[:2]) if len(values) > 1 else None


def _of_call(arguments: str) -> str | None:
    """The coordinates of ``SkyCoord(184.675, 11.7318, unit="deg")``."""
    found = _UNITS.search(arguments)
    units = re.findall(r"deg|hour|rad", found[1]) if found else []
    bare = _KEYWORD.sub("", _UNITS.sub("", arguments))
    bare = re.sub(r" ?\* ?(?:\w+\.)?(deg|hour|rad)\w*", r" \1", bare)
    values = [re.sub(r"^(?:ra|dec) ?= ?|[\"']", "", v.strip()) for v in bare.split(",")]
    if len(values) > 1:
        return _pair(values, units)
    both = re.fullmatch(r"(\S+) (\S+)", values[0])
    if both:
        return _pair(list(both.groups()), units)
    return values[0] if units in ([], ["hour", "deg"]) else None


def _pair(values: Sequence[str], units: Sequence[str]) -> str | None:
    """Two coordinates in the units given, or the one unit of both."""
    if len(values) < 2:
        return None
    if not units:
        return ", ".join(values[:2])
    ra, dec = (
        with_unit(value.strip(), unit[0])
        for value, unit in zip(values[:2], [units[0], units[-1]], strict=True)
    )
    return f"{ra}, {dec}"
