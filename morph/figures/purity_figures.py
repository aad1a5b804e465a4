"""Size and completeness of a sample against its purity."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.style import ACCENT, PALE, WARM, error_bars, finished, legend_above

_VOTED_EVERY = 6  # cuts; intervals at every cut would overlap


def size_and_completeness(
    expected: pd.DataFrame,
    voted: pd.DataFrame | None,
    *,
    wanted: float,
    chosen: pd.Series | None,
) -> go.Figure:
    """Number of galaxies and completeness against purity.

    ``expected`` and ``voted`` are from `morph.analysis.purity.expected_by_cut` and,
    where there are votes, `voted_by_cut`, for the same cuts. The required purity
    ``wanted`` is drawn as a line; ``chosen``, the row of ``expected`` whose cut is
    used, is marked on its curve.
    """
    figure = make_subplots(1, 2, horizontal_spacing=0.12)
    traces = []
    for panel, quantity in (("", "galaxies"), ("2", "completeness")):
        own = [_curve(expected, quantity)]
        if voted is not None:
            own.append(_voted(expected, voted, quantity))
        if chosen is not None:
            own.append(_mark(chosen, quantity))
        for trace in own:
            trace.showlegend = not panel
            trace.xaxis, trace.yaxis = f"x{panel}", f"y{panel}"
        traces += own
    figure.add_traces(traces)
    layout = figure.layout
    layout.shapes = [_required(wanted, panel) for panel in ("", "2")]
    for axis in (layout.xaxis, layout.xaxis2):
        axis.title.text, axis.tickformat = "purity", ".0%"
    for axis, title, form in (
        (layout.yaxis, "galaxies selected", ","),
        (layout.yaxis2, "completeness", ".0%"),
    ):
        axis.title.text, axis.tickformat, axis.rangemode = title, form, "tozero"
    layout.yaxis2.range = [0, 1.08]
    return finished(figure, height=400, legend=legend_above(1.14))


def _required(purity: float, panel: str) -> dict[str, object]:
    """A vertical line across a panel."""
    return {
        "type": "line",
        "x0": purity,
        "x1": purity,
        "xref": f"x{panel}",
        "y0": 0,
        "y1": 1,
        "yref": f"y{panel} domain",
        "line": {"color": PALE, "width": 1.5, "dash": "dot"},
    }


def _curve(table: pd.DataFrame, quantity: str) -> go.Scatter:
    some = table[table["galaxies"] > 0]
    return go.Scatter(
        x=some["purity"],
        y=some[quantity],
        mode="lines",
        name="Expected from posteriors",
        line={"color": ACCENT, "width": 3},
        customdata=some[["cut", "galaxies", "expected", "completeness"]],
        hovertemplate=_HOVER,
    )


def _voted(expected: pd.DataFrame, voted: pd.DataFrame, quantity: str) -> go.Scatter:
    """The same cuts at the purity measured from votes, with intervals."""
    some = voted[voted["galaxies"] > 0].iloc[::_VOTED_EVERY]
    height = expected["galaxies"] if quantity == "galaxies" else voted["completeness"]
    return go.Scatter(
        x=some["purity"],
        y=height[some.index],
        error_x=error_bars(some, "purity", "purity_low", "purity_high", colour=WARM),
        mode="lines+markers",
        name="Measured from votes (95% Wilson)",
        line={"color": WARM, "width": 1, "dash": "dot"},
        marker={"color": WARM, "size": 8, "symbol": "square"},
        customdata=some[["cut", "galaxies", "right", "completeness"]],
        hovertemplate=_VOTED_HOVER,
    )


def _mark(chosen: pd.Series, quantity: str) -> go.Scatter:
    return go.Scatter(
        x=[chosen["purity"]],
        y=[chosen[quantity]],
        mode="markers",
        name="This cut",
        marker={
            "color": ACCENT,
            "size": 15,
            "symbol": "diamond",
            "line": {"color": "#ffffff", "width": 2},
        },
        hoverinfo="skip",
    )


_HOVER = (
    "P ≥ %{customdata[0]:.2f}: %{customdata[1]:,} galaxies, %{customdata[2]:,.0f} "
    "true; purity %{x:.1%}, completeness %{customdata[3]:.1%}<extra></extra>"
)
_VOTED_HOVER = (
    "P ≥ %{customdata[0]:.2f}: %{customdata[2]:,} of %{customdata[1]:,} galaxies with "
    "votes are correct; purity %{x:.1%}, completeness %{customdata[3]:.1%}"
    "<extra></extra>"
)
