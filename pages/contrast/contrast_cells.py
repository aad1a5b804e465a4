"""One group of galaxies in Contrast: number, range of uncertainty, images, strays."""

from dataclasses import replace

import streamlit as st

from morph.analysis import extremes
from morph.analysis.extremes import Cell, Stray
from morph.selection.funnel import TIES, count, excess
from morph.selection.selection import Selection
from morph.trees.decision_tree import Question
from morph.wording import percent
from pages.common import words
from pages.common.address import navigation
from pages.common.components.gallery import gallery
from pages.common.components.gallery.packing import Tile
from pages.common.galaxies import tiles
from pages.common.here import BY_RELEASE, Here
from pages.contrast.contrast_controls import Contrast

SMALL, LARGE = 84, 132  # pixels, minimum side of an image
FEW = 6


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=BY_RELEASE)
def group(here: Here, selection: Selection, label: str, chosen: Contrast) -> Cell:
    """The galaxies of one end of an answer, with a sample to show."""
    return extremes.cell(
        here.con,
        here.release,
        selection,
        about=None if chosen.tails is None else (chosen.tails.by, label),
        columns=tiles.columns(here.release, label),
        pictures=chosen.images,
        seed=chosen.seed,
    )


def heading(here: Here, cell: Cell, title: str, chosen: Contrast, *, key: str) -> None:
    """The number of galaxies, their range of uncertainty, and a link to all of them."""
    text = f"**{title}**"
    if not chosen.blind:  # the numbers would give the row away
        among = _among(here, cell.selection)
        text += f" · {cell.galaxies:,} of {among:,}"
    if cell.low is not None and not chosen.blind:
        measure = here.release.measures[chosen.tails.by]
        symbol = measure.symbol or measure.title
        if measure.of_passes:
            symbol += f"{words.over_passes(here.release.passes)}:"
        text += f"  \n:gray[:small[{symbol} {cell.low:.2g} to {cell.high:.2g}]]"
        if excess(chosen.tails.percent / 100, cell.galaxies, among) > TIES:
            text += "  \n:orange[:small[Equal values are kept together.]]"
    line = st.container(horizontal=True, vertical_alignment="center")
    line.markdown(text, width="content")
    line.space("stretch")
    if cell.galaxies and not chosen.blind:
        line.button(
            "See all",
            icon=":material/arrow_forward:",
            icon_position="right",
            type="tertiary",
            key=f"all_{key}",
            on_click=navigation.to_selection,
            args=(cell.selection,),
            help="Select these galaxies and open Explore",
        )


def pictures(
    here: Here,
    cell: Cell,
    label: str,
    chosen: Contrast,
    *,
    key: str,
    small: bool = False,
) -> list[Tile]:
    """Draw a random sample of the group, or all of a small one, and return it."""
    if cell.galaxies == 0:
        st.caption("No galaxies. Lower “Minimum ρ̂” or widen the selection.")
        return []
    order = f"random:{chosen.seed}"
    shown = None if chosen.blind else label
    every = tiles.of(cell.rows, here.release, shown, order=order, about=label)
    every = list(map(_brief, every))
    gallery(
        every,
        key=f"pictures_{key}",
        label=f"{len(cell.rows)} of {words.galaxies(cell.galaxies)}, at random",
        on_open=lambda name: navigation.to_galaxy(name, order),
        side=SMALL if small else LARGE,
    )
    if cell.galaxies < min(FEW, chosen.images):
        rare = here.release.tree.words(label)
        number = words.galaxies(cell.galaxies)
        st.caption(f"Only {number}: “{rare}” is rare in this selection.")
    return every


def _brief(tile: Tile) -> Tile:
    """A tile without the answer's name, which heads its column; blind, without bars."""
    if tile.caption is None:
        return replace(tile, bars=())
    return replace(tile, caption=replace(tile.caption, words="ρ̂"))


def astray(here: Here, cell: Cell, question: Question) -> None:
    """Say which of these galaxies would not reach the question, and why."""
    if not cell.galaxies or not here.release.tree.way_to(question):
        return
    strays = _strays(here, cell.selection, question)
    if not strays:
        st.markdown(f"All of these also reach {question.title} in the tree.")
        return
    total = percent(sum(stray.galaxies for stray in strays) / cell.galaxies)
    parts = ", ".join(
        f"{percent(stray.galaxies / cell.galaxies)} "
        f"{here.release.tree.words(stray.label)}"
        for stray in strays
    )
    st.markdown(
        f":orange[{total} of these do not reach {question.title} in the tree:] {parts}."
    )


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=BY_RELEASE)
def _among(here: Here, selection: Selection) -> int:
    """The number of galaxies with the answer, at any uncertainty."""
    everyone = replace(selection, certainty=())
    if everyone == selection:
        return here.release.galaxies
    return count(here.con, here.release, everyone)


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=BY_RELEASE)
def _strays(here: Here, selection: Selection, question: Question) -> tuple[Stray, ...]:
    return extremes.strays(here.con, here.release, selection, question)
