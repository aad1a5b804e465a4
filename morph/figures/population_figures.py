"""Fraction of an answer along a measured column."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.analysis.fractions import Along
from morph.figures.style import (
    ACCENT,
    WARM,
    WHOLE,
    bars,
    curve,
    error_bars,
    finished,
    legend_above,
    middle,
    symbols,
)

_BAND = "rgba(96, 112, 236, 0.26)"
_SHIFT = 0.12  # of a bin, so that counts do not cover the sums


def fractions_along(
    along: Along, *, axis: str, fraction: str, whole: bool
) -> go.Figure:
    """Summed posteriors with a credible band, threshold counts, and galaxies per bin.

    ``axis`` and ``fraction`` are the titles of the axes. With ``whole``, the whole
    release is drawn too, in grey. The legend has the number of galaxies of each.
    """
    figure = make_subplots(
        2, 1, shared_xaxes=True, row_heights=[0.8, 0.2], vertical_spacing=0.05
    )
    if along.whole is not None and whole:
        figure.add_trace(_line(along.whole, "Whole release", WHOLE), 1, 1)
    if along.summed is not None:
        figure.add_traces([*_band(along.summed)], rows=1, cols=1)
        figure.add_trace(_line(along.summed, "Summed posteriors", ACCENT), 1, 1)
    figure.add_trace(_squares(along.counted), 1, 1)
    galaxies = (
        along.counted["reached"] if along.summed is None else along.summed["galaxies"]
    )
    number = bars(along.counted, galaxies, colour=WHOLE, hover="%{y:,} galaxies")
    figure.add_trace(number.update(showlegend=False), 2, 1)
    figure.update_yaxes(title=fraction, tickformat="~%", rangemode="tozero", row=1)
    figure.update_yaxes(title="galaxies", nticks=3, tickformat=",", row=2)
    figure.update_xaxes(title=axis, row=2)
    return finished(
        figure,
        height=520,
        legend=legend_above(1.1),
        bargap=0.04,
        hovermode="closest",
    )


def _of(name: str, galaxies: pd.Series) -> str:
    return f"{name} · {galaxies.sum():,}"


def _line(table: pd.DataFrame, name: str, colour: str) -> go.Scatter:
    return curve(
        middle(table),
        table["fraction"],
        _of(name, table["galaxies"]),
        colour=colour,
        symbol=symbols(table["galaxies"]),
        customdata=table[["low", "high", "fraction_low", "fraction_high", "galaxies"]],
        hover=f"{name}, %{{customdata[0]:.4g}} to %{{customdata[1]:.4g}}: %{{y:.2%}} "
        "(95%: %{customdata[2]:.2%} to %{customdata[3]:.2%}), "
        "%{customdata[4]:,} galaxies",
    )


def _band(table: pd.DataFrame) -> tuple[go.Scatter, go.Scatter]:
    edge = {"x": middle(table), "mode": "lines", "line": {"width": 0}}
    return (
        go.Scatter(y=table["fraction_low"], showlegend=False, hoverinfo="skip", **edge),
        go.Scatter(
            y=table["fraction_high"],
            fill="tonexty",
            fillcolor=_BAND,
            name="95% credible interval",
            hoverinfo="skip",
            **edge,
        ),
    )


def _squares(table: pd.DataFrame) -> go.Scatter:
    some = table[table["reached"] > 0]
    return go.Scatter(
        x=middle(some) + _SHIFT * (some["high"] - some["low"]),
        y=some["share"],
        error_y=error_bars(some, "share", "share_low", "share_high", colour=WARM),
        mode="markers",
        name=_of("Threshold counts (95% Wilson)", table["reached"]),
        marker={
            "size": 9,
            "color": WARM,
            "symbol": symbols(some["reached"], "square"),
        },
        customdata=some[["counted", "reached", "share_low", "share_high"]],
        hovertemplate=(
            "Counted: %{customdata[0]:,} of %{customdata[1]:,}, %{y:.2%} "
            "(95%: %{customdata[2]:.2%} to %{customdata[3]:.2%})<extra></extra>"
        ),
    )
