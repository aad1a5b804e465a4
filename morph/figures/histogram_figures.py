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
    bars,
    curve,
    finished,
    panels,
)
from morph.selection.moved_cut import Curve


def histograms(counts: pd.DataFrame, words: Mapping[str, str]) -> go.Figure:
    """Expected vote fractions of the selection and the whole release, by answer.

    ``counts`` has ``label``, ``low`` and ``high`` edges of the bin, and its galaxies in
    the release (``whole``) and in the selection (``selected``). Each histogram is
    normalised, so that a small selection can be compared.
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


def cut_curve(cuts: Curve, *, cut: float, axis: str) -> go.Figure:
    """Galaxies left after one step, and after all steps, at every cut.

    The present ``cut`` is a vertical line. Every cut is a point that can be chosen.
    """
    figure = go.Figure(_line(cuts, cuts.after, "after this step", ACCENT, "solid"))
    if cuts.final is not None and (cuts.final != cuts.after).any():
        figure.add_trace(_line(cuts, cuts.final, "after all steps", WARM, "dash"))
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
    return bars(
        counts,
        counts[column] / max(counts[column].sum(), 1),
        colour=colour,
        name=name,
        customdata=counts[["low", "high", column]],
        hover=f"{name}<br>%{{customdata[0]:.2f}}–%{{customdata[1]:.2f}}: "
        "%{customdata[2]:,} galaxies (%{y:.1%})",
    )


def _line(
    cuts: Curve, galaxies: object, name: str, colour: str, dash: str
) -> go.Scatter:
    line = curve(
        cuts.cuts,
        galaxies,
        name,
        colour=colour,
        hover=f"cut at %{{x:g}}: %{{y:,}} galaxies {name}",
        selected={"marker": {"color": colour}},
        unselected={"marker": {"opacity": 1}},
    )
    return line.update(line_dash=dash, marker_size=6)
