"""Curves of runs: of one while it fits, and of several over one another."""

from collections.abc import Mapping
from itertools import cycle

import pandas as pd
import plotly.graph_objects as go

from morph.figures.style import ACCENT, PALE, WARM, finished, panels
from morph.runs.config_adaptation import fit_words
from morph.trees.decision_tree import DecisionTree

STEP_VALUES = {
    "loss": "Training loss",
    "learning_rate": "Learning rate",
    "images_per_s": "Images per second",
    "data_wait": "Fraction of time waiting for data",
}
_LEGEND = {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0}
_COLOURS = (ACCENT, WARM, PALE, "#2a9d8f", "#b5179e", "#8d6e63", "#0096c7", "#6a994e")


def steps(table: pd.DataFrame) -> go.Figure:
    """Loss, learning rate, speed and data wait along the steps of each fit.

    ``table`` has ``fit``, ``step`` and the STEP_VALUES.
    """
    figure, cells = panels(list(STEP_VALUES.values()), row_gap=0.35, column_gap=0.08)
    lowest = {cell["col"]: cell for cell in cells}
    for cell, value in zip(cells, STEP_VALUES, strict=True):
        for fit, colour in zip(dict.fromkeys(table["fit"]), cycle(_COLOURS)):
            own = table[(table["fit"] == fit) & table[value].notna()]
            line = _line(own["step"], own[value], fit_words(fit), colour, "step")
            figure.add_trace(line.update(showlegend=cell is cells[0]), **cell)
    figure.update_xaxes(showgrid=False)
    for cell in lowest.values():  # above another panel it would touch its heading
        figure.update_xaxes(title="step", **cell)
    height = 120 + 200 * cells[-1]["row"]
    return finished(figure, height=height, margin=(10, 10, 40, 70), legend=_LEGEND)


def labelled(shares: pd.DataFrame, tree: DecisionTree) -> go.Figure:
    """The share of galaxies with each pseudo-label by epoch, a panel per question.

    ``shares`` has ``epoch``, ``label`` and ``share``. Answers are named beside the ends
    of their lines.
    """
    known = set(shares["label"])
    asked = [one for one in tree.questions if known & set(one.labels)]
    figure, cells = panels([one.title for one in asked], row_gap=0.42)
    last = shares["epoch"].max()
    for cell, question in zip(cells, asked, strict=True):
        own = shares[shares["label"].isin(question.labels)]
        highest = max(own["share"].max(), 0.01)
        ends = {}
        for label, colour in zip(question.labels, cycle(_COLOURS)):
            one = own[own["label"] == label].sort_values("epoch")
            if len(one):
                name = tree.words(label)
                line = _line(one["epoch"], one["share"], name, colour, "epoch")
                line.update(showlegend=False, legendgroup=None)
                figure.add_trace(line, **cell)
                ends[name, colour] = one["share"].iloc[-1]
        _names_at_ends(figure, ends, last, gap=0.11 * highest, cell=cell)
        reach = [-0.06 * highest, 1.15 * highest]
        figure.update_yaxes(tickformat=".2~%", range=reach, **cell)
    first = shares["epoch"].min()
    step = max(1, round((last - first) / 4))
    figure.update_xaxes(
        title="epoch",
        showgrid=False,
        range=[first - 0.1, last + 1.1 * max(last - first, 1)],  # room for the names
        tickvals=list(range(first, last + 1, step)),
    )
    height = 60 + 280 * cells[-1]["row"]
    return finished(figure, height=height, margin=(10, 10, 40, 10))


def _names_at_ends(
    figure: go.Figure,
    ends: Mapping[tuple[str, str], float],
    x: float,
    *,
    gap: float,
    cell: Mapping[str, int],
) -> None:
    """Write each name, in its colour, right of the end of its line, none on another."""
    lowest = -float("inf")
    for (name, colour), end in sorted(ends.items(), key=lambda item: item[1]):
        lowest = max(end, lowest + gap)
        figure.add_annotation(
            x=x,
            y=lowest,
            text=name,
            xanchor="left",
            xshift=8,
            showarrow=False,
            font_color=colour,
            **cell,
        )


def compared(tables: Mapping[str, pd.DataFrame], value: str, words: str) -> go.Figure:
    """A value of each epoch, a line per run and fit.

    ``tables`` has ``fit``, ``epoch`` and ``value`` of each run.
    """
    figure = go.Figure()
    for (run, table), colour in zip(tables.items(), cycle(_COLOURS)):
        for number, fit in enumerate(dict.fromkeys(table["fit"])):
            own = table[(table["fit"] == fit) & table[value].notna()]
            name = f"{run}: {fit_words(fit)}"
            line = _line(own["epoch"], own[value], name, colour, "epoch")
            line.line.dash = ("solid", "dash", "dot")[number % 3]
            figure.add_trace(line)
    figure.update_xaxes(title="epoch", showgrid=False)
    figure.update_yaxes(title=words)
    return finished(
        figure, height=380, margin=(10, 10, 10, 90), legend=_LEGEND, showlegend=True
    )


def _line(x: pd.Series, y: pd.Series, name: str, colour: str, unit: str) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        mode="lines+markers" if len(x) < 40 else "lines",
        line={"color": colour, "width": 2},
        legendgroup=name,
        hovertemplate=f"{name}, {unit} %{{x}}: %{{y:.4g}}<extra></extra>",
    )
