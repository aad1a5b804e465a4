"""What the server tells the sliders of a page, which are drawn before it is known."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.common.components.declared import declared

_draw = declared(__file__, uses=(), fetched=True)


def tell(key: str, **news: Any) -> None:
    """Give the sliders these values by name; nothing is seen."""
    with st.container(key=f"unseen_{key}"):
        _draw(f"news_{key}", news=news)


def tell_counts(name: str, counts: Mapping[str, Sequence[int]]) -> None:
    """Give the sliders a histogram each, under this name; all have as many bins."""
    bins = len(next(iter(counts.values()), ()))
    written = {slider: _written(own) for slider, own in counts.items()}
    with st.container(key=f"unseen_{name}"):
        _draw(f"news_{name}", name=name, bins=bins, counts=written)


def _written(counts: Sequence[int]) -> str:
    """Numbers with commas, empty for 0, without those that end with zeros."""
    return ",".join(str(count) if count else "" for count in counts).rstrip(",")
