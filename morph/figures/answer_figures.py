"""A figure of answers with two fractions each, such as of results and their query."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from morph.figures.style import ACCENT, PALE, finished, legend_above


def two_fractions(
    answers: Sequence[str], first: pd.Series, second: pd.Series, names: tuple[str, str]
) -> go.Figure:
    """Two fractions in [0, 1] of each answer, in rows; ``names`` are of the two."""
    styles = (("circle", ACCENT), ("line-ns", PALE))
    figure = go.Figure(
        [
            go.Scatter(
                x=values,
                y=list(answers),
                name=name,
                mode="markers",
                cliponaxis=False,
                showlegend=True,
                marker={"symbol": symbol, "size": 11, "color": colour},
            )
            for name, values, (symbol, colour) in zip(
                names, (first, second), styles, strict=True
            )
        ]
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[-0.02, 1.02], title="mean expected vote fraction")
    return finished(figure, height=110 + 30 * len(answers), legend=legend_above(1.1))
