"""A plane of galaxies with layers, in which to pan, zoom and draw regions.

It reports geometry only. Plotly would return every point of a lasso, again at each
rerun, and has no event for a zoom or for a click beside a point.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from morph.figures.plane_scene import Scene
from morph.geometry.density import Window
from pages.common.components.declared import declared
from pages.common.components.plane.packed_counts import packed
from pages.common.components.plane.packed_positions import (
    packed_label,
    packed_lines,
    packed_points,
)
from pages.common.server.routes import drawn_data


@dataclass(frozen=True)
class Drawn:
    """A polygon drawn by the user; ``mode`` if a modifier key was held."""

    x: Sequence[float]
    y: Sequence[float]
    mode: Literal["add", "remove", "intersect"] | None


@dataclass(frozen=True)
class Click:
    """A clicked position, the window that counts as near, and the landmark there."""

    x: float
    y: float
    near: Window
    name: str | None


_draw = declared(
    __file__,
    '<div class="plane">'
    '<div class="tools" role="toolbar" aria-label="Drawing tools"></div>'
    '<div class="stage"><canvas class="base" aria-hidden="true"></canvas>'
    '<canvas class="over" tabindex="0" role="img"></canvas>'
    '<div class="tip" hidden></div></div><div class="legend"></div></div>',
    fetched=True,
)


def plane(
    scene: Scene,
    *,
    key: str,
    on_draw: Callable[[Drawn], None] | None = None,
    on_click: Callable[[Click], None] | None = None,
    on_refine: Callable[[Window], None] | None = None,
) -> None:
    """Show ``scene``; callbacks get what was drawn, clicked, or zoomed to."""

    def clicked(value: Mapping[str, Any]) -> None:
        x, y, dx, dy = (value[name] for name in ("x", "y", "dx", "dy"))
        near = Window(x - dx, x + dx, y - dy, y + dy)
        on_click(Click(x, y, near, value["name"]))

    picture = scene.picture
    _draw(
        key,
        **vars(scene)
        | {
            "picture": picture
            and {"window": picture.window, "at": drawn_data.keep_image(picture.png)},
            "cells": scene.cells and packed(scene.cells),
            "points": packed_points(scene),
            **packed_lines(scene),
            "labels": [packed_label(label) for label in scene.labels],
            "draws": on_draw is not None,
            "clicks": on_click is not None,
            "refines": on_refine is not None,
        },
        on_lasso=on_draw and (lambda value: on_draw(Drawn(**value))),
        on_click=on_click and clicked,
        on_refine=on_refine and (lambda value: on_refine(Window(**value))),
    )
