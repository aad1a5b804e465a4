"""Colours, text size and repeated parts of the plotly figures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from morph.posterior.intervals import FEW

# Legible on light and dark backgrounds.
ACCENT, PALE, WARM = "#6070ec", "#9aa1b2", "#d9730d"
SELECTED = "rgba(96, 112, 236, 0.8)"
WHOLE = "rgba(128, 136, 156, 0.42)"
TEXT = 14  # pixels
_PANELS_A_ROW = 3


def panels(
    titles: Sequence[str], *, row_gap: float, column_gap: float = 0.06, **options: Any
) -> tuple[go.Figure, list[dict[str, int]]]:
    """A figure of empty panels, three a row, and the row and column of each.

    ``row_gap`` is in units of a row's height, ``column_gap`` of the figure's width.
    """
    columns = min(len(titles), _PANELS_A_ROW)
    rows = -(-len(titles) // columns)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=list(titles),
        horizontal_spacing=column_gap,
        vertical_spacing=row_gap / rows,
        **options,
    )
    cells = [
        {"row": i // columns + 1, "col": i % columns + 1} for i in range(len(titles))
    ]
    return figure, cells


def finished(
    figure: go.Figure,
    *,
    height: int,
    margin: Sequence[int] = (10, 10, 10, 10),
    **layout: Any,
) -> go.Figure:
    """Set height, margin (left, right, top, bottom), other layout and text size."""
    # One by one: updates of plotly take three times as long, for each change of a page.
    figure.update_layout(height=height, **layout)
    figure.layout.margin = dict(zip("lrtb", margin, strict=True))
    figure.layout.legend.font.size = TEXT
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        axis.tickfont.size = axis.title.font.size = TEXT
    for annotation in figure.layout.annotations:
        annotation.font.size = TEXT
    return figure


def logarithmic_counts(figure: go.Figure, most: int, **panel: Any) -> None:
    """A logarithmic vertical axis of numbers of galaxies, from below 1 to ``most``.

    Ticks are powers of ten, and 2 and 5 times these where there are few. Other
    arguments choose the panels, as in ``update_yaxes``.
    """
    powers = [10**k for k in range(int(np.log10(max(most, 1))) + 1)]
    steps = (1, 2, 5) if len(powers) < 3 else (1,)
    ticks = [step * power for power in powers for step in steps]
    figure.update_yaxes(
        type="log",
        range=[np.log10(0.7), np.log10(1.5 * max(most, 1))],  # a bar of 1 is seen
        tickvals=ticks,
        ticktext=[f"{tick:,}" for tick in ticks],
        **panel,
    )


def legend_above(y: float) -> dict[str, Any]:
    """A horizontal legend above the plots, ``y`` in units of their height."""
    return {"orientation": "h", "y": y, "x": 0, "xanchor": "left"}


def middle(table: pd.DataFrame) -> pd.Series:
    """The centres of bins, from their edges ``low`` and ``high``."""
    return (table["low"] + table["high"]) / 2


def bars(
    table: pd.DataFrame, heights: pd.Series, *, colour: str, hover: str, **more: Any
) -> go.Bar:
    """A bar on each bin of a table."""
    widths = (table["high"] - table["low"]).to_numpy() * 0.94
    return go.Bar(
        x=middle(table),
        y=heights,
        width=float(widths[0]) if len(widths) and np.ptp(widths) < 1e-9 else widths,
        marker={"color": colour, "line": {"width": 0}},
        hovertemplate=f"{hover}<extra></extra>",
        **more,
    )


def curve(
    x: pd.Series,
    y: pd.Series,
    name: str,
    *,
    colour: str,
    hover: str,
    symbol: str | Sequence[str] = "circle",
    **more: Any,
) -> go.Scatter:
    """A line through points."""
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 8, "color": colour, "symbol": symbol},
        hovertemplate=f"{hover}<extra></extra>",
        **more,
    )


def fractions_in_rows(
    table: pd.DataFrame,
    value: str,
    titles: Sequence[str],
    numbers: pd.Series,
    *,
    colour: str | Sequence[str],
    bar_colour: str,
    hover: str,
    **more: Any,
) -> go.Scatter:
    """Fractions with intervals, ``low`` to ``high``, in rows; hollow where few."""
    return go.Scatter(
        x=table[value],
        y=titles,
        mode="markers",
        cliponaxis=False,
        marker={
            "size": 10,
            "color": colour,
            "symbol": symbols(numbers),
            "line": {"width": 2, "color": colour},
        },
        error_x=error_bars(table, value, "low", "high", colour=bar_colour),
        hovertemplate=f"{hover}<extra></extra>",
        **more,
    )


def text_right_of_row(figure: go.Figure, title: str, text: str, **axes: str) -> None:
    """Write a text at the right of the row ``title``."""
    figure.add_annotation(
        x=1.02, xanchor="left", y=title, text=text, showarrow=False, **axes
    )


def error_bars(
    table: pd.DataFrame, value: str, low: str, high: str, *, colour: str
) -> dict[str, Any]:
    """Asymmetric error bars from the columns of an interval; none where it is NaN."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (table[high] - table[value]).fillna(0),
        "arrayminus": (table[value] - table[low]).fillna(0),
        "thickness": 1.5,
        "width": 4,
        "color": colour,
    }


def symbols(numbers: pd.Series, symbol: str = "circle") -> list[str]:
    """A marker for each number of galaxies, hollow where there are fewer than FEW."""
    return [f"{symbol}-open" if number < FEW else symbol for number in numbers]
