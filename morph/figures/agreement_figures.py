"""Figures that compare two releases: agreement by question, change by answer."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from morph.figures.style import (
    ACCENT,
    PALE,
    SELECTED,
    WHOLE,
    bars,
    finished,
    fractions_in_rows,
    logarithmic_counts,
    panels,
    text_right_of_row,
)
from morph.posterior.intervals import FEW

DARK = 0.6  # fraction of a row above which a cell of the confusion matrix is dark


def agreement_by_question(
    table: pd.DataFrame, titles: Mapping[str, str], *, chosen: str
) -> go.Figure:
    """Fraction of galaxies with the same most probable answer, a row per question.

    ``table`` is that of a `morph.analysis.agreement.Agreement`; the question ``chosen``
    is highlighted. Points have intervals and are hollow for fewer than FEW galaxies;
    the number of galaxies is at the right.
    """
    table = table.set_index("question").loc[list(titles)].reset_index()
    rows = [titles[name] for name in table["question"]]
    figure = go.Figure(
        fractions_in_rows(
            table,
            "share",
            rows,
            table["galaxies"],
            colour=[ACCENT if name == chosen else PALE for name in table["question"]],
            bar_colour=PALE,
            customdata=table[["agreeing", "galaxies", "low", "high"]],
            hover="%{y}: %{customdata[0]:,} of %{customdata[1]:,} galaxies, %{x:.1%} "
            "(95%: %{customdata[2]:.1%} to %{customdata[3]:.1%})",
        )
    )
    for title, galaxies in zip(rows, table["galaxies"], strict=True):
        text = f"n = {galaxies:,}" if 0 < galaxies < FEW else f"{galaxies:,}"
        text = f"<b>{text}</b>" if title == titles[chosen] else text
        text_right_of_row(figure, title, text, xref="paper")
    figure.update_yaxes(autorange="reversed", showgrid=True, ticklabelstandoff=6)
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", showgrid=False)
    return finished(
        figure,
        height=58 + 34 * len(table),
        margin=(0, 84, 8, 40),
        xaxis_title="same most probable answer in both",
        showlegend=False,
    )


def changes(
    counts: pd.DataFrame, summary: pd.DataFrame, words: Mapping[str, str]
) -> go.Figure:
    """Histograms of the change in vote fraction by answer, the mean as a dashed line.

    ``counts`` and ``summary`` are from `morph.analysis.agreement`: `change_histogram`
    and `change_by_label`.
    """
    means = summary.set_index("label")
    titles = []
    for label, answer in words.items():
        mean = f"{means.loc[label, 'mean']:+.3f}".replace("-", "−")
        titles.append(f"{answer}: {mean} ± {means.loc[label, 'error']:.3f}")
    figure, cells = panels(titles, row_gap=0.26, shared_yaxes="all")
    for cell, label in zip(cells, words, strict=True):
        table = counts[counts["label"] == label]
        histogram = bars(
            table,
            table["galaxies"],
            colour=SELECTED,
            name=words[label],
            customdata=table[["low", "high", "galaxies"]],
            hover=f"{words[label]}<br>change of %{{customdata[0]:.2f}} to "
            "%{customdata[1]:.2f}: %{customdata[2]:,} galaxies",
        )
        figure.add_trace(histogram, **cell)
        figure.add_vline(x=0, line={"color": WHOLE, "width": 1.5}, **cell)
        mean = {"color": SELECTED, "width": 1.5, "dash": "dash"}
        figure.add_vline(x=means.loc[label, "mean"], line=mean, **cell)
    figure.update_xaxes(range=[-1, 1], tickvals=[-1, -0.5, 0, 0.5, 1], showgrid=False)
    # Most galaxies hardly change; a linear scale would hide the others.
    logarithmic_counts(figure, int(counts["galaxies"].max()))
    figure.update_yaxes(title="galaxies (log scale)", col=1)
    return finished(
        figure,
        height=70 + 170 * cells[-1]["row"],
        margin=(10, 10, 34, 10),
        bargap=0.06,
        showlegend=False,
    )


def confusion(
    counts: pd.DataFrame, words: Mapping[str, str], *, rows: str, columns: str
) -> go.Figure:
    """Galaxies by most probable answer in two releases, shaded by fraction of the row.

    ``counts`` is from `morph.analysis.agreement.confusion`; ``rows`` and ``columns``
    name the releases.
    """
    answers = [words[label] for label in counts.index]
    numbers = counts.to_numpy()
    share = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            x=answers,
            y=answers,
            z=share,
            customdata=numbers,
            zmin=0,
            zmax=1,
            colorscale=[[0, "#ffffff"], [1, ACCENT]],
            showscale=False,
        )
    )
    for (row, column), number in np.ndenumerate(numbers):
        text = f"{number:,}"
        if number:
            text += f"<br>{100 * share[row, column]:.0f}%"
        figure.add_annotation(
            x=answers[column],
            y=answers[row],
            text=text,
            showarrow=False,
            font={"color": "white" if share[row, column] > DARK else "black"},
        )
    figure.update_yaxes(autorange="reversed", title=rows)
    figure.update_xaxes(title=columns)
    return finished(figure, height=110 + 62 * len(answers))
