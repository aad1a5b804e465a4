"""A plotly figure in few bytes: it is sent again with each change of the selection."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

_EXACT = 2**24  # whole numbers up to here are the same in single precision


def small(figure: go.Figure) -> go.Figure:
    """The same figure, its numbers in single precision, its theme of what it draws.

    Streamlit's theme has colours for every kind of trace, and scales of colours; most
    of a small figure are those that it has no use for.
    """
    data = [_short(_regular(trace.to_plotly_json())) for trace in figure.data]
    layout = figure.layout.to_plotly_json()
    theme = layout.get("template", {})
    kinds = {trace["type"] for trace in data}
    own = {kind: of for kind, of in theme.get("data", {}).items() if kind in kinds}
    colours = theme.get("layout", {}).get("colorway")
    layout["template"] = {"data": own, "layout": {"colorway": colours}}
    # It is valid, as the one that it is made from.
    return go.Figure({"data": data, "layout": layout}, _validate=False)


def _regular(trace: dict[str, Any]) -> dict[str, Any]:
    """Bars or points with the first one and the distance of evenly spaced ``x``."""
    x = trace.get("x")
    if trace["type"] not in ("bar", "scatter") or trace.get("orientation") == "h":
        return trace
    if not isinstance(x, np.ndarray) or x.dtype != np.float64 or len(x) < 3:
        return trace
    distance = (x[-1] - x[0]) / (len(x) - 1)
    if not distance or not np.allclose(np.diff(x), distance, rtol=1e-9, atol=0):
        return trace
    others = {name: one for name, one in trace.items() if name != "x"}
    return others | {"x0": x[0], "dx": distance}


def _short(given: Any) -> Any:
    """Arrays of numbers in single precision, where that is exact for counts."""
    if isinstance(given, Mapping):
        return {name: _short(one) for name, one in given.items()}
    if isinstance(given, np.ndarray) and given.dtype == np.float64:
        largest = np.nanmax(np.abs(given), initial=0)
        return given.astype(np.float32) if largest <= _EXACT else given
    return given
