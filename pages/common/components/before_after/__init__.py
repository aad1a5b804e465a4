"""Galaxies as cards: picture, and the answers of two releases as bars over bars."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from pages.common.components.gallery import Bar

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Card:
    """One galaxy; ``before`` and ``after`` hold the same answers in the same order."""

    iauname: str
    picture: str | None
    link: str  # opens in a new tab with the middle button or Ctrl
    note: str
    before: tuple[Bar, ...]
    after: tuple[Bar, ...]


_mount = st.components.v2.component(
    "morph_before_after",
    html='<div class="cards" role="group"></div>',
    css=(_HERE / "before_after.css").read_text(encoding="utf-8"),
    js=(_HERE / "before_after.js").read_text(encoding="utf-8"),
)


def before_after(
    cards: Sequence[Card],
    *,
    key: str,
    label: str,
    before: str,
    after: str,
    on_open: Callable[[str], None],
) -> None:
    """Draw ``cards``; ``on_open`` is called with the iauname of the one chosen.

    ``before`` and ``after`` name the two releases in the legend.
    """

    def opened() -> None:
        chosen = st.session_state[key].get("open")
        if chosen:
            on_open(chosen)

    _mount(
        key=key,
        data={
            "label": label,
            "before": before,
            "after": after,
            "cards": [asdict(card) for card in cards],
        },
        on_open_change=opened,
    )
