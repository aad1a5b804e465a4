"""Images of galaxies for print: groups under titles, names, scale bars, credit."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from morph.figures.in_print.sheet import MM, POINT, TALLEST, Sheet

_SIDE = 29.0  # mm, about, of an image
_GAP = 1.0  # mm, between images
_APART = 4.0  # mm, between groups side by side
_EDGE = 1.0  # mm
_LINE = 1.45  # height of a line, in letters
_BARS = (1, 2, 5, 10, 20, 30, 60, 120)  # arcsec
_NAME = 0.62  # letters of a name, so that it is no wider than its image


@dataclass(frozen=True)
class Pictured:
    """One galaxy: (H, W, 3) 8-bit pixels, north up, or None; ``pixel`` in arcsec."""

    name: str
    pixels: np.ndarray | None
    pixel: float | None = None


@dataclass(frozen=True)
class PictureGroup:
    """Galaxies under one title."""

    title: str
    pictures: Sequence[Pictured]


_Piece = tuple[bool, list[tuple[str, Sequence[Pictured]]]]


def pages(
    rows: Sequence[Sequence[PictureGroup]], on: Sheet, credit: str
) -> list[Figure]:
    """Groups in rows, each as wide as the others; a new page where one is full.

    Every image has all its pixels, the galaxy's name, and a bar of a rounded length.
    ``credit`` is the last line of each page.
    """
    letters = on.letters * _LINE * POINT / MM
    across = max(len(row) for row in rows)
    room = (on.width - 2 * _EDGE - (across - 1) * _APART) / across
    each = max(1, round((room + _GAP) / (_SIDE + _GAP)))
    side = (room + _GAP) / each - _GAP
    pieces = list(_pieces(rows, each))
    line = side + _NAME * letters + _GAP
    heights = [line + (letters if first else 0) for first, _ in pieces]
    made, below = [], letters + _EDGE
    for piece_numbers in _filled(heights, TALLEST - below):
        height = sum(heights[i] for i in piece_numbers) + below
        page = on.empty(height)
        top = height - _EDGE / 2
        for i in piece_numbers:
            first, strips = pieces[i]
            for column, (title, strip) in enumerate(strips):
                left = _EDGE + column * (room + _APART)
                if first:
                    _write(page, left, top - 0.2 * letters, title, va="top")
                high = top - (letters if first else 0)
                for number, picture in enumerate(strip):
                    place = left + number * (side + _GAP)
                    _picture(page, picture, place, high - side, side, on)
            top -= heights[i]
        _write(page, _EDGE, _EDGE, credit, va="bottom", size=0.75 * on.letters)
        made.append(page)
    return made


def _pieces(rows: Sequence[Sequence[PictureGroup]], each: int) -> Iterator[_Piece]:
    """Lines of images: whether titles are above, and title and images by group."""
    for row in rows:
        parts = [_strips(group.pictures, each) for group in row]
        for number, strips in enumerate(itertools.zip_longest(*parts, fillvalue=())):
            titles = [group.title for group in row]
            yield number == 0, list(zip(titles, strips, strict=True))


def _strips(pictures: Sequence[Pictured], each: int) -> list[Sequence[Pictured]]:
    return [pictures[first : first + each] for first in range(0, len(pictures), each)]


def _filled(heights: Sequence[float], room: float) -> list[list[int]]:
    """Numbers of the lines on each page."""
    found, used = [[]], 0.0
    for number, height in enumerate(heights):
        if found[-1] and used + height > room:
            found.append([])
            used = 0.0
        found[-1].append(number)
        used += height
    return found


def _write(page: Figure, x: float, y: float, text: str, **style: object) -> None:
    width, height = page.get_size_inches()
    page.text(x * MM / width, y * MM / height, text, **style)


def _picture(
    page: Figure, picture: Pictured, left: float, low: float, side: float, on: Sheet
) -> None:
    width, height = page.get_size_inches() / MM
    place = (left / width, low / height, side / width, side / height)
    axes = page.add_axes(place, label=f"{picture.name} {left} {low}")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(picture.name, size=_NAME * on.letters, labelpad=2)
    if picture.pixels is None:
        axes.text(0.5, 0.5, "no image", ha="center", va="center", color="0.4")
        return
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.imshow(picture.pixels, interpolation="none")
    if picture.pixel:
        _bar(axes, picture.pixels.shape[1], picture.pixel, on)


def _bar(axes: Axes, size: int, pixel: float, on: Sheet) -> None:
    """A bar of at most a third of the image, and its length in arcsec."""
    length = max([b for b in _BARS if b <= size * pixel / 3], default=_BARS[0])
    x, y = 0.06 * size, 0.93 * size
    axes.plot([x, x + length / pixel], [y, y], color="white", linewidth=0.9)
    axes.text(x, y - 0.03 * size, f"{length}″", color="white", size=0.7 * on.letters)
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
