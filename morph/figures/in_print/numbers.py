"""The numbers of a figure as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morph.figures.in_print.about import About
from morph.figures.plane_scene import Points, Scene
from morph.geometry.ternary import from_plane

Contours = Mapping[float, Sequence[np.ndarray]]  # polylines by enclosed mass


def csv(table: pd.DataFrame, about: About) -> bytes:
    """The table as CSV; every row has the recipe too, as a table has no other room."""
    recipe = {name: value for name, value in about.recipe.items() if value}
    own = {name: value for name, value in recipe.items() if name not in table}
    return table.assign(**own).to_csv(index=False).encode()


def of_chart(figure: go.Figure) -> pd.DataFrame:
    """All that a chart draws: ``series``, ``x``, ``y``, and ends of error bars.

    ``panel`` counts the panels from 1; a heatmap has ``value``. Columns that no part
    of the chart has are left out.
    """
    panels: dict[tuple, int] = {}
    parts = []
    for trace in figure.data:
        place = (trace.xaxis or "x", trace.yaxis or "y")
        panel = panels.setdefault(place, len(panels) + 1)
        part = _cells(trace) if isinstance(trace, go.Heatmap) else _points(trace)
        part.insert(0, "panel", panel)
        part.insert(1, "series", trace.name or "")
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    if len(panels) == 1:
        table = table.drop(columns="panel")
    if not table["series"].any():
        table = table.drop(columns="series")
    return table


def _points(trace: Any) -> pd.DataFrame:
    table = pd.DataFrame({"x": list(trace.x), "y": list(trace.y)})
    for side in "xy":
        error = trace[f"error_{side}"]
        if error.array is not None:
            plus, minus = error.array, error.arrayminus
            minus = plus if minus is None else minus
            table[f"{side}_low"] = table[side] - np.asarray(minus, dtype=float)
            table[f"{side}_high"] = table[side] + np.asarray(plus, dtype=float)
    return table


def _cells(trace: go.Heatmap) -> pd.DataFrame:
    """The occupied cells; counts, where the colours show their logarithms."""
    shown = np.asarray(trace.z, dtype=float)
    values = shown
    if trace.customdata is not None and np.ndim(trace.customdata) == 2:
        values = np.asarray(trace.customdata, dtype=float)
    row, column = np.nonzero(np.isfinite(shown))
    x, y = np.asarray(trace.x)[column], np.asarray(trace.y)[row]
    return pd.DataFrame({"x": x, "y": y, "value": values[row, column]})


def of_plane(scene: Scene) -> pd.DataFrame:
    """The points of a plane: ``x``, ``y``, and any name, ``value`` and ``group``."""
    points = scene.points
    if points is None:
        return pd.DataFrame({"x": [], "y": []})
    table = pd.DataFrame({"x": points.x, "y": points.y})
    if points.names is not None:
        table.insert(0, "iauname", list(points.names))
    if points.value is not None:
        table["value"] = points.value
    if points.kind is not None and scene.groups:
        groups = [group.words for group in scene.groups]
        table["group"] = [groups[int(kind)] for kind in points.kind]
    return table


def of_triangles(
    panels: Mapping[str, tuple[Contours, Points | None]], corners: Sequence[str]
) -> pd.DataFrame:
    """Contours and points of triangles as fractions, a column for each of ``corners``.

    ``panels`` maps titles to contours by the mass they enclose, and the points drawn.
    ``part`` is "contour" or "galaxy"; ``line`` counts the pieces of a contour from 1.
    """
    parts = []
    for title, (contours, points) in panels.items():
        for mass, lines in contours.items():
            for number, line in enumerate(lines, start=1):
                about = {"part": "contour", "mass": mass, "line": number}
                parts.append((title, about, from_plane(*line.T)))
        if points is not None:
            parts.append((title, {"part": "galaxy"}, from_plane(points.x, points.y)))
    tables = [
        pd.DataFrame({"panel": title} | about, index=range(len(share))).assign(
            **dict(zip(corners, share.T, strict=True))
        )
        for title, about, share in parts
    ]
    if not tables:
        return pd.DataFrame(columns=["panel", "part", *corners])
    return pd.concat(tables, ignore_index=True)
