"""The galaxies pinned on any page, kept in view below every page about galaxies."""

import streamlit as st

from morph import few_galaxies, subsets
from pages.common import going, ordering, pins, subset_actions, tiles, words
from pages.common.frame import Here
from pages.common.gallery import gallery

_SIDE = 64  # pixels


def draw(here: Here) -> None:
    """The tray; nothing while no galaxy is pinned and none was."""
    pins.taken_note_of()
    if not pins.pinned() and not pins.before():
        return
    known = set(subsets.known_names(here.con, here.release, pins.pinned()))
    names = [name for name in pins.pinned() if name in known]
    with st.bottom.container(
        key="tray", horizontal=True, vertical_alignment="center", gap="small"
    ):
        if not pins.pinned():
            st.caption("No galaxy is pinned.", width="content")
            _button("Undo", ":material/undo:", "unclear_pins", pins.before())
            return
        _pictures(here, names)
        _save(here, names)
        _button("Clear", ":material/close:", "clear_pins", ())


def _pictures(here: Here, names: list[str]) -> None:
    columns = tiles.columns(here.release, here.release.tree.labels[0])
    rows = few_galaxies.by_name(here.con, here.release, names, columns=columns)
    order = ordering.to_text(ordering.DEFAULT)
    gallery(
        tiles.of(rows, here.release, None, order=order),
        key="tray_gallery",
        label=f"{len(names)} pinned galaxies",
        one_row=True,
        side=_SIDE,
        on_open=lambda name: going.to_galaxy(name, order),
    )


def _save(here: Here, names: list[str]) -> None:
    away = len(pins.pinned()) - len(names)
    number = words.galaxies(len(names))
    with st.popover(f"{len(names)} pinned", icon=":material/keep:"):
        if away:
            st.caption(f"{away} more are pinned that this release does not have.")
        subset_actions.name_and_save(
            "save_pins",
            f"Save {number}",
            lambda con, name, note: subsets.save_names(
                con, here.release, names, kind="pins", name=name, note=note
            ),
            disabled=not names,
        )


def _button(text: str, icon: str, key: str, names: tuple[str, ...]) -> None:
    st.button(
        text, icon=icon, type="tertiary", key=key, on_click=pins.keep, args=(names,)
    )
