"""How many galaxies each step of the selection leaves, as one line."""

from html import escape

import streamlit as st

from morph.funnel import Funnel
from pages.common import words


def draw(counted: Funnel) -> None:
    """The whole release, then every step with what it leaves and removes."""
    cells = [_cell("All", counted.total, 1.0, "the whole release")]
    for row in counted.rows:
        share = row.left / counted.total if counted.total else 0.0
        removed = f"{row.step.words}: removes {row.removed:,}"
        cells.append(_cell(row.step.short, row.left, share, removed))
    st.html(f'<div class="funnel" role="list">{"".join(cells)}</div>')


def _cell(short: str, left: int, share: float, meaning: str) -> str:
    title = escape(words.sentence(short))
    return (
        f'<div role="listitem" title="{escape(meaning)}"><span>{title}</span>'
        f'<b>{left:,}</b><i style="width:{max(share, 0.004):.2%}"></i></div>'
    )
