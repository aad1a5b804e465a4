"""Plotly figures of what the catalogue holds, drawn from DataFrames."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.selection.moved_cut import Curve

SELECTED = "rgba(96, 112, 236, 0.8)"  # legible on light and dark alike
WHOLE = "rgba(128, 136, 156, 0.42)"
PANELS_A_ROW = 3
TEXT = 14  # pixels
_AFTER, _FINAL = "#6070ec", "#d9730d"


def histograms(counts: pd.DataFrame, words: Mapping[str, str]) -> go.Figure:
    """Expected probabilities, one panel an answer: the selection over the whole.

    Parameters
    ----------
    counts : DataFrame
        ``label``, ``low``, ``high`` (edges of the bin), ``whole``, ``selected``
        (galaxies of the release, and of the selection, in the bin).
    words : mapping
        Label -> the answer in plain words; the panels stand in this order.

    Returns
    -------
    Figure
        Shares of each own total, so that a small selection can be compared.
    """
    labels = list(words)
    columns = min(len(labels), PANELS_A_ROW)
    rows = -(-len(labels) // columns)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=[words[label] for label in labels],
        horizontal_spacing=0.06,
        vertical_spacing=0.2 / rows,
    )
    for place, label in enumerate(labels):
        own = counts[counts["label"] == label]
        where = {"row": place // columns + 1, "col": place % columns + 1}
        figure.add_trace(_bars(own, "whole", "Whole release", WHOLE), **where)
        figure.add_trace(_bars(own, "selected", "Selection", SELECTED), **where)
    figure.update_layout(
        barmode="overlay",
        bargap=0.06,
        showlegend=False,
        height=60 + 170 * rows,
        margin={"l": 10, "r": 10, "t": 34, "b": 10},
        uirevision="keep",
    )
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.5, 1], showgrid=False)
    figure.update_yaxes(tickformat=".0%", nticks=4, rangemode="tozero")
    return figure


def legible(figure: go.Figure) -> go.Figure:
    """The figure with no text smaller than the pages' own."""
    figure.update_xaxes(tickfont_size=TEXT, title_font_size=TEXT)
    figure.update_yaxes(tickfont_size=TEXT, title_font_size=TEXT)
    figure.update_annotations(font_size=TEXT)
    return figure.update_layout(legend_font_size=TEXT)


def _bars(counts: pd.DataFrame, column: str, name: str, colour: str) -> go.Bar:
    number = counts[column].to_numpy()
    low, high = counts["low"].to_numpy(), counts["high"].to_numpy()
    return go.Bar(
        x=(low + high) / 2,
        y=number / max(number.sum(), 1),
        customdata=list(zip(low, high, number, strict=True)),
        name=name,
        marker={"color": colour, "line": {"width": 0}},
        width=(high - low) * 0.94,
        hovertemplate=(
            f"{name}<br>%{{customdata[0]:.2f}}–%{{customdata[1]:.2f}}: "
            "%{customdata[2]:,} galaxies (%{y:.1%})<extra></extra>"
        ),
    )


def cut_curve(found: Curve, *, cut: float, axis: str) -> go.Figure:
    """Galaxies left after the step, and after the whole selection, at every cut.

    The present ``cut`` is a line across. Every cut is a point that can be chosen.
    """
    figure = go.Figure(_line(found, found.after, "after this step", _AFTER, "solid"))
    if found.final is not None and (found.final != found.after).any():
        figure.add_trace(_line(found, found.final, "after all steps", _FINAL, "dash"))
    figure.add_vline(
        x=cut,
        line={"width": 2, "dash": "dot", "color": "rgba(128, 136, 156, 0.9)"},
        annotation={"text": f"now {cut:g}", "font": {"size": TEXT}},
    )
    figure.update_layout(
        height=330,
        margin={"l": 10, "r": 10, "t": 26, "b": 10},
        legend={"orientation": "h", "y": -0.28, "x": 0},
        hovermode="closest",
        clickmode="event+select",
        dragmode=False,
        uirevision="keep",
    )
    figure.update_xaxes(title=axis, showgrid=False)
    figure.update_yaxes(title="galaxies left", rangemode="tozero", tickformat=",d")
    return legible(figure)


def _line(
    found: Curve, galaxies: object, name: str, colour: str, dash: str
) -> go.Scatter:
    return go.Scatter(
        x=found.cuts,
        y=galaxies,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2, "dash": dash},
        marker={"color": colour, "size": 6},
        selected={"marker": {"color": colour}},
        unselected={"marker": {"opacity": 1}},
        hovertemplate=f"cut at %{{x:g}}: %{{y:,}} {name}<extra></extra>",
    )
