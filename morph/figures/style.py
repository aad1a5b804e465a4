"""Colours, text size and repeated parts of the plotly figures."""

from collections.abc import Sequence
from typing import Any

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
    sides = dict(zip("lrtb", margin, strict=True))
    figure.update_layout(height=height, margin=sides, legend_font_size=TEXT, **layout)
    figure.update_xaxes(tickfont_size=TEXT, title_font_size=TEXT)
    figure.update_yaxes(tickfont_size=TEXT, title_font_size=TEXT)
    return figure.update_annotations(font_size=TEXT)


def legend_above(y: float) -> dict[str, Any]:
    """A horizontal legend above the plots, ``y`` in units of their height."""
    return {"orientation": "h", "y": y, "x": 0, "xanchor": "left"}


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
