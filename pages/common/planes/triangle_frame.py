"""The triangle of three answers: its frame, names and ticks, contours on it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from morph.figures import ternary_figures
from morph.figures.plane_scene import Colour, Label, Line, Scene
from morph.geometry.ternary import HEIGHT, Corners
from morph.wording import percent

_ANCHORS = (("right", "top"), ("center", "bottom"), ("left", "top"))


def scene(
    corners: Corners,
    label: str,
    *,
    lines: Iterable[Line],
    labels: Iterable[Label],
    reading: bool = False,
    **more: Any,
) -> Scene:
    """The triangle with lines and labels on it; ``more`` are fields of the scene.

    ``reading`` helps to read it: each corner has a colour and guides of its own.
    """
    return Scene(
        label=label,
        window=ternary_figures.WINDOW,
        lines=(*_frame(reading=reading), *lines),
        labels=(*_names(corners, reading=reading), *labels),
        equal=True,
        readout=tuple(zip(corners.words, ternary_figures.SHARES, strict=True)),
        guides=ternary_figures.PARALLELS if reading else (),
        **more,
    )


def contours(
    lines_of: Mapping[float, Sequence[np.ndarray]],
    widths: Mapping[float, float],
    colour: Colour,
    *,
    dash: bool = False,
) -> tuple[Line, ...]:
    """Contours by the mass that each encloses; ``dash`` draws all with one width."""
    return tuple(
        Line(line[:, 0], line[:, 1], colour, 1.6 if dash else widths[mass], dash)
        for mass, lines in lines_of.items()
        for line in lines
    )


def masses(
    contours: Iterable[tuple[float, Sequence[np.ndarray]]], colour: Colour
) -> tuple[Label, ...]:
    """The mass that each contour encloses, written on it where there is room."""
    labels: list[Label] = []
    for mass, lines in contours:
        taken = [(label.x, label.y) for label in labels]
        position = ternary_figures.label_place(lines, avoid=taken) if lines else None
        if position is not None:
            labels.append(Label(*position, percent(mass), colour=colour))
    return tuple(labels)


def _frame(*, reading: bool) -> Iterable[Line]:
    """The triangle and faint grid lines for the fraction of each corner."""
    yield Line(*ternary_figures.edges(), "muted", 1.4)
    for tick in ternary_figures.ticks():
        yield Line(tick.x, tick.y, tick.corner if reading else "faint", 1.0)


def _names(corners: Corners, *, reading: bool) -> Iterable[Label]:
    """Names of the corners and values of the grid lines."""
    positions = ((1.0, -0.022), (0.5, HEIGHT + 0.018), (0.0, -0.022))
    for corner, (x, y) in enumerate(positions):
        anchor, baseline = _ANCHORS[corner]
        colour = corner if reading else "text"
        yield Label(x, y, corners.words[corner], anchor, baseline, colour, True)
    for tick in ternary_figures.ticks():
        colour = tick.corner if reading else "muted"
        yield Label(*tick.written, f"{tick.value:g}", colour=colour)
