"""A plane of galaxies with layers, in which to pan, zoom and draw regions.

It reports geometry only. Plotly would return every point of a lasso, again at each
rerun, and has no event for a zoom or for a click beside a point.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from morph.figures.plane_scene import Points, Scene, Shade
from morph.geometry.density import Window
from pages.common.components.declared import declared
from pages.common.components.plane.cell_counts import packed
from pages.common.server.routes import drawn_data

_BINS = 48  # colours of a continuous scale, as in draw.js


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
            "points": scene.points and _packed(scene.points, scene),
            "lines": [
                vars(line) | {"x": _rounded(line.x), "y": _rounded(line.y)}
                for line in scene.lines
            ],
            "draws": on_draw is not None,
            "clicks": on_click is not None,
            "refines": on_refine is not None,
        },
        on_lasso=on_draw and (lambda value: on_draw(Drawn(**value))),
        on_click=on_click and clicked,
        on_refine=on_refine and (lambda value: on_refine(Window(**value))),
    )


def _rounded(values: Sequence[float]) -> list[float]:
    return np.asarray(values, dtype=float).round(6).tolist()


def _packed(points: Points, scene: Scene) -> dict[str, Any]:
    """Arrays in base64, and the colour of each ``kind``: of a group or of the scale."""
    kind = np.zeros(len(points.x)) if points.kind is None else points.kind
    packed = vars(points) | {
        "x": _base64(points.x.astype(np.float32)),
        "y": _base64(points.y.astype(np.float32)),
        "value": None,
        "colours": [group.colour for group in scene.groups] or ["accent"],
    }
    if scene.shade is not None and points.value is not None:
        packed["stops"] = scene.shade.stops
        packed["value"] = _base64(points.value.astype(np.float32))
        kind = _bins(points.value, scene.shade)
    if points.pictured is not None:
        packed["pictured"] = _base64(points.pictured.astype(np.uint8))
    return packed | {"kind": _base64(kind.astype(np.uint8))}


def _bins(value: np.ndarray, shade: Shade) -> np.ndarray:
    """Number of the colour, one of BINS in draw.js; BINS if the value is unknown."""
    share = (value - shade.low) / max(shade.high - shade.low, 1e-9)
    known = np.clip(np.nan_to_num(share) * _BINS, 0, _BINS - 1)
    return np.where(np.isnan(value), _BINS, known)


def _base64(values: np.ndarray) -> str:
    """The bytes of an array as a text."""
    return base64.b64encode(values).decode()
