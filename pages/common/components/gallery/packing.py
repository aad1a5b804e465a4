"""Tiles of a gallery, and the short form in which a browser gets them.

Each change of the selection sends a page of them: what they share is sent once,
fractions with seven digits, and the ends of intervals, which are only drawn, with four.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

_NAME = "\0"  # stands for a tile's own iauname, as in addresses


@dataclass(frozen=True)
class Bar:
    """One probability drawn as a bar, with an interval if known."""

    words: str
    probability: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Tile:
    """One galaxy: the URL of its image, if any, and its texts."""

    iauname: str
    picture: str | None
    link: str  # opens in a new tab with the middle button or Ctrl
    caption: Bar | None
    bars: tuple[Bar, ...] = ()  # shown in place of a missing image
    place: str = ""  # right ascension and declination, shown on hover and focus
    note: str = ""  # a few words under the image
    # More names and values: the first under the caption, the rest on hover and focus.
    values: tuple[tuple[str, str], ...] = ()


def packed(tiles: Sequence[Tile]) -> dict[str, Any]:
    """Texts, and a row for each tile with their positions; `unpacked` of `gallery.js`.

    A row has the iauname, place, note, picture, link, caption and bars; where there are
    values, also their names, one a line, and each value.
    """
    texts: dict[str, int] = {}

    def text(one: str | None, name: str = "") -> int | None:
        if one is None:
            return None
        if name:
            one = one.replace(quote(name, safe=""), _NAME)
        return texts.setdefault(one, len(texts))

    def bar(one: Bar | None) -> list[float | None] | None:
        if one is None:
            return None
        ends = () if one.low is None else (one.low, one.high)
        short = (float(f"{end:.7g}") for end in ends)
        return [text(one.words), float(f"{one.probability:.7g}"), *short]

    rows = [
        [
            tile.iauname,
            tile.place,
            text(tile.note),
            text(tile.picture, tile.iauname),
            text(tile.link, tile.iauname),
            bar(tile.caption),
            [bar(one) for one in tile.bars],
            *_values(tile, text),
        ]
        for tile in tiles
    ]
    return {"texts": list(texts), "rows": rows}


def _values(tile: Tile, text: Callable[[str], int | None]) -> list[int | str | None]:
    """The text of their names, which all tiles of a page share, and the values."""
    if not tile.values:
        return []
    names, values = zip(*tile.values, strict=True)
    return [text("\n".join(names)), *values]
