"""Figure of one answer's posterior: its density, the parts that hold most of it."""

import numpy as np
import plotly.graph_objects as go

from morph.analysis.galaxy_posterior import Curve
from morph.figures.histogram_figures import SELECTED
from morph.wording import percent

_FILLS = {0.95: "rgba(96, 112, 236, 0.22)", 0.68: "rgba(96, 112, 236, 0.42)"}
_TALLEST = 30.0  # a density that has no bound at an edge is cut there


def density(curve: Curve, words: str) -> go.Figure:
    """The density of the answer ``words``, its 95 and 68% intervals shaded."""
    height = np.minimum(curve.density, _TALLEST)
    figure = go.Figure(_shaded(curve, height))
    figure.add_scatter(
        x=curve.x,
        y=height,
        mode="lines",
        line={"color": SELECTED.replace("0.8", "1"), "width": 2.2},
        showlegend=False,
        hovertemplate="%{x:.2f}: density %{y:.2f}<extra></extra>",
    )
    figure.add_vline(
        x=curve.mean,
        line={"color": SELECTED.replace("0.8", "1"), "width": 2, "dash": "dot"},
        annotation_text=f"mean {curve.mean:.2f}",
        annotation_position="top left" if curve.mean > 0.5 else "top right",
    )
    figure.update_layout(
        height=340,
        margin={"l": 10, "r": 10, "t": 34, "b": 10},
        legend={"orientation": "h", "y": 1.14, "x": 0},
        uirevision="keep",
    )
    figure.update_xaxes(title=f"Fraction of votes for {words}", range=[0, 1])
    figure.update_yaxes(title="Probability density", rangemode="tozero")
    return figure


def _shaded(curve: Curve, height: np.ndarray) -> list[go.Scatter]:
    """The parts of the density inside its intervals; ``height`` (K,) is at its x."""
    parts = []
    for mass, fill in _FILLS.items():
        low, high = curve.intervals[mass]
        inside = (curve.x >= low) & (curve.x <= high)
        part = go.Scatter(
            x=curve.x[inside],
            y=height[inside],
            fill="tozeroy",
            fillcolor=fill,
            line={"width": 0},
            mode="lines",
            name=f"{percent(mass)}: {low:.2f} to {high:.2f}",
            hoverinfo="skip",
        )
        parts.append(part)
    return parts
