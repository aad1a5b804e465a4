"""Scores of a fine-tuned network beside those of other methods."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.style import ACCENT, PALE, error_bars, finished
from morph.runs.finetuning.results_file import FINE_TUNED, METHODS, SCORE_WORDS

_ROW, _ENDS = 40, 120  # pixels


def scores(table: pd.DataFrame) -> go.Figure:
    """A row per method and a panel per score, with 95% intervals.

    ``table`` are the scores of a `morph.runs.finetuning.results_file.JudgedQuestion`.
    """
    figure = make_subplots(
        1,
        len(SCORE_WORDS),
        shared_yaxes=True,
        horizontal_spacing=0.06,
        subplot_titles=list(SCORE_WORDS.values()),
    )
    shown = [method for method in METHODS if method in set(table["method"])]
    for column, name in enumerate(SCORE_WORDS, start=1):
        own = table[(table["score"] == name) & table["value"].notna()]
        for colour, some in (
            (PALE, own[own["method"] != FINE_TUNED]),
            (ACCENT, own[own["method"] == FINE_TUNED]),
        ):
            dots = go.Scatter(
                x=some["value"],
                y=some["method"].map(METHODS),
                error_x=error_bars(some, "value", "low", "high", colour=colour),
                mode="markers",
                marker={"color": colour, "size": 10},
                customdata=some[["low", "high"]],
                hovertemplate="%{y}: %{x:.3f} (%{customdata[0]:.3f} to "
                "%{customdata[1]:.3f})<extra></extra>",
                showlegend=False,
            )
            figure.add_trace(dots, row=1, col=column)
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=[METHODS[method] for method in reversed(shown)],
        range=[-0.6, len(shown) - 0.4],
        automargin=True,
    )
    height, above = _ROW * len(shown) + _ENDS, 40  # for the titles of the panels
    return finished(figure, height=height, margin=(10, 10, above, 10))
