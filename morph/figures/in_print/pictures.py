"""Images of galaxies for print: groups under titles, names, scale bars, credit."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from morph.figures.in_print.letters import wrapped
from morph.figures.in_print.sheet import MM, POINT, Sheet

_SIDE = 29.0  # mm, about, of an image
_GAP = 1.0  # mm, between images
_APART = 4.0  # mm, between groups side by side
_EDGE = 1.0  # mm
_LINE = 1.45  # height of a line, in letters
_BARS = (1, 2, 5, 10, 20, 30, 60, 120)  # arcsec
_CREDIT = 0.75  # letters of the credit
_NAME = 0.62  # letters of a name, so that it is no wider than its image


@dataclass(frozen=True)
class Pictured:
    """One galaxy: (H, W) or (H, W, 3) 8-bit pixels, north up; ``pixel`` in arcsec.

    Pixels are None without an image, ``pixel`` is None at an unknown scale.
    """

    name: str
    pixels: np.ndarray | None
    pixel: float | None = None
    note: str = ""  # below the name


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

    Every image has all its pixels, the galaxy's name and note, and a bar of a rounded
    length.
    ``credit`` is below the images of each page.
    """
    letters = on.letters * _LINE * POINT / MM
    notes = wrapped(credit, on.width - 2 * _EDGE, _CREDIT * on.letters)
    across = max(len(row) for row in rows)
    room = (on.width - 2 * _EDGE - (across - 1) * _APART) / across
    each = max(1, round((room + _GAP) / (_SIDE + _GAP)))
    side = (room + _GAP) / each - _GAP
    pieces = list(_pieces(rows, each))
    noted = any(one.note for row in rows for g in row for one in g.pictures)
    line = side + (2 if noted else 1) * _NAME * letters + _GAP
    heights = [line + (letters if first else 0) for first, _ in pieces]
    made, below = [], len(notes) * _CREDIT * letters + 2 * _EDGE
    for piece_numbers in _filled(heights, on.tallest - below):
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
                for number, one in enumerate(strip):
                    place = left + number * (side + _GAP)
                    _named(page, one, place, high - side, side, on)
            top -= heights[i]
        for number, text in enumerate(reversed(notes)):
            high = _EDGE + number * _CREDIT * letters
            _write(page, _EDGE, high, text, va="bottom", size=_CREDIT * on.letters)
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


def _named(
    page: Figure, one: Pictured, left: float, low: float, side: float, on: Sheet
) -> None:
    axes = picture(page, one, (left, low, side), on)
    below = f"{one.name}\n{one.note}" if one.note else one.name
    axes.set_xlabel(below, size=_NAME * on.letters, labelpad=2, linespacing=1.1)


def picture(
    page: Figure,
    one: Pictured,
    place: tuple[float, float, float],
    on: Sheet,
    field_arcsec: float | None = None,
    dark: bool = True,
) -> Axes:
    """All pixels of an image as they are, and a scale bar where their scale is known.

    ``place`` is left, low and side in mm. The axes are in arcsec from the centre (in
    pixels at an unknown scale), ``field_arcsec`` wide or as the image is. What is drawn
    on an image that is not ``dark`` is black.
    """
    width, height = page.get_size_inches() / MM
    left, low, side = place
    box = (left / width, low / height, side / width, side / height)
    axes = page.add_axes(box, label=f"{one.name} {left} {low}")
    axes.set_xticks([])
    axes.set_yticks([])
    if one.pixels is None:
        axes.text(0.5, 0.5, "no image", ha="center", va="center", color="0.4")
        return axes
    for spine in axes.spines.values():
        spine.set_visible(False)
    half = one.pixels.shape[1] * (one.pixel or 1.0) / 2
    edges, shades = (-half, half, -half, half), {"cmap": "gray", "vmin": 0, "vmax": 255}
    axes.imshow(one.pixels, extent=edges, interpolation="none", **shades)
    limit = half if field_arcsec is None else field_arcsec / 2
    if one.pixel:
        _bar(axes, 2 * limit, on, "white" if dark else "black")
    axes.set_xlim(-limit, limit)
    axes.set_ylim(-limit, limit)
    return axes


def _bar(axes: Axes, field: float, on: Sheet, ink: str) -> None:
    """A bar of at most a third of the field, and its length in arcsec."""
    length = max([b for b in _BARS if b <= field / 3], default=_BARS[0])
    x, y = -0.44 * field, -0.43 * field
    axes.plot([x, x + length], [y, y], color=ink, linewidth=0.9)
    axes.text(x, y + 0.03 * field, f"{length}″", color=ink, size=0.7 * on.letters)
