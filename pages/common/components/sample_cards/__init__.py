"""Ready-made samples as cards with a few of their galaxies; a card can be chosen."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Card:
    """One sample: its name, how many galaxies, where it is from, and pictures of some.

    A picture is its address, or None for a galaxy without one.
    """

    code: str
    title: str
    galaxies: int
    source: str
    meaning: str
    link: str  # opens in a new tab with the middle button or Ctrl
    pictures: tuple[str | None, ...]


_mount = st.components.v2.component(
    "morph_sample_cards",
    html='<div class="cards" role="list"></div>',
    css=(_HERE / "sample_cards.css").read_text(encoding="utf-8"),
    js=(_HERE / "sample_cards.js").read_text(encoding="utf-8"),
)


def sample_cards(
    cards: Sequence[Card], *, key: str, total: int, on_choose: Callable[[str], None]
) -> None:
    """Draw ``cards``; ``on_choose`` is called with the code of the one chosen.

    ``total`` is the number of galaxies of the whole release.
    """

    def pressed() -> None:
        code = st.session_state[key].get("choose")
        if code:
            on_choose(code)

    _mount(
        key=key,
        data={"total": total, "cards": [asdict(card) for card in cards]},
        on_choose_change=pressed,
    )
