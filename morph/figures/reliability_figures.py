"""The figure of reliability: votes against expectation, one panel an answer."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.histogram_figures import PANELS_A_ROW, WHOLE, legible
from morph.posterior.intervals import FEW


def reliability_curves(
    tables: Mapping[str, tuple[pd.DataFrame, str]], words: Mapping[str, str]
) -> go.Figure:
    """Mean votes against the expected fraction, with intervals; hollow where few.

    Parameters
    ----------
    tables : mapping
        Name of the curve -> its table (`morph.analysis.agreement.reliability`) and
        colour.
    words : mapping
        Label -> the answer in plain words; the panels stand in this order.
    """
    columns = min(len(words), PANELS_A_ROW)
    rows = -(-len(words) // columns)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=list(words.values()),
        horizontal_spacing=0.06,
        vertical_spacing=0.2 / rows,
        shared_yaxes="all",
    )
    for place, label in enumerate(words):
        where = {"row": place // columns + 1, "col": place % columns + 1}
        figure.add_trace(_ideal(), **where)
        for name, (table, colour) in tables.items():
            own = table[table["label"] == label]
            figure.add_trace(_curve(own, name, colour, first=place == 0), **where)
    figure.update_xaxes(range=[-0.02, 1.02], tickvals=[0, 0.5, 1], showgrid=False)
    figure.update_yaxes(range=[-0.03, 1.03], tickvals=[0, 0.5, 1])
    figure.update_xaxes(title="expected fraction", row=rows)
    figure.update_yaxes(title="votes", col=1)
    figure.update_layout(
        height=100 + 220 * rows,
        margin={"l": 10, "r": 10, "t": 60, "b": 10},
        legend={"orientation": "h", "y": 1 + 0.28 / rows, "x": 0, "xanchor": "left"},
    )
    return legible(figure)


def _ideal() -> go.Scatter:
    return go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": WHOLE, "width": 1.5, "dash": "dot"},
        showlegend=False,
        hoverinfo="skip",
    )


def _curve(table: pd.DataFrame, name: str, colour: str, *, first: bool) -> go.Scatter:
    few = table["galaxies"] < FEW
    return go.Scatter(
        x=table["expected"],
        y=table["voted"],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (table["voted_high"] - table["voted"]).fillna(0),
            "arrayminus": (table["voted"] - table["voted_low"]).fillna(0),
            "thickness": 1.5,
            "width": 4,
            "color": colour,
        },
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 2},
        marker={
            "size": 9,
            "color": colour,
            "symbol": ["circle-open" if one else "circle" for one in few],
        },
        showlegend=first,
        legendgroup=name,
        customdata=table[["low", "high", "voted_low", "voted_high", "galaxies"]],
        hovertemplate=(
            f"{name}, %{{customdata[0]:.1f}} to %{{customdata[1]:.1f}}: votes "
            "%{y:.3f} (95%: %{customdata[2]:.3f} to %{customdata[3]:.3f}), "
            "%{customdata[4]:,} galaxies<extra></extra>"
        ),
    )
