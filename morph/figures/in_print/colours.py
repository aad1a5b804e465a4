"""Colours of the pages as matplotlib has them, on white paper."""

import re

from matplotlib.colors import to_rgba

from morph.figures.style import ACCENT

_RGBA = re.compile(r"rgba?\(([^)]*)\)")
# As the light theme, with greys that do not vanish in print.
_NAMED = {
    "text": "#000000",
    "muted": "#5f6673",
    "faint": "#c3c8d2",
    "accent": ACCENT,
    "red": "#c01525",
}
_CATEGORIES = (
    "#3f51c9",
    "#d9730d",
    "#008f6b",
    "#b8569b",
    "#3a9fd6",
    "#a4520a",
    "#8a7a00",
    "#6c7280",
)


def rgba(colour: str | int) -> tuple[float, float, float, float]:
    """Red, green, blue and opacity, 0 to 1, of a colour of CSS or of a plane.

    A plane's colour may be a name of the theme or the number of a category.
    """
    if isinstance(colour, int):
        return to_rgba(_CATEGORIES[colour % len(_CATEGORIES)])
    found = _RGBA.fullmatch(colour.strip())
    if found is None:
        return to_rgba(_NAMED.get(colour, colour))
    *channels, opacity = [float(part) for part in found[1].split(",")] + (
        [1.0] if found[1].count(",") == 2 else []
    )
    return (*(channel / 255 for channel in channels), opacity)
