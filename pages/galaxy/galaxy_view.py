"""One galaxy among others: what it is in a sentence, and the ways to the next one."""

import streamlit as st

from morph.analysis.galaxy_in_words import MAJORITY, SURE, TIED, in_words
from morph.analysis.one_galaxy import Galaxy
from morph.selection.ordering import Order, neighbours
from pages.common import keys, pins
from pages.common.galaxies import find
from pages.common.here import Here


def turn(here: Here, galaxy: Galaxy, order: Order) -> None:
    """Ways to the galaxies before and after it in the selection, also by arrow keys."""
    beside = neighbours(
        here.con, here.release, here.selection, galaxy.iauname, order=order
    )
    if beside is None:
        st.caption("Not in the present selection", width="content")
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
    st.caption(
        f"{beside.rank:,} of {beside.total:,}, {order.words(here.release)}",
        width="content",
    )


def pin(galaxy: Galaxy) -> None:
    """Keep it in the tray, or take it out."""
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
    """Its name, and what its posterior says in plain words."""
    st.title(galaxy.iauname)
    said = in_words(galaxy.questions, not_learnt=here.release.manifest.not_learnt)
    perhaps = f"expected below {MAJORITY:g}"
    if here.release.has_uncertainty:
        perhaps = f"expected to be no majority, or P(ρ > 0.5) below {SURE:g}"
    st.markdown(
        f"**{said}**",
        help="Made by rule from the posteriors. A number is the expected fraction of "
        f"votes, the smallest of what the words before it say. Perhaps: {perhaps}. "
        f"Two answers with an or between them: their votes differ by {TIED:g} or less.",
    )
