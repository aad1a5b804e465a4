"""A table whose rows can be chosen; a choice belongs to the rows that are shown."""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import pandas as pd
import pyarrow as pa
import streamlit as st


def choose(
    table: pd.DataFrame | pa.Table,
    names: pd.Series,
    columns: Mapping[str, Any],
    *,
    key: str,
    height: int,
    alt: str,
) -> list[str]:
    """Draw a table, whose rows have these ``names``; the names of the chosen rows.

    ``columns`` is as of `st.dataframe`'s ``column_config``. Only the rows in view are
    drawn by the browser, however many there are. With other rows, none is chosen.
    """
    shown = crc32(" ".join(names).encode())
    event = st.dataframe(
        table,
        hide_index=True,
        column_config=columns,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"{key}_{shown}",
        height=height,
        placeholder="–",
        alt=alt,
    )
    return list(names.iloc[event.selection.rows])
