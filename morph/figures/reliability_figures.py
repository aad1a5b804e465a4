"""Reliability diagram: votes against predicted vote fractions, a panel per answer."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from morph.figures.style import (
    WHOLE,
    curve,
    error_bars,
    finished,
    legend_above,
    panels,
    symbols,
)


def reliability_curves(
    tables: Mapping[str, tuple[pd.DataFrame, str]], words: Mapping[str, str]
) -> go.Figure:
    """Mean votes against the predicted fraction, with intervals; hollow where few.

    ``tables`` maps the name of each curve to its table, from
    `morph.analysis.agreement.reliability`, and its colour.
    """
    figure, cells = panels(list(words.values()), row_gap=0.2, shared_yaxes="all")
    rows = cells[-1]["row"]
    for cell, label in zip(cells, words, strict=True):
        figure.add_trace(_diagonal(), **cell)
        for name, (table, colour) in tables.items():
            line = _curve(table[table["label"] == label], name, colour)
            figure.add_trace(line.update(showlegend=cell is cells[0]), **cell)
    figure.update_xaxes(range=[-0.02, 1.02], tickvals=[0, 0.5, 1], showgrid=False)
    figure.update_yaxes(range=[-0.03, 1.03], tickvals=[0, 0.5, 1])
    figure.update_xaxes(title="expected vote fraction", row=rows)
    figure.update_yaxes(title="mean vote fraction", col=1)
    return finished(
        figure,
        height=100 + 220 * rows,
        margin=(10, 10, 60, 10),
        legend=legend_above(1 + 0.28 / rows),
    )


def _diagonal() -> go.Scatter:
    return go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": WHOLE, "width": 1.5, "dash": "dot"},
        showlegend=False,
        hoverinfo="skip",
    )


def _curve(table: pd.DataFrame, name: str, colour: str) -> go.Scatter:
    return curve(
        table["expected"],
        table["voted"],
        name,
        colour=colour,
        symbol=symbols(table["galaxies"]),
        error_y=error_bars(table, "voted", "voted_low", "voted_high", colour=colour),
        legendgroup=name,
        customdata=table[["low", "high", "voted_low", "voted_high", "galaxies"]],
        hover=f"{name}, %{{customdata[0]:.1f}} to %{{customdata[1]:.1f}}: vote "
        "fraction %{y:.3f} (95%: %{customdata[2]:.3f} to %{customdata[3]:.3f}), "
        "%{customdata[4]:,} galaxies",
    )
