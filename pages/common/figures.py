"""A figure with its file for print, and its numbers as a table below it."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from morph.figures.in_print.numbers import of_chart
from pages.common import figure_file
from pages.common.small_figure import small


def chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    caption: str = "",
    numbers: pd.DataFrame | None = None,
    **more: Any,
) -> None:
    """Draw a figure, and offer its file; ``more`` is as of `st.plotly_chart`.

    The file's ``caption`` explains what is drawn, after ``alt``. Its ``numbers`` are
    those of the figure unless a page has a better table of them.
    """
    shown = figure if "on_select" in more else small(figure)  # events are exact
    st.plotly_chart(shown, key=key, alt=alt, config={"displayModeBar": False}, **more)
    figure_file.offer_chart(figure, key=key, caption=f"{alt}. {caption}", table=numbers)


def table(
    rows: Callable[[], pd.DataFrame],
    columns: Mapping[str, Any] | None = None,
    *,
    key: str,
    alt: str,
) -> None:
    """Show as a table; ``columns`` is as of `st.dataframe`'s ``column_config``.

    It is made only once it is opened: each change of the selection would send it.
    """
    box = st.expander("Show as a table", key=key, on_change="rerun")
    if box.open:
        box.dataframe(
            rows(), hide_index=True, column_config=columns, placeholder="–", alt=alt
        )


def table_of(
    figure: go.Figure, names: Mapping[str, str], *, key: str, alt: str
) -> None:
    """Show the numbers that a figure draws; ``names`` are its ``x``, ``y``, ``series``.

    For a figure without a better table.
    """
    table(lambda: of_chart(figure).rename(columns=names), key=key, alt=alt)


def number(
    title: str | None = None, form: str = "localized", *, help: str | None = None
) -> Any:
    """A column of numbers; by default with separators between thousands."""
    return st.column_config.NumberColumn(title, format=form, help=help)
