"""Posterior density of one answer's vote fraction, with credible intervals."""

import numpy as np
import plotly.graph_objects as go

from morph.analysis.galaxy_posterior import MarginalDensity
from morph.figures.style import ACCENT, finished, legend_above
from morph.wording import percent

_FILLS = {0.95: "rgba(96, 112, 236, 0.22)", 0.68: "rgba(96, 112, 236, 0.42)"}
_TALLEST = 30.0  # densities that diverge at 0 or 1 are cut here


def density(curve: MarginalDensity, words: str) -> go.Figure:
    """The density of the answer ``words``, with 68% and 95% intervals shaded."""
    height = np.minimum(curve.density, _TALLEST)
    figure = go.Figure(_shaded(curve, height))
    figure.add_scatter(
        x=curve.x,
        y=height,
        mode="lines",
        line={"color": ACCENT, "width": 2.2},
        showlegend=False,
        hovertemplate="%{x:.2f}: density %{y:.2f}<extra></extra>",
    )
    figure.add_vline(
        x=curve.mean,
        line={"color": ACCENT, "width": 2, "dash": "dot"},
        annotation_text=f"mean {curve.mean:.2f}",
        annotation_position="top left" if curve.mean > 0.5 else "top right",
    )
    figure.update_xaxes(title=f"vote fraction of {words}", range=[0, 1])
    figure.update_yaxes(title="probability density", rangemode="tozero")
    return finished(
        figure,
        height=340,
        margin=(10, 10, 34, 10),
        legend=legend_above(1.14),
        uirevision="keep",
    )


def _shaded(curve: MarginalDensity, height: np.ndarray) -> list[go.Scatter]:
    """The density inside each interval; ``height`` (K,) is the curve as drawn."""
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
