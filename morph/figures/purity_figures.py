"""The figure of a designed sample: how large and complete it is at every purity."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.histogram_figures import legible

EXPECTED, VOTED, MARK = "#6070ec", "#d9730d", "#9aa1b2"
JUDGED_EVERY = 6  # cuts: more intervals would hide one another


def size_and_completeness(
    expected: pd.DataFrame,
    voted: pd.DataFrame | None,
    *,
    wanted: float,
    chosen: pd.Series | None,
) -> go.Figure:
    """Galaxies in the sample, and its completeness, against its purity.

    Parameters
    ----------
    expected, voted : DataFrame
        From `morph.analysis.purity.expected_by_cut` and, where there are votes,
        `voted_by_cut`, for the same cuts.
    wanted : float
        The purity asked for, drawn as a line.
    chosen : Series or None
        The row of ``expected`` whose cut is used, marked on its curve.
    """
    figure = make_subplots(1, 2, horizontal_spacing=0.12)
    for column, quantity in enumerate(("galaxies", "completeness"), start=1):
        figure.add_trace(_curve(expected, quantity, first=column == 1), 1, column)
        if voted is not None:
            judged = _judged(expected, voted, quantity, first=column == 1)
            figure.add_trace(judged, 1, column)
        if chosen is not None:
            figure.add_trace(_mark(chosen, quantity, first=column == 1), 1, column)
        line = {"color": MARK, "width": 1.5, "dash": "dot"}
        figure.add_vline(x=wanted, line=line, row=1, col=column)
    figure.update_xaxes(title="purity", tickformat=".0%")
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title="galaxies in the sample", tickformat=",", col=1)
    figure.update_yaxes(title="completeness", tickformat=".0%", range=[0, 1.08], col=2)
    figure.update_layout(
        height=400,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.14, "x": 0, "xanchor": "left"},
    )
    return legible(figure)


def _curve(table: pd.DataFrame, quantity: str, *, first: bool) -> go.Scatter:
    some = table[table["galaxies"] > 0]
    return go.Scatter(
        x=some["purity"],
        y=some[quantity],
        mode="lines",
        name="From the posteriors",
        line={"color": EXPECTED, "width": 3},
        showlegend=first,
        customdata=some[["cut", "galaxies", "expected", "completeness"]],
        hovertemplate=_HOVER,
    )


def _judged(
    expected: pd.DataFrame, voted: pd.DataFrame, quantity: str, *, first: bool
) -> go.Scatter:
    """The same cuts at the purity that votes give them, with its interval."""
    some = voted[voted["galaxies"] > 0].iloc[::JUDGED_EVERY]
    height = expected["galaxies"] if quantity == "galaxies" else voted["completeness"]
    return go.Scatter(
        x=some["purity"],
        y=height[some.index],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": some["purity_high"] - some["purity"],
            "arrayminus": some["purity"] - some["purity_low"],
            "thickness": 1.5,
            "width": 4,
            "color": VOTED,
        },
        mode="lines+markers",
        name="From the votes, 95% Wilson",
        line={"color": VOTED, "width": 1, "dash": "dot"},
        marker={"color": VOTED, "size": 8, "symbol": "square"},
        showlegend=first,
        customdata=some[["cut", "galaxies", "right", "completeness"]],
        hovertemplate=_VOTED_HOVER,
    )


def _mark(chosen: pd.Series, quantity: str, *, first: bool) -> go.Scatter:
    return go.Scatter(
        x=[chosen["purity"]],
        y=[chosen[quantity]],
        mode="markers",
        name="This cut",
        marker={
            "color": EXPECTED,
            "size": 15,
            "symbol": "diamond",
            "line": {"color": "#ffffff", "width": 2},
        },
        showlegend=first,
        hoverinfo="skip",
    )


_HOVER = (
    "P ≥ %{customdata[0]:.2f}: %{customdata[1]:,} galaxies, %{customdata[2]:,.0f} "
    "of them true, %{x:.1%} pure, %{customdata[3]:.1%} complete<extra></extra>"
)
_VOTED_HOVER = (
    "P ≥ %{customdata[0]:.2f}: %{customdata[2]:,} of %{customdata[1]:,} galaxies with "
    "votes are right, %{x:.1%}; %{customdata[3]:.1%} complete<extra></extra>"
)
