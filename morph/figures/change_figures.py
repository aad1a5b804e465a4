"""Figures of how one answer changes between releases."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.special import ndtr

from morph.figures.plane_images import SEQUENCE
from morph.figures.style import (
    ACCENT,
    PALE,
    SELECTED,
    WARM,
    WHOLE,
    curve,
    error_bars,
    finished,
    legend_above,
    symbols,
)

_LINES = (ACCENT, WARM, "#21918c", PALE, "#c2487a", "#8f7a2e")
_FARTHEST = 5.0  # widths; larger changes are in the last bars


def density(table: pd.DataFrame, *, before: str, after: str) -> go.Figure:
    """Number of galaxies by the fraction of an answer in both; the diagonal dotted.

    ``table`` is from `morph.analysis.change.density`.
    """
    side = float(table["side"].iloc[0])
    bins = round(1 / side)
    counts = np.full((bins, bins), np.nan)
    both = ("reference", "release")
    column, row = (np.rint(table[c] / side).astype(int) for c in both)
    counts[row, column] = table["galaxies"]
    middle = (np.arange(bins) + 0.5) * side
    top = int(np.log10(np.nanmax(counts)))
    figure = go.Figure(
        go.Heatmap(
            x=middle,
            y=middle,
            z=np.log10(counts),
            customdata=counts,
            colorscale=list(SEQUENCE),
            colorbar={
                "title": {"text": "galaxies", "side": "right"},
                "tickvals": list(range(top + 1)),
                "ticktext": [f"{10**k:,}" for k in range(top + 1)],
                "thickness": 12,
            },
            hovertemplate=f"{before} %{{x:.2f}}, {after} %{{y:.2f}}: "
            "%{customdata:,} galaxies<extra></extra>",
        )
    )
    line = {"color": PALE, "width": 1.5, "dash": "dot"}
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line=line)
    figure.update_xaxes(title=f"fraction in {before}", range=[0, 1], showgrid=False)
    figure.update_yaxes(title=f"fraction in {after}", range=[0, 1], showgrid=False)
    return finished(figure, height=420)


def change_along(table: pd.DataFrame, *, axis: str) -> go.Figure:
    """Mean change with its interval against a measured quantity; hollow where few.

    ``table`` is from `morph.analysis.change.change_along`.
    """
    figure = go.Figure(
        curve(
            table["at"],
            table["mean"],
            "mean change",
            colour=ACCENT,
            symbol=symbols(table["galaxies"]),
            error_y=error_bars(table, "mean", "mean_low", "mean_high", colour=ACCENT),
            customdata=table[["low", "high", "galaxies"]],
            hover=f"{axis} %{{customdata[0]:.4g}} to %{{customdata[1]:.4g}}: "
            "%{y:+.3f}, %{customdata[2]:,} galaxies",
        )
    )
    figure.add_hline(y=0, line={"color": WHOLE, "width": 1.5})
    figure.update_xaxes(title=axis, showgrid=False)
    figure.update_yaxes(title="mean change", tickformat=".3~g")
    return finished(figure, height=420, showlegend=False)


def own_widths(widths: np.ndarray, *, bins: int = 41) -> go.Figure:
    """Histogram of changes in widths of the posteriors, and a normal distribution.

    Changes beyond the ends of the axis are counted in the outermost bars.
    """
    inside = np.clip(widths, -_FARTHEST, _FARTHEST)
    counts, edges = np.histogram(inside, bins, (-_FARTHEST, _FARTHEST))
    middle = (edges[1:] + edges[:-1]) / 2
    expected = len(widths) * np.diff(ndtr(edges))
    figure = go.Figure(
        [
            go.Bar(
                x=middle,
                y=counts,
                name="Galaxies",
                marker={"color": SELECTED, "line": {"width": 0}},
                hovertemplate="%{x:.1f} widths: %{y:,} galaxies<extra></extra>",
            ),
            go.Scatter(
                x=middle,
                y=expected,
                name="Standard normal distribution",
                mode="lines",
                line={"color": WARM, "width": 2},
                hoverinfo="skip",
            ),
        ]
    )
    figure.update_xaxes(title="change / √(σ₁² + σ₂²)", showgrid=False)
    figure.update_yaxes(title="galaxies", tickformat=",")
    return finished(figure, height=360, legend=legend_above(1.14), bargap=0.06)


def trend(
    table: pd.DataFrame, releases: Sequence[str], words: Mapping[str, str]
) -> go.Figure:
    """Mean fraction of each answer in several releases, in their order.

    ``table`` is from `morph.analysis.change.trend`; ``words`` are its answers.
    """
    figure = go.Figure()
    for number, (label, answer) in enumerate(words.items()):
        own = table[table["label"] == label].set_index("release").loc[list(releases)]
        colour = _LINES[number % len(_LINES)]
        line = curve(
            own.index,
            own["mean"],
            answer,
            colour=colour,
            symbol=symbols(own["galaxies"]),
            error_y={
                "type": "data",
                "array": 1.96 * own["error"].fillna(0),
                "thickness": 1.5,
                "width": 4,
                "color": colour,
            },
            hover=f"{answer} in %{{x}}: %{{y:.3f}}",
        )
        figure.add_trace(line)
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(title="mean vote fraction", rangemode="tozero")
    return finished(figure, height=400, legend=legend_above(1.14))


def largest(counts: Sequence[int], edges: np.ndarray) -> go.Figure:
    """Galaxies by the largest change of their vote fractions in a question.

    ``counts`` are those between the ``edges``, which have equal distances in [0, 1].
    """
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=0.94 * (edges[1] - edges[0]),
            marker_color=ACCENT,
            hovertemplate="%{x:.2f}: %{y:,} galaxies<extra></extra>",
        )
    )
    figure.update_xaxes(title="largest change of a vote fraction", range=[0, 1])
    figure.update_yaxes(title="galaxies")
    return finished(figure, height=220)
