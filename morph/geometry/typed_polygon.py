"""A polygon of the sky as a person types or pastes it."""

import re

from morph.errors import MorphError
from morph.geometry.sky_regions import MOST_CORNERS, SkyPolygon
from morph.sky import parse_position

_NUMBER = r"[+-]?\d+\.?\d*(?:e[+-]?\d+)?"
_PAIRS = re.compile(rf"{_NUMBER}(?:[\s,;]+{_NUMBER}){{5,}}", re.IGNORECASE)
_DS9 = re.compile(r"(?:icrs|fk5|j2000)?\s*;?\s*polygon\s*\(([^()]*)\)", re.IGNORECASE)


def typed_polygon(text: str) -> SkyPolygon:
    """The polygon of one position per line, of pairs of degrees, or of a DALI text.

    A line is anything that `morph.sky.parse_position` reads; ``polygon(...)`` of a DS9
    region file in degrees is read too. MorphError says which line is not a position.
    """
    text = text.strip()
    if found := _DS9.fullmatch(text):
        text = found[1].strip()
    if re.match(r"polygon\b", text, re.IGNORECASE):
        text = re.sub(r"^polygon\s+(?:icrs\s+)?", "", text, flags=re.IGNORECASE)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and _PAIRS.fullmatch(text):
        numbers = [float(number) for number in re.split(r"[\s,;]+", text)]
        if len(numbers) % 2:
            raise MorphError(
                f"the polygon has {len(numbers)} numbers; expected pairs of RA and Dec"
            )
        return SkyPolygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    if len(lines) < 3:
        raise MorphError(
            "the polygon needs at least three corners; type one position per line"
        )
    if len(lines) > MOST_CORNERS + 1:
        raise MorphError(
            f"the polygon has {len(lines)} corners; expected 3 to {MOST_CORNERS}"
        )
    return SkyPolygon(tuple(_corner(i, line) for i, line in enumerate(lines, start=1)))


def _corner(number: int, line: str) -> tuple[float, float]:
    try:
        position = parse_position(line)
    except MorphError as error:
        raise MorphError(f"corner {number}: {error}") from error
    return position.ra, position.dec
