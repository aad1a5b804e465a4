"""Figures of how a run was fitted and judged: losses, errors, accuracies, coverage."""

import math
from collections.abc import Iterator, Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.agreement_figures import ACCENT, PALE
from morph.figures.histogram_figures import legible
from morph.posterior.intervals import FEW

WARM = "#d9730d"  # beside ACCENT, legible on light and dark alike
_ROW, _ENDS = 34, 110  # pixels
_TICKS = 8
_BESIDE = 3  # plots of measures


def fraction_errors(
    questions: pd.DataFrame, votes: pd.DataFrame | None, titles: Mapping[str, str]
) -> go.Figure:
    """Root mean square errors of vote fractions, a row a question.

    Parameters
    ----------
    questions : DataFrame
        ``questions`` of a `morph.runs.evaluation_file.Evaluation`.
    votes : DataFrame, optional
        Its ``vote_errors``: a second mark then shows the error against votes, their
        noise taken away.
    titles : mapping
        Question -> its title; the rows stand in this order.
    """
    figure = go.Figure()
    constant = _rows(questions, titles)
    _dots(
        figure, constant, "constant_rmse", "Always the mean fraction", PALE, "line-ns"
    )
    if votes is not None:
        corrected = _rows(votes, titles)
        _dots(figure, corrected, "corrected_rmse", "Noise taken away", WARM, "diamond")
    _dots(figure, constant, "rmse", "The model", ACCENT, "circle", error="rmse_error")
    largest = questions[["rmse", "constant_rmse"]].max().max()
    end = 1.08 * largest if largest > 0 else 1
    figure.update_xaxes(range=[0, end], title="error of vote fractions (rms)")
    return _by_question(figure, constant, titles, right=70)


def accuracies(
    majority: pd.DataFrame, confident: pd.DataFrame, titles: Mapping[str, str]
) -> go.Figure:
    """Accuracy where volunteers agree, with 95% intervals and the galaxies behind it.

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
        subplot_titles=["More than half of the votes", "More than 0.8 of the votes"],
    )
    for column, table in enumerate((majority, confident), start=1):
        own = _rows(table, titles)
        _shares(figure, own, "accuracy", ACCENT, column=column)
        axis = "x" if column == 1 else "x2"
        _beside(figure, own, xref=f"{axis} domain", yref="y" if column == 1 else "y2")
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", title="accuracy")
    figure = _by_question(figure, None, titles, right=70)
    return figure.update_layout(margin_t=40, showlegend=False)


def coverages(table: pd.DataFrame, titles: Mapping[str, str]) -> go.Figure:
    """Share of volunteers' counts inside the intervals, a colour for each mass.

    Parameters
    ----------
    table : DataFrame
        ``coverage`` of a `morph.runs.evaluation_file.Evaluation`. A line stands where
        an honest model's marks would.
    """
    figure = go.Figure()
    colours = dict(
        zip(sorted(table["mass"].unique()), (PALE, WARM, ACCENT), strict=False)
    )
    for mass, colour in colours.items():
        own = _rows(table[table["mass"] == mass], titles)
        _shares(figure, own, "coverage", colour, name=f"{mass:.0%} interval")
        figure.add_vline(x=mass, line={"color": colour, "width": 1.5, "dash": "dot"})
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", title="counts inside")
    first = _rows(table[table["mass"] == table["mass"].max()], titles)
    return _by_question(figure, first, titles, right=70)


def losses(epochs: pd.DataFrame) -> go.Figure:
    """Loss of each fit by epoch, and that on held-out galaxies where there were any.

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
            ("loss", "Galaxies learnt from", ACCENT),
            ("held_out_loss", "Galaxies held out", WARM),
        ):
            known = own[own[value].notna()]
            line = go.Scatter(
                x=known["epoch"],
                y=known[value],
                name=words,
                legendgroup=words,
                showlegend=column == 1,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"size": 7, "color": colour},
                hovertemplate=f"{words}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
            )
            figure.add_trace(line, row=1, col=column)
    step = max(1, math.ceil(epochs["epoch"].max() / _TICKS))  # no half epochs
    figure.update_xaxes(title="epoch", showgrid=False, tick0=0, dtick=step)
    figure.update_yaxes(title="loss", col=1)
    figure.update_layout(height=340, margin={"l": 10, "r": 10, "t": 40, "b": 80})
    return legible(figure.update_layout(legend=_LEGEND))


def watched(epochs: pd.DataFrame, measures: Mapping[str, str]) -> go.Figure:
    """What was measured after each epoch of a fit, a plot for each measure.

    Parameters
    ----------
    epochs : DataFrame
        ``fit``, ``epoch`` and the measures (NaN: not taken).
    measures : mapping
        Measure -> its words; the plots stand in this order.
    """
    columns = min(len(measures), _BESIDE)
    rows = math.ceil(len(measures) / _BESIDE)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=list(measures.values()),
        horizontal_spacing=0.1,
        vertical_spacing=0.2,
    )
    lowest = len(measures) - columns  # from there on, one in each column
    for place, measure in enumerate(measures):
        at = {"row": place // _BESIDE + 1, "col": place % _BESIDE + 1}
        for line in _of_fits(epochs, measure, measures[measure]):
            figure.add_trace(line.update(showlegend=place == 0), **at)
        if place >= lowest:
            figure.update_xaxes(title="epoch", **at)
    step = max(1, math.ceil(epochs["epoch"].max() / _TICKS))
    figure.update_xaxes(showgrid=False, tick0=0, dtick=step)
    margin = {"l": 10, "r": 10, "t": 40, "b": 80}
    figure.update_layout(height=80 + 230 * rows, margin=margin)
    return legible(figure.update_layout(legend=_LEGEND))


def _of_fits(epochs: pd.DataFrame, measure: str, words: str) -> Iterator[go.Scatter]:
    """One measure's lines, one for each fit."""
    for number, name in enumerate(dict.fromkeys(epochs["fit"])):
        own = epochs[(epochs["fit"] == name) & epochs[measure].notna()]
        colour = (ACCENT, WARM, PALE)[number % 3]
        yield go.Scatter(
            x=own["epoch"],
            y=own[measure],
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 7, "color": colour},
            hovertemplate=f"{words}, epoch %{{x}}: %{{y:.4f}}<extra></extra>",
        )


_LEGEND = {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0}


def _rows(table: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """A row for each title, in their order, NaN and n = 0 where there is none."""
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


def _shares(
    figure: go.Figure,
    table: pd.DataFrame,
    value: str,
    colour: str,
    *,
    name: str = "",
    column: int | None = None,
) -> None:
    few = table["n"] < FEW
    trace = go.Scatter(
        x=table[value],
        y=table["title"],
        mode="markers",
        name=name,
        cliponaxis=False,
        marker={
            "size": 10,
            "color": colour,
            "symbol": ["circle-open" if one else "circle" for one in few],
            "line": {"width": 2, "color": colour},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (table["high"] - table[value]).fillna(0),
            "arrayminus": (table[value] - table["low"]).fillna(0),
            "thickness": 2,
            "width": 4,
            "color": colour,
        },
        customdata=table[["n", "low", "high"]],
        hovertemplate=(
            "%{y}: %{x:.1%} (95%: %{customdata[1]:.1%} to %{customdata[2]:.1%}) of "
            "%{customdata[0]:,}<extra></extra>"
        ),
    )
    where = {} if column is None else {"row": 1, "col": column}
    figure.add_trace(trace, **where)


def _beside(
    figure: go.Figure, table: pd.DataFrame, *, xref: str = "paper", yref: str = "y"
) -> None:
    """How many a mark rests on, beside its row."""
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
    beside: pd.DataFrame | None,
    titles: Mapping[str, str],
    *,
    right: int,
) -> go.Figure:
    if beside is not None:
        _beside(figure, beside)
    figure.update_yaxes(
        autorange="reversed", categoryorder="array", categoryarray=list(titles.values())
    )
    figure.update_yaxes(showgrid=True, ticklabelstandoff=6)
    figure.update_xaxes(showgrid=False)
    figure.update_layout(
        height=_ENDS + _ROW * len(titles),
        margin={"l": 0, "r": right, "t": 8, "b": 80},
        legend=_LEGEND,
    )
    return legible(figure)
