"""A grid of galaxy images with one tab stop."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.common import keys, pins
from pages.common.components.declared import declared
from pages.common.components.gallery.packing import Tile, packed


@dataclass(frozen=True)
class Action:
    """An action on a tile: a button, and a key while the tile has the focus."""

    name: str
    sign: str
    words: str
    key: str


_TURNING = {keys.NEXT_PAGE.press: 1, keys.PREVIOUS_PAGE.press: -1}

PIN = Action("pin", "⚲", "Pin or unpin", keys.PIN.press)

_BACK = "gallery_back"  # in the session: galaxies that a visitor comes back from
_BACK_S = 20.0  # afterwards the page is no longer the one they came back to

_USED = ("drawing", "links", "one_stop", "track")
_draw = declared(__file__, uses=_USED, fetched=True)


def come_back(*iaunames: str) -> None:
    """Let the next gallery begin at the tile of the first of these that it shows."""
    st.session_state[_BACK] = (time.monotonic(), iaunames)


def gallery(
    tiles: Sequence[Tile],
    *,
    key: str,
    label: str,
    on_open: Callable[[str], None],
    one_row: bool = False,
    scrolls: bool = False,
    side: int = 132,
    actions: Sequence[Action] = (),
    on_act: Callable[[str, str], None] | None = None,
    on_turn: Callable[[int], None] | None = None,
) -> None:
    """Draw ``tiles``; ``on_open`` is called with the iauname of the one chosen.

    Tiles are at least ``side`` pixels wide. With ``one_row`` only as many are shown as
    fit into one row, or the row ``scrolls``, as in the tray of pinned galaxies.
    ``on_act`` gets the name of an action and the iauname; every tile can also be
    pinned. ``on_turn`` gets 1 or -1 for the keys of the next and previous page.
    """

    done = f"{key}_acts_done"

    def acted(acts: Sequence[Mapping[str, Any]]) -> None:
        for act in acts:  # keys are faster than this: earlier ones are repeated
            if act["number"] <= st.session_state.get(done, 0):
                continue
            st.session_state[done] = act["number"]
            if act["name"] == PIN.name:
                pins.turn(act["iauname"])
            elif on_act is not None:
                on_act(act["name"], act["iauname"])

    _draw(
        key,
        label=label,
        one_row=one_row,
        scrolls=scrolls,
        side=side,
        packed=packed(tiles),
        actions=(*actions, PIN),
        pinned=[] if scrolls else _pinned(tiles),
        gallery=key,
        acts_done=st.session_state.get(done, 0),
        back=_back(tiles),
        turning=_TURNING if on_turn is not None else {},
        on_open=on_open,
        on_act=acted,
        on_turn=on_turn,
    )
    if pins.changed():  # in a fragment; the tray is drawn outside of it
        st.rerun()


def _pinned(tiles: Sequence[Tile]) -> list[str]:
    """Galaxies to mark as pinned."""
    pinned = set(pins.pinned())
    return [tile.iauname for tile in tiles if tile.iauname in pinned]


def _back(tiles: Sequence[Tile]) -> dict[str, Any] | None:
    """The galaxy of a tile that the visitor comes back to, and when they did."""
    since, names = st.session_state.get(_BACK, (0.0, ()))
    if time.monotonic() > since + _BACK_S:
        return None
    shown = {tile.iauname for tile in tiles}
    for name in names:
        if name in shown:
            return {"iauname": name, "turn": since}
    return None
