"""Ready-made samples: cards on Overview, a menu on Explore."""

from collections.abc import Mapping, Sequence

import streamlit as st

from morph.catalogue.arrays import at_rows
from morph.selection.conditions import describe
from morph.selection.funnel import Funnel
from morph.selection.ready_made import (
    ReadyMade,
    carried,
    counted_once,
    drawn_once,
    samples_of,
)
from morph.selection.selection import Selection
from morph.selection.url import to_query_string
from pages.common import words
from pages.common.address import navigation, selection_widgets
from pages.common.components.sample_cards import SampleCard, sample_cards
from pages.common.here import BY_RELEASE, Here
from pages.common.server.routes import thumbnails

_TOO_MANY = 2  # times its share: a percentage that ties make meaningless
_IMAGES = 4  # of the drawn galaxies, those with an image first
_WIDTH = 96  # pixels
_STORES_CHANGE_S = 120  # images may still be arriving in the stores

_HASHES = {**BY_RELEASE, ReadyMade: lambda sample: sample.code}


def cards(here: Here) -> None:
    """The featured samples as cards, each with random galaxies."""
    tree = here.release.tree
    featured = tuple(sample for sample in samples_of(tree) if sample.featured)
    if not featured:
        st.caption(f"There are no ready-made samples of the tree {tree.title}.")
        return
    chosen, counts, tied = _offered(here, featured)
    shown = [
        _card(here, sample, chosen[sample.code], counts[sample.code].left)
        for sample in featured
        if sample.code in chosen
    ]
    sample_cards(
        shown,
        key="samples",
        total=here.release.galaxies,
        on_choose=lambda code: navigation.to_selection(chosen[code]),
    )
    missing = [sample for sample in featured if sample.code not in chosen]
    if missing:
        titles = ", ".join(_missing(sample, tied) for sample in missing)
        st.caption(f"Not available in this release: {titles}.")


def _offered(
    here: Here, samples: Sequence[ReadyMade]
) -> tuple[dict[str, Selection], dict[str, Funnel], dict[str, Funnel]]:
    """By code: the selections to choose from, their numbers, and the numbers of those
    that are left out because galaxies with equal values make them far too large.
    """
    counted = _counts(here, samples)
    tied = {code: one for code, one in counted.items() if one.excess > _TOO_MANY}
    every = carried(here.release, samples)
    return {code: every[code] for code in every if code not in tied}, counted, tied


def _missing(sample: ReadyMade, tied: Mapping[str, Funnel]) -> str:
    title = f"“{sample.title}”"
    if sample.code not in tied:
        return title
    kept, total = tied[sample.code].left, tied[sample.code].total
    return (
        f"{title} (it would keep {kept:,} of {words.galaxies(total)}, because many "
        "have the same value)"
    )


def menu(here: Here) -> None:
    """Every sample that the release supports, with its count."""
    if not samples_of(here.release.tree):
        return
    popover = st.popover(
        "Start from a sample",
        icon=":material/playlist_add_check:",
        on_change="rerun",
        key="samples_menu",
    )
    if popover.open:  # counted only then
        with popover:
            _choose(here)


def _choose(here: Here) -> None:
    samples = samples_of(here.release.tree)
    chosen, counts, _ = _offered(here, samples)
    by_code = {sample.code: sample for sample in samples if sample.code in chosen}
    code = st.selectbox(
        "Sample",
        list(by_code),
        format_func=lambda code: f"{by_code[code].title} · {counts[code].left:,}",
        key="sample",
        width=360,
    )
    st.caption(f"{_meaning(here, chosen[code])}. Source: {by_code[code].source}.")
    st.button(
        f"Select {counts[code].left:,} of {words.galaxies(here.release.galaxies)}",
        key="take_sample",
        on_click=selection_widgets.show,
        args=(chosen[code], here.release),
        help="Replaces the current selection; Undo restores it.",
    )


def _card(
    here: Here, sample: ReadyMade, selection: Selection, galaxies: int
) -> SampleCard:
    query = to_query_string(selection)
    if "release" in st.query_params:
        query = f"release={here.release.release_id}&{query}"
    return SampleCard(
        code=sample.code,
        title=sample.title,
        galaxies=galaxies,
        source=sample.source,
        meaning=_meaning(here, selection),
        link=f"explore?{query}",
        pictures=_images(here, sample, selection),
    )


def _meaning(here: Here, selection: Selection) -> str:
    return words.sentence(describe(selection, here.release))


@st.cache_data(max_entries=40, show_spinner=False, hash_funcs=_HASHES)
def _counts(here: Here, samples: Sequence[ReadyMade]) -> dict[str, Funnel]:
    return {
        code: counted_once(here.con, here.release, selection)
        for code, selection in carried(here.release, samples).items()
    }


@st.cache_data(
    max_entries=400, ttl=_STORES_CHANGE_S, show_spinner=False, hash_funcs=_HASHES
)
def _images(
    here: Here, sample: ReadyMade, selection: Selection
) -> tuple[str | None, ...]:
    release = here.release
    drawn = at_rows(here.con, release, drawn_once(here.con, release, selection))
    pictured = thumbnails.shown(release.manifest, drawn["iauname"])
    names = sorted(drawn["iauname"], key=lambda name: name not in pictured)[:_IMAGES]
    return tuple(
        thumbnails.url(release, name, width=_WIDTH) if name in pictured else None
        for name in names
    )
