"""One galaxy: its morphology in a sentence, pin, previous and next."""

import streamlit as st

from morph.analysis.galaxy_in_words import MAJORITY, SURE, TIED, in_words
from morph.analysis.one_galaxy import Galaxy
from morph.selection.listing.beside_in_order import neighbours
from morph.selection.listing.order import Order
from pages.common import keys, pins, words
from pages.common.address import navigation
from pages.common.galaxies import find
from pages.common.here import Here


def back(galaxy: Galaxy) -> None:
    """A button back to the gallery, at the tile from which a galaxy was opened."""
    if navigation.has_left():
        st.button(
            "Back to the gallery",
            icon=":material/arrow_back:",
            type="tertiary",
            key="back_to_gallery",
            on_click=navigation.back,
            args=(galaxy.iauname,),
        )


def turn(here: Here, galaxy: Galaxy, order: Order) -> None:
    """Buttons for the previous and the next selected galaxy, also by arrow keys."""
    beside = neighbours(
        here.con, here.release, here.selection, galaxy.iauname, order=order
    )
    if beside is None:
        pin(galaxy)
        st.caption("Not in the current selection", width="content")
        return
    for title, icon, key, name in (
        ("Previous", ":material/chevron_left:", keys.PREVIOUS, beside.previous),
        ("Next", ":material/chevron_right:", keys.NEXT, beside.next),
    ):
        st.button(
            title,
            icon=icon,
            key=key.press,
            shortcut=key.press,
            disabled=name is None,
            on_click=find.show,
            args=(name,),
        )
    pin(galaxy)
    ordered = words.plain(order.words(here.release))
    st.caption(f"{beside.rank:,} of {beside.total:,}, {ordered}", width="content")


def pin(galaxy: Galaxy) -> None:
    """Pin the galaxy to the tray, or unpin it."""
    pinned = galaxy.iauname in pins.pinned()
    st.button(
        "Unpin" if pinned else "Pin",
        icon=":material/keep_off:" if pinned else ":material/keep:",
        key="pin_galaxy",
        shortcut=keys.PIN_THIS.press,
        on_click=pins.turn,
        args=(galaxy.iauname,),
    )


def name_and_sentence(here: Here, galaxy: Galaxy) -> None:
    """Its name, and its posterior in words."""
    st.title(galaxy.iauname)
    release = here.release
    not_learnt = release.manifest.not_learnt
    sentence = in_words(galaxy.questions, release.tree, not_learnt=not_learnt)
    if not sentence:
        return
    perhaps = f"expected fraction below {MAJORITY:g}"
    if release.has_uncertainty:
        perhaps = f"expected fraction of 0.5 or less, or P(ρ > 0.5) below {SURE:g}"
    st.markdown(
        f"**{sentence}**",
        help="Derived from the fractions by fixed rules. Each number is the lowest "
        "expected vote fraction among the answers named before it. “Perhaps”: "
        f"{perhaps}. “A or B”: expected fractions that differ by at most {TIED:g}.",
    )
