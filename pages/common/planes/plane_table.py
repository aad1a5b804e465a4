"""A plane of galaxies as a table, for its numbers and for screen readers."""

import numpy as np
import pandas as pd
import streamlit as st

from morph.geometry import density
from morph.geometry.density import Window

TITLE = "The same as a table"


def draw(
    x: np.ndarray,
    y: np.ndarray,
    window: Window,
    axes: tuple[str, str],
    *,
    key: str,
    values: np.ndarray | None = None,
    title: str = "",
) -> None:
    """Counts in rectangles of a plane, and the mean of ``values`` in them."""
    box = st.expander(TITLE, key=key, on_change="rerun")
    if not box.open:
        return
    table = density.count_table(x, y, window, values=values)
    across, up = axes
    names = {
        "left": f"{across} from",
        "right": f"{across} to",
        "low": f"{up} from",
        "high": f"{up} to",
        "galaxies": "Galaxies",
        "mean": f"Mean {title}",
    }
    with box:
        counts(table.rename(columns=names), "%.2f", "rectangles")


def counts(table: pd.DataFrame, form: str, parts: str) -> None:
    """A table of the galaxies in parts of a plane; ``form`` is of its other numbers."""
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        column_config={name: number(format=form) for name in table.columns}
        | {"Galaxies": number(format="localized")},
        alt=f"Number of galaxies in {len(table)} {parts}",
    )
