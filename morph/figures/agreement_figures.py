"""Figures of two releases compared: agreement by question, change by answer."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.figures.histogram_figures import PANELS_A_ROW, SELECTED, WHOLE, legible
from morph.posterior.intervals import FEW

ACCENT, PALE = "#6070ec", "#9aa1b2"  # legible on light and dark alike


def agreement_by_question(
    table: pd.DataFrame, titles: Mapping[str, str], *, chosen: str
) -> go.Figure:
    """Share of galaxies with the same largest answer, a row a question.

    Parameters
    ----------
    table : DataFrame
        ``questions`` of `morph.analysis.agreement.Agreement`.
    titles : mapping
        Question -> its title; the rows stand in this order.
    chosen : str
        The question that is marked.

    Returns
    -------
    Figure
        Points with their intervals, hollow where the galaxies are fewer than FEW, and
        the number of galaxies beside each.
    """
    table = table.set_index("question").loc[list(titles)].reset_index()
    colour = [ACCENT if name == chosen else PALE for name in table["question"]]
    few = table["galaxies"] < FEW
    figure = go.Figure(
        go.Scatter(
            x=table["share"],
            y=[titles[name] for name in table["question"]],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": table["high"] - table["share"],
                "arrayminus": table["share"] - table["low"],
                "thickness": 2,
                "width": 5,
                "color": PALE,
            },
            mode="markers",
            cliponaxis=False,
            marker={
                "size": 11,
                "color": colour,
                "symbol": ["circle-open" if one else "circle" for one in few],
                "line": {"width": 2, "color": colour},
            },
            customdata=table[["agreeing", "galaxies", "low", "high"]],
            hovertemplate=(
                "%{y}: %{customdata[0]:,} of %{customdata[1]:,} galaxies, %{x:.1%} "
                "(95%: %{customdata[2]:.1%} to %{customdata[3]:.1%})<extra></extra>"
            ),
        )
    )
    for name, galaxies, is_few in zip(
        table["question"], table["galaxies"], few, strict=True
    ):
        text = f"{galaxies:,}" + (", few" if is_few and galaxies else "")
        figure.add_annotation(
            x=1.02,
            xref="paper",
            xanchor="left",
            y=titles[name],
            text=f"<b>{text}</b>" if name == chosen else text,
            showarrow=False,
        )
    figure.update_yaxes(autorange="reversed", showgrid=True, ticklabelstandoff=6)
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%", showgrid=False)
    figure.update_layout(
        height=58 + 34 * len(table),
        margin={"l": 0, "r": 84, "t": 8, "b": 40},
        xaxis_title="same largest answer in both",
        showlegend=False,
    )
    return legible(figure)


def changes(
    counts: pd.DataFrame, summary: pd.DataFrame, words: Mapping[str, str]
) -> go.Figure:
    """How vote fractions change, one panel an answer, with the mean as a line.

    Parameters
    ----------
    counts : DataFrame
        `morph.analysis.agreement.change_histogram`.
    summary : DataFrame
        `morph.analysis.agreement.change_by_label`.
    words : mapping
        Label -> the answer in plain words; the panels stand in this order.
    """
    columns = min(len(words), PANELS_A_ROW)
    rows = -(-len(words) // columns)
    means = summary.set_index("label")
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=[
            f"{answer}: {means.loc[label, 'mean']:+.3f} "
            f"± {means.loc[label, 'error']:.3f}"
            for label, answer in words.items()
        ],
        horizontal_spacing=0.06,
        vertical_spacing=0.26 / rows,
        shared_yaxes="all",
    )
    for place, label in enumerate(words):
        where = {"row": place // columns + 1, "col": place % columns + 1}
        own = counts[counts["label"] == label]
        figure.add_trace(_bars(own, words[label]), **where)
        figure.add_vline(x=0, line={"color": WHOLE, "width": 1.5}, **where)
        mean = {"color": SELECTED, "width": 1.5, "dash": "dash"}
        figure.add_vline(x=means.loc[label, "mean"], line=mean, **where)
    figure.update_layout(
        height=70 + 170 * rows,
        margin={"l": 10, "r": 10, "t": 34, "b": 10},
        bargap=0.06,
        showlegend=False,
    )
    figure.update_xaxes(range=[-1, 1], tickvals=[-1, -0.5, 0, 0.5, 1], showgrid=False)
    # Most galaxies hardly move: on a linear scale the others would not be seen.
    figure.update_yaxes(type="log", dtick=1, tickformat=",", rangemode="tozero")
    figure.update_yaxes(title="galaxies", col=1)
    return legible(figure)


def _bars(counts: pd.DataFrame, answer: str) -> go.Bar:
    low, high = counts["low"].to_numpy(), counts["high"].to_numpy()
    number = counts["galaxies"].to_numpy()
    return go.Bar(
        x=(low + high) / 2,
        y=number,
        width=(high - low) * 0.94,
        customdata=counts[["low", "high", "galaxies"]],
        name=answer,
        marker={"color": SELECTED, "line": {"width": 0}},
        hovertemplate=(
            f"{answer}<br>change of %{{customdata[0]:.2f}} to %{{customdata[1]:.2f}}: "
            "%{customdata[2]:,} galaxies<extra></extra>"
        ),
    )
