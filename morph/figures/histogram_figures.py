"""Histograms of vote fractions in a selection, and galaxies left at each cut."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from morph.figures.style import (
    ACCENT,
    SELECTED,
    TEXT,
    WARM,
    WHOLE,
    finished,
    panels,
)
from morph.selection.moved_cut import Curve


def histograms(counts: pd.DataFrame, words: Mapping[str, str]) -> go.Figure:
    """Expected vote fractions of the selection and the whole release, by answer.

    Parameters
    ----------
    counts : DataFrame
        ``label``, ``low``, ``high`` (edges of the bin), ``whole``, ``selected``
        (galaxies of the release, and of the selection, in the bin).
    words : mapping
        Label -> the answer in plain words, in the order of the panels.

    Returns
    -------
    Figure
        Each histogram is normalised, so that a small selection can be compared.
    """
    figure, cells = panels(list(words.values()), row_gap=0.2)
    for cell, label in zip(cells, words, strict=True):
        table = counts[counts["label"] == label]
        figure.add_trace(_bars(table, "whole", "Whole release", WHOLE), **cell)
        figure.add_trace(_bars(table, "selected", "Selection", SELECTED), **cell)
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.5, 1], showgrid=False)
    figure.update_yaxes(tickformat=".0%", nticks=4, rangemode="tozero")
    return finished(
        figure,
        height=60 + 170 * cells[-1]["row"],
        margin=(10, 10, 34, 10),
        barmode="overlay",
        bargap=0.06,
        showlegend=False,
        uirevision="keep",
    )


def cut_curve(found: Curve, *, cut: float, axis: str) -> go.Figure:
    """Galaxies left after one step, and after all steps, at every cut.

    The present ``cut`` is a vertical line. Every cut is a point that can be chosen.
    """
    figure = go.Figure(_line(found, found.after, "after this step", ACCENT, "solid"))
    if found.final is not None and (found.final != found.after).any():
        figure.add_trace(_line(found, found.final, "after all steps", WARM, "dash"))
    figure.add_vline(
        x=cut,
        line={"width": 2, "dash": "dot", "color": "rgba(128, 136, 156, 0.9)"},
        annotation={"text": f"now {cut:g}", "font": {"size": TEXT}},
    )
    figure.update_xaxes(title=axis, showgrid=False)
    figure.update_yaxes(title="galaxies left", rangemode="tozero", tickformat=",d")
    return finished(
        figure,
        height=330,
        margin=(10, 10, 26, 10),
        legend={"orientation": "h", "y": -0.28, "x": 0},
        hovermode="closest",
        clickmode="event+select",
        dragmode=False,
        uirevision="keep",
    )


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
