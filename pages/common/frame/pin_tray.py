"""A tray of the pinned galaxies below every page about galaxies."""

from functools import partial
from typing import Any

import streamlit as st

from morph.selection import conditions, recipe_json
from morph.subsets import combine, saved
from pages.common import pins, words
from pages.common.address import navigation
from pages.common.components import pin_keeper
from pages.common.components.gallery import gallery
from pages.common.frame import pin_compare
from pages.common.galaxies import download_files, tiles
from pages.common.here import Here
from pages.common.similar import similar_query
from pages.common.subsets.actions import name_and_save

_SIDE = 64  # pixels
_NEW = "A new subset"


def draw(here: Here) -> None:
    """The tray; nothing while no galaxy is pinned and none was."""
    pins.changed()
    pin_keeper.keep()
    if not pins.pinned() and not pins.before():
        return
    in_release = saved.known_names(here.con, here.release, pins.pinned())
    names = [name for name in pins.pinned() if name in set(in_release)]
    with st.bottom.container(
        key="tray", horizontal=True, vertical_alignment="center", gap="small"
    ):
        if not pins.pinned():
            st.caption("No galaxy is pinned.", width="content")
            _button("Undo", ":material/undo:", "unclear_pins", pins.before())
            return
        _pictures(here, names)
        _save(here, names)
        _uses(here, names)
        _button("Clear", ":material/close:", "clear_pins", ())


def _pictures(here: Here, names: list[str]) -> None:
    gallery(
        tiles.named(here, names),
        key="tray_gallery",
        label=f"Pinned: {words.galaxies(len(names))}",
        one_row=True,
        scrolls=True,
        side=_SIDE,
        on_open=navigation.to_galaxy,
    )


def _save(here: Here, names: list[str]) -> None:
    """Save the pinned galaxies as a subset, alone or with those of another one."""
    away = len(pins.pinned()) - len(names)
    kept = {one.subset_id: one.name for one in saved.subsets(here.con)}
    with st.popover(f"Add {len(names)} to a subset", icon=":material/bookmark_add:"):
        if away:
            st.caption(f"Also pinned, but not in this release: {words.galaxies(away)}.")
        to = st.selectbox(
            "Add them to",
            [_NEW, *kept],
            format_func=lambda one: kept.get(one, one),
            key="add_pins_to",
            help="Saves these galaxies and those of the chosen subset as a new subset; "
            "the chosen subset does not change.",
        )
        title = f"Save with {words.galaxies(len(names))} added"
        save = partial(combine.save_with, subset_id=to, names=names)
        if to == _NEW:
            title = f"Save {words.galaxies(len(names))}"
            save = partial(
                saved.save_names,
                release=here.release,
                names=names,
                kind="pins",
                recipe=_recipe(here, names),
            )
        name_and_save("save_pins", title, save, disabled=not names)


def _recipe(here: Here, names: list[str]) -> dict[str, Any]:
    """What the subset is, and the selection of the page at that time, if any."""
    chosen = saved.chosen_words(names)
    if not conditions.steps(here.selection, here.release):
        return {"words": chosen}
    selected = conditions.describe(here.selection, here.release)
    return {
        "words": f"{chosen}; saved while the selection was: {selected}",
        "selection_when_saved": recipe_json.to_json(here.selection),
    }


def _uses(here: Here, names: list[str]) -> None:
    """Compare, find similar, download."""
    st.button(
        "Compare",
        icon=":material/view_column:",
        key="compare_pins",
        disabled=len(names) < 2,
        on_click=pin_compare.open_over_page,
        args=(names,),
        help="Images and vote fractions side by side",
    )
    st.button(
        "Find similar",
        icon=":material/join:",
        key="similar_to_pins",
        disabled=not names,
        on_click=navigation.to_similar,
        args=names[: similar_query.MOST_EXAMPLES],
        help="Galaxies similar to all of these",
    )
    st.download_button(
        "Download",
        data=download_files.file_of(here, "fits", "posteriors", only=names),
        file_name=f"{here.release.release_id}_{len(names)}_pinned.fits",
        icon=":material/download:",
        on_click="ignore",
        disabled=not names,
        key="download_pins",
        help=f"{words.galaxies(len(names))} as FITS, with all posteriors",
    )


def _button(text: str, icon: str, key: str, names: tuple[str, ...]) -> None:
    st.button(
        text, icon=icon, type="tertiary", key=key, on_click=pins.keep, args=(names,)
    )
