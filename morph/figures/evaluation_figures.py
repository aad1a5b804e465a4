"""Figures of training and evaluation: losses, errors, accuracies, coverage.

Tables without another source are those of a `morph.runs.evaluation_file.Evaluation`.
"""

import math
from collections.abc import Mapping
from itertools import cycle

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.style import (
    ACCENT,
    PALE,
    WARM,
    curve,
    finished,
    fractions_in_rows,
    panels,
    text_right_of_row,
)
from morph.runs.config_adaptation import fit_words

_ROW, _ENDS = 34, 110  # pixels
_TICKS = 8
_LEGEND = {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0}


def fraction_errors(
    questions: pd.DataFrame, votes: pd.DataFrame | None, titles: Mapping[str, str]
) -> go.Figure:
    """Root mean square errors of vote fractions, a row per question.

    ``votes``, the ``vote_errors``, add errors against votes, corrected for their noise.
    """
    rows = _rows(questions, titles)
    constant = _dots(rows, "constant_rmse", "Constant mean fraction", PALE, "line-ns")
    constant.update(marker={"size": 14, "line": {"width": 3, "color": PALE}})
    model = _dots(rows, "rmse", "Model", ACCENT, "circle")
    model.update(error_x={"array": rows["rmse_error"].fillna(0), "color": ACCENT})
    traces = [constant, model]
    if votes is not None:
        name, corrected = "Corrected for vote noise", _rows(votes, titles)
        dots = _dots(corrected, "corrected_rmse", name, WARM, "diamond")
        traces.insert(1, dots)
    figure = go.Figure(traces)
    largest = questions[["rmse", "constant_rmse"]].max().max()
    end = 1.08 * largest if largest > 0 else 1
    figure.update_xaxes(range=[0, end], title="RMS error of vote fractions")
    _numbers(figure, rows)
    return _by_question(figure, titles)


def accuracies(
    majority: pd.DataFrame, confident: pd.DataFrame, titles: Mapping[str, str]
) -> go.Figure:
    """Accuracy where volunteers agree, with 95% intervals and galaxy counts."""
    figure = make_subplots(
        1,
        2,
        shared_yaxes=True,
        horizontal_spacing=0.12,
        subplot_titles=["More than 50% of the votes", "More than 80% of the votes"],
    )
    for column, table in enumerate((majority, confident), start=1):
        rows = _rows(table, titles)
        figure.add_trace(_fractions(rows, "accuracy", ACCENT), row=1, col=column)
        axis = "" if column == 1 else "2"
        _numbers(figure, rows, xref=f"x{axis} domain", yref=f"y{axis}")
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", title="accuracy")
    return _by_question(figure, titles).update_layout(margin_t=40, showlegend=False)


def coverages(table: pd.DataFrame, titles: Mapping[str, str]) -> go.Figure:
    """Fraction of vote counts inside the predictive intervals, a colour per mass.

    Vertical ticks mark the coverage of an exact model, where it is known.
    """
    figure, masses = go.Figure(), table["mass"]
    for mass, colour in zip(
        sorted(masses.unique()), (PALE, WARM, ACCENT), strict=False
    ):
        rows = _rows(table[masses == mass], titles)
        interval = _fractions(rows, "coverage", colour, name=f"{mass:.0%} interval")
        exact = _dots(rows, "exact", f"{mass:.0%}, exact model", colour, "line-ns")
        exact.update(
            marker={"size": 18, "line": {"width": 2, "color": colour}},
            hovertemplate="%{y}, exact model: %{x:.1%}<extra></extra>",
            showlegend=False,
        )
        figure.add_traces([exact, interval])
    figure.update_xaxes(
        range=[-0.02, 1.02],
        tickformat=".0%",
        title="fraction of vote counts inside the interval",
    )
    _numbers(figure, _rows(table[masses == masses.max()], titles))
    return _by_question(figure, titles)


def losses(epochs: pd.DataFrame) -> go.Figure:
    """Loss of each fit by epoch, on training galaxies and any held-out ones.

    ``epochs`` has ``fit``, ``epoch``, ``loss`` and ``held_out_loss`` (NaN: none).
    """
    names = list(dict.fromkeys(epochs["fit"]))
    titles = [fit_words(name) for name in names]
    figure = make_subplots(1, len(names), subplot_titles=titles, horizontal_spacing=0.1)
    for column, fit in enumerate(names, start=1):
        for value, words, colour in (
            ("loss", "Training galaxies", ACCENT),
            ("held_out_loss", "Held-out galaxies", WARM),
        ):
            hover = f"{words}, epoch %{{x}}: %{{y:.3f}}"
            line = _line(epochs, fit, value, words, colour=colour, hover=hover)
            line.update(showlegend=column == 1)
            figure.add_trace(line, row=1, col=column)
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="loss", col=1)
    return _by_epoch(figure, epochs, height=340)


def watched(epochs: pd.DataFrame, measures: Mapping[str, str]) -> go.Figure:
    """Measures without votes after each epoch of a fit, a panel per measure.

    ``epochs`` has ``fit``, ``epoch`` and the ``measures`` (NaN: not taken), whose words
    head the panels.
    """
    figure, cells = panels(list(measures.values()), row_gap=0.4, column_gap=0.1)
    lowest = {cell["col"]: cell for cell in cells}
    for cell, (measure, words) in zip(cells, measures.items(), strict=True):
        hover = f"{words}, epoch %{{x}}: %{{y:.4f}}"
        fits = zip(dict.fromkeys(epochs["fit"]), cycle((ACCENT, WARM, PALE)))
        for fit, colour in fits:
            name = fit_words(fit)
            line = _line(epochs, fit, measure, name, colour=colour, hover=hover)
            figure.add_trace(line.update(showlegend=cell is cells[0]), **cell)
    for cell in lowest.values():
        figure.update_xaxes(title="epoch", **cell)
    return _by_epoch(figure, epochs, height=80 + 230 * cells[-1]["row"])


def _by_epoch(figure: go.Figure, epochs: pd.DataFrame, *, height: int) -> go.Figure:
    step = max(1, math.ceil(epochs["epoch"].max() / _TICKS))  # whole epochs
    figure.update_xaxes(showgrid=False, tick0=0, dtick=step)
    return finished(figure, height=height, margin=(10, 10, 40, 80), legend=_LEGEND)


def _line(
    epochs: pd.DataFrame, fit: str, value: str, name: str, **options: str
) -> go.Scatter:
    known = epochs[(epochs["fit"] == fit) & epochs[value].notna()]
    return curve(known["epoch"], known[value], name, legendgroup=name, **options)


def _rows(table: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """A row per title, in their order; NaN and n = 0 where it is missing."""
    rows = table.drop_duplicates("question").set_index("question")
    rows = rows.reindex(list(titles)).fillna({"n": 0})
    return rows.assign(title=[titles[name] for name in rows.index])


def _dots(
    rows: pd.DataFrame, value: str, name: str, colour: str, symbol: str
) -> go.Scatter:
    return go.Scatter(
        x=rows[value],
        y=rows["title"],
        mode="markers",
        name=name,
        marker={"size": 10, "color": colour, "symbol": symbol},
        customdata=rows[["n"]],
        hovertemplate=(
            f"%{{y}}, {name.lower()}: %{{x:.3f}}, %{{customdata[0]:,}} galaxies"
            "<extra></extra>"
        ),
    )


def _fractions(
    rows: pd.DataFrame, value: str, colour: str, *, name: str = ""
) -> go.Scatter:
    return fractions_in_rows(
        rows,
        value,
        rows["title"],
        rows["n"],
        colour=colour,
        bar_colour=colour,
        name=name,
        customdata=rows[["n", "low", "high"]],
        hover="%{y}: %{x:.1%} (95%: %{customdata[1]:.1%} to %{customdata[2]:.1%}) of "
        "%{customdata[0]:,}",
    )


def _numbers(
    figure: go.Figure, rows: pd.DataFrame, *, xref: str = "paper", yref: str = "y"
) -> None:
    """The number of galaxies or counts, at the right of each row."""
    for title, number in zip(rows["title"], rows["n"], strict=True):
        text_right_of_row(figure, title, f"{int(number):,}", xref=xref, yref=yref)


def _by_question(figure: go.Figure, titles: Mapping[str, str]) -> go.Figure:
    figure.update_yaxes(
        autorange="reversed",
        categoryorder="array",
        categoryarray=list(titles.values()),
        showgrid=True,
        ticklabelstandoff=6,
    )
    figure.update_xaxes(showgrid=False)
    height = _ENDS + _ROW * len(titles)
    return finished(figure, height=height, margin=(0, 70, 8, 80), legend=_LEGEND)
