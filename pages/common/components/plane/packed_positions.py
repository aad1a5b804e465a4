"""Points and long lines of a plane, as a browser gets them: positions in few bytes.

Positions are whole numbers of parts of the window, which are less than a pixel. Points
come in the order of x, so that the differences of x are small; along a smooth line, the
differences of differences are. `positions.js` adds them up again.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from morph.figures.plane_scene import Label, Line, Scene, Shade
from morph.geometry.density import Window
from pages.common.components.plane.packed_counts import byte_planes, without_sign
from pages.common.server.routes import drawn_data

STEPS, LINE_STEPS = 8191, 4095  # parts of the window
_BINS = 48  # colours of a continuous scale, as in draw.js
_LONG = 20  # vertices
_FEW_HAVE = ("dash", "fill", "strong")


def packed_points(scene: Scene) -> dict[str, Any] | None:
    """Addresses: of positions and kinds, and of what the pointer reads of a point.

    The first has five bytes a point: the difference of x to the point before, and y,
    their lowest bytes first, then the ``kind``: of a group, or of the colour scale.
    A browser asks for the second, if any, once a pointer comes.
    """
    points = scene.points
    if points is None:
        return None
    x, y = np.clip(_steps(points.x, points.y, scene.window, STEPS), 0, STEPS)
    order = np.argsort(x, kind="stable")
    kind = np.zeros(len(x)) if points.kind is None else points.kind
    colours, known, stops = [g.colour for g in scene.groups] or ["accent"], {}, None
    if scene.shade is not None and points.value is not None:
        stops, kind = scene.shade.stops, _bins(points.value, scene.shade)
        known["value"] = _numbers(points.value[order])
    if points.names is not None:
        known["names"] = [points.names[row] for row in order]
    if points.pictured is not None:
        known["pictured"] = points.pictured[order].astype(int).tolist()
    planes = [
        *byte_planes(np.diff(x[order], prepend=0), 2),
        *byte_planes(y[order], 2),
        kind[order].astype(np.uint8),
    ]
    return {
        "places": drawn_data.keep_numbers(np.stack(planes)),
        "about": drawn_data.keep(drawn_data.json_of(known)) if known else None,
        "size": points.size,
        "colours": colours,
        "stops": stops,
    }


def packed_lines(scene: Scene) -> dict[str, Any]:
    """The lines, and the address of the vertices of the long ones, one after another.

    Of each coordinate there is the difference to where the line would go from the two
    vertices before, its sign in the lowest bit. A long line has its ``number`` of them.
    """
    lines, long = [], []
    for line in scene.lines:
        if _is_long(line):
            long.append(line)
            lines.append(_looks(line) | {"number": len(line.x)})
        else:
            lines.append(_looks(line) | {"x": _rounded(line.x), "y": _rounded(line.y)})
    return {"lines": lines, "vertices": _vertices(long, scene.window) if long else None}


def packed_label(label: Label) -> dict[str, Any]:
    """A text at its position, with six decimals."""
    return {"x": round(float(label.x), 6), "y": round(float(label.y), 6)} | _looks(
        label
    )


def _looks(part: Line | Label) -> dict[str, Any]:
    """All but the position, and what few have only where they have it."""
    named = ((name, one) for name, one in vars(part).items() if name not in ("x", "y"))
    return {name: one for name, one in named if one or name not in _FEW_HAVE}


def _is_long(line: Line) -> bool:
    return len(line.x) > _LONG and bool(np.isfinite([line.x, line.y]).all())


def _vertices(lines: Sequence[Line], window: Window) -> str:
    codes = []
    for line in lines:
        both = _steps(np.asarray(line.x), np.asarray(line.y), window, LINE_STEPS)
        codes.append([without_sign(np.diff(one, 2, prepend=[0, 0])) for one in both])
    return drawn_data.keep_numbers(byte_planes(np.concatenate(codes, axis=1).ravel()))


def _steps(x: np.ndarray, y: np.ndarray, window: Window, number: int) -> np.ndarray:
    """Positions as whole numbers of parts of the window, (2, N)."""
    across = (x - window.left) / (window.right - window.left)
    up = (y - window.low) / (window.high - window.low)
    return np.rint(number * np.stack([across, up])).astype(np.int64)


def _rounded(values: Sequence[float]) -> list[float]:
    return np.asarray(values, dtype=float).round(6).tolist()


def _numbers(values: np.ndarray) -> list[float | None]:
    """Values with seven digits; None if unknown."""
    known = np.isfinite(values)
    return [
        float(f"{value:.7g}") if one else None
        for value, one in zip(values.tolist(), known.tolist(), strict=True)
    ]


def _bins(value: np.ndarray, shade: Shade) -> np.ndarray:
    """Number of the colour, one of BINS in draw.js; BINS if the value is unknown."""
    share = (value - shade.low) / max(shade.high - shade.low, 1e-9)
    known = np.clip(np.nan_to_num(share) * _BINS, 0, _BINS - 1)
    return np.where(np.isnan(value), _BINS, known)
