"""What a plane of galaxies shows: an image, points, lines, texts, a legend.

A page draws it to pan and zoom in, and `morph.figures.in_print.planes` for print.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from morph.geometry.density import Window

# One of the theme's colours by name ("text", "muted", "faint", "accent", "red"), the
# number of one of its categories, or any of CSS.
Colour = str | int
Ticks = Sequence[tuple[float, str]]  # values and their texts


@dataclass(frozen=True)
class Picture:
    """A background image that covers ``window``."""

    png: bytes
    window: Window


@dataclass(frozen=True)
class Cells:
    """Galaxies in a grid of cells that fills ``window``: grey, those selected coloured.

    ``whole`` and ``selected`` are (R, C) counts, low y first, both on a square-root
    scale; ``columns`` (C,) and ``rows`` (R,) name the cells at the pointer.
    """

    window: Window
    whole: np.ndarray
    selected: np.ndarray
    columns: Sequence[str]
    rows: Sequence[str]


@dataclass(frozen=True)
class Shade:
    """A colour scale: ``stops`` from ``low`` to ``high``."""

    title: str
    low: float
    high: float
    stops: tuple[str, ...]
    digits: int = 2


@dataclass(frozen=True)
class Group:
    """One class of points, in the legend with its ``counts``."""

    words: str
    colour: Colour
    counts: str = ""


@dataclass(frozen=True)
class Points:
    """Up to a few thousand galaxies as points.

    ``kind`` is the group of a point; with a shade, ``value`` gives the colour.
    """

    x: np.ndarray
    y: np.ndarray
    kind: np.ndarray | None = None
    value: np.ndarray | None = None
    names: Sequence[str] | None = None
    pictured: np.ndarray | None = None  # whether hovering can show an image
    size: float = 2.4  # radius in pixels


@dataclass(frozen=True)
class Line:
    """A polyline, its inside filled with opacity ``fill``."""

    x: Sequence[float]
    y: Sequence[float]
    colour: Colour = "text"
    width: float = 1.5
    dash: bool = False
    fill: float = 0.0


@dataclass(frozen=True)
class Label:
    """A text at a position of the plane."""

    x: float
    y: float
    text: str
    anchor: Literal["left", "center", "right"] = "center"
    baseline: Literal["top", "middle", "bottom"] = "middle"
    colour: Colour = "text"
    strong: bool = False


@dataclass(frozen=True)
class Landmark:
    """The image of a galaxy, placed on the plane."""

    x: float
    y: float
    name: str
    picture: str


@dataclass(frozen=True)
class Scene:
    """What a plane shows; ``label`` describes it for screen readers."""

    label: str
    window: Window
    picture: Picture | None = None
    cells: Cells | None = None  # not drawn in print
    points: Points | None = None
    lines: tuple[Line, ...] = ()
    labels: tuple[Label, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    shade: Shade | None = None
    groups: tuple[Group, ...] = ()
    equal: bool = False  # one scale for x and y
    cropped: bool = False  # nothing beyond the window is shown
    axes: tuple[str, str] | None = None  # their titles
    ticks: tuple[Ticks, Ticks] | None = None  # of x and y; none: round numbers
    fixed: bool = False  # the wheel scrolls the page instead of zooming
    readout: tuple[
        tuple[str, tuple[float, float, float]], ...
    ] = ()  # words, a x + b y + c
    guides: tuple[
        tuple[float, float], ...
    ] = ()  # directions, drawn through the pointer
    address: str = ""  # URL of the image of a point, "{}" for its name
    height: int = 480
    tools: bool = True
