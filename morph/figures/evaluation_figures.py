"""Figures of training and evaluation: losses, errors, accuracies, coverage."""

import math
from collections.abc import Iterator, Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.style import (
    ACCENT,
    PALE,
    WARM,
    error_bars,
    finished,
    panels,
    symbols,
)

_ROW, _ENDS = 34, 110  # pixels
_TICKS = 8
_LEGEND = {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0}


def fraction_errors(
    questions: pd.DataFrame, votes: pd.DataFrame | None, titles: Mapping[str, str]
) -> go.Figure:
    """Root mean square errors of vote fractions, a row per question.

    Parameters
    ----------
    questions : DataFrame
        ``questions`` of a `morph.runs.evaluation_file.Evaluation`.
    votes : DataFrame, optional
        Its ``vote_errors``: adds the error against votes, corrected for their noise.
    titles : mapping
        Question -> its title, in the order of the rows.
    """
    figure = go.Figure()
    constant = _rows(questions, titles)
    baseline = "Constant mean fraction"
    _dots(figure, constant, "constant_rmse", baseline, PALE, "line-ns")
    if votes is not None:
        corrected = _rows(votes, titles)
        _dots(
            figure,
            corrected,
            "corrected_rmse",
            "Corrected for vote noise",
            WARM,
            "diamond",
        )
    _dots(figure, constant, "rmse", "Model", ACCENT, "circle", error="rmse_error")
    largest = questions[["rmse", "constant_rmse"]].max().max()
    end = 1.08 * largest if largest > 0 else 1
    figure.update_xaxes(range=[0, end], title="RMS error of vote fractions")
    return _by_question(figure, constant, titles, right=70)


def accuracies(
    majority: pd.DataFrame, confident: pd.DataFrame, titles: Mapping[str, str]
) -> go.Figure:
    """Accuracy where volunteers agree, with 95% intervals and galaxy counts.

    Parameters
    ----------
    majority, confident : DataFrames
        The tables of those names of a `morph.runs.evaluation_file.Evaluation`.
    """
    figure = make_subplots(
        1,
        2,
        shared_yaxes=True,
        horizontal_spacing=0.12,
        subplot_titles=["More than 50% of the votes", "More than 80% of the votes"],
    )
    for column, table in enumerate((majority, confident), start=1):
        rows = _rows(table, titles)
        _fractions(figure, rows, "accuracy", ACCENT, column=column)
        axis = "" if column == 1 else "2"
        _numbers(figure, rows, xref=f"x{axis} domain", yref=f"y{axis}")
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", title="accuracy")
    figure = _by_question(figure, None, titles, right=70)
    return figure.update_layout(margin_t=40, showlegend=False)


def coverages(table: pd.DataFrame, titles: Mapping[str, str]) -> go.Figure:
    """Fraction of vote counts inside the predictive intervals, a colour per mass.

    Parameters
    ----------
    table : DataFrame
        ``coverage`` of a `morph.runs.evaluation_file.Evaluation`. Dotted lines mark
        the coverage of a calibrated model.
    """
    figure = go.Figure()
    colours = dict(
        zip(sorted(table["mass"].unique()), (PALE, WARM, ACCENT), strict=False)
    )
    for mass, colour in colours.items():
        own = _rows(table[table["mass"] == mass], titles)
        _fractions(figure, own, "coverage", colour, name=f"{mass:.0%} interval")
        figure.add_vline(x=mass, line={"color": colour, "width": 1.5, "dash": "dot"})
    figure.update_xaxes(
        range=[-0.02, 1.02], tickformat=".0%", title="vote counts inside"
    )
    first = _rows(table[table["mass"] == table["mass"].max()], titles)
    return _by_question(figure, first, titles, right=70)


def losses(epochs: pd.DataFrame) -> go.Figure:
    """Loss of each fit by epoch, on training galaxies and any held-out ones.

    Parameters
    ----------
    epochs : DataFrame
        ``fit``, ``epoch``, ``loss`` and ``held_out_loss`` (NaN: none).
    """
    names = list(dict.fromkeys(epochs["fit"]))
    figure = make_subplots(1, len(names), subplot_titles=names, horizontal_spacing=0.1)
    for column, name in enumerate(names, start=1):
        own = epochs[epochs["fit"] == name]
        for value, words, colour in (
            ("loss", "Training galaxies", ACCENT),
            ("held_out_loss", "Held-out galaxies", WARM),
        ):
            hover = f"{words}, epoch %{{x}}: %{{y:.3f}}"
            line = _line(own, value, words, colour, hover=hover)
            line.update(showlegend=column == 1)
            figure.add_trace(line, row=1, col=column)
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="loss", col=1)
    return _by_epoch(figure, epochs, height=340)


def watched(epochs: pd.DataFrame, measures: Mapping[str, str]) -> go.Figure:
    """Measures without votes after each epoch of a fit, a panel per measure.

    Parameters
    ----------
    epochs : DataFrame
        ``fit``, ``epoch`` and the measures (NaN: not taken).
    measures : mapping
        Measure -> its words, in the order of the panels.
    """
    figure, cells = panels(list(measures.values()), row_gap=0.4, column_gap=0.1)
    lowest = {cell["col"]: cell for cell in cells}
    for cell, (measure, words) in zip(cells, measures.items(), strict=True):
        for line in _of_fits(epochs, measure, words):
            figure.add_trace(line.update(showlegend=cell is cells[0]), **cell)
    for cell in lowest.values():
        figure.update_xaxes(title="epoch", **cell)
    return _by_epoch(figure, epochs, height=80 + 230 * cells[-1]["row"])


def _by_epoch(figure: go.Figure, epochs: pd.DataFrame, *, height: int) -> go.Figure:
    step = max(1, math.ceil(epochs["epoch"].max() / _TICKS))  # whole epochs
    figure.update_xaxes(showgrid=False, tick0=0, dtick=step)
    return finished(figure, height=height, margin=(10, 10, 40, 80), legend=_LEGEND)


def _of_fits(epochs: pd.DataFrame, measure: str, words: str) -> Iterator[go.Scatter]:
    """The lines of one measure, one per fit."""
    for number, name in enumerate(dict.fromkeys(epochs["fit"])):
        own = epochs[epochs["fit"] == name]
        colour = (ACCENT, WARM, PALE)[number % 3]
        hover = f"{words}, epoch %{{x}}: %{{y:.4f}}"
        yield _line(own, measure, name, colour, hover=hover)


def _line(
    epochs: pd.DataFrame, value: str, name: str, colour: str, *, hover: str
) -> go.Scatter:
    known = epochs[epochs[value].notna()]
    return go.Scatter(
        x=known["epoch"],
        y=known[value],
        name=name,
        legendgroup=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 7, "color": colour},
        hovertemplate=f"{hover}<extra></extra>",
    )


def _rows(table: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """A row per title, in their order; NaN and n = 0 where it is missing."""
    found = table.drop_duplicates("question").set_index("question")
    found = found.reindex(list(titles)).fillna({"n": 0})
    return found.assign(title=[titles[name] for name in found.index])


def _dots(
    figure: go.Figure,
    table: pd.DataFrame,
    value: str,
    name: str,
    colour: str,
    symbol: str,
    *,
    error: str | None = None,
) -> None:
    spread = {"array": table[error].fillna(0), "color": colour} if error else None
    size, line = (
        (14, {"width": 3, "color": colour}) if symbol == "line-ns" else (10, {})
    )
    figure.add_scatter(
        x=table[value],
        y=table["title"],
        mode="markers",
        name=name,
        marker={"size": size, "color": colour, "symbol": symbol, "line": line},
        error_x=spread,
        customdata=table[["n"]],
        hovertemplate=(
            f"%{{y}}, {name.lower()}: %{{x:.3f}}, %{{customdata[0]:,}} galaxies"
            "<extra></extra>"
        ),
    )


def _fractions(
    figure: go.Figure,
    table: pd.DataFrame,
    value: str,
    colour: str,
    *,
    name: str = "",
    column: int | None = None,
) -> None:
    trace = go.Scatter(
        x=table[value],
        y=table["title"],
        mode="markers",
        name=name,
        cliponaxis=False,
        marker={
            "size": 10,
            "color": colour,
            "symbol": symbols(table["n"]),
            "line": {"width": 2, "color": colour},
        },
        error_x=error_bars(table, value, "low", "high", colour=colour),
        customdata=table[["n", "low", "high"]],
        hovertemplate=(
            "%{y}: %{x:.1%} (95%: %{customdata[1]:.1%} to %{customdata[2]:.1%}) of "
            "%{customdata[0]:,}<extra></extra>"
        ),
    )
    where = {} if column is None else {"row": 1, "col": column}
    figure.add_trace(trace, **where)


def _numbers(
    figure: go.Figure, table: pd.DataFrame, *, xref: str = "paper", yref: str = "y"
) -> None:
    """The number of galaxies or counts, at the right of each row."""
    for title, number in zip(table["title"], table["n"], strict=True):
        figure.add_annotation(
            x=1.02,
            xref=xref,
            xanchor="left",
            y=title,
            yref=yref,
            text=f"{int(number):,}",
            showarrow=False,
        )


def _by_question(
    figure: go.Figure,
    numbers: pd.DataFrame | None,
    titles: Mapping[str, str],
    *,
    right: int,
) -> go.Figure:
    if numbers is not None:
        _numbers(figure, numbers)
    figure.update_yaxes(
        autorange="reversed", categoryorder="array", categoryarray=list(titles.values())
    )
    figure.update_yaxes(showgrid=True, ticklabelstandoff=6)
    figure.update_xaxes(showgrid=False)
    height = _ENDS + _ROW * len(titles)
    return finished(figure, height=height, margin=(0, right, 8, 80), legend=_LEGEND)
