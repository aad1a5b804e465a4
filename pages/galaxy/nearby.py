"""Galaxies near one: in feature space, and on the sky."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from morph.analysis.one_galaxy import Galaxy
from morph.catalogue import find_galaxy
from morph.selection.listing.order import Order
from morph.similar.index import NoVector, VectorIndex
from morph.similar.near_examples import SKIP_ARCSEC
from pages.common.address import navigation, order_control
from pages.common.components.gallery import gallery
from pages.common.components.gallery.packing import Tile
from pages.common.galaxies import tiles, vectors
from pages.common.galaxies.find import far
from pages.common.here import BY_RELEASE, Here
from pages.common.similar import similar_query, similar_search, start
from pages.common.similar.similar_query import Query

SIMILAR, ON_SKY = 12, 6
SUSPECT_ARCSEC = 20.0  # closer than this, it may be a duplicate
_SIDE, _SIDE_OF_BARS = 72, 104  # minimum pixels of a tile: images, or numbers


@st.fragment
def alike(here: Here, galaxy: Galaxy, order: Order) -> None:
    """The most similar galaxies, by image features or else by vote fractions."""
    if navigation.asked():
        st.rerun()
    space = "features" if vectors.has_features(here.release) else "answers"
    search = vectors.search(here, space)
    name = galaxy.iauname
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("##### Most similar")
        st.button(
            "Find more",
            icon=":material/join:",
            type="tertiary",
            key="more_alike",
            on_click=navigation.to_similar,
            args=(name,),
        )
    if search.index is None:
        start.wait(search)
        return
    try:
        found = _similar(here, Query((name,), (), space, SIMILAR), search.index)
    except NoVector:
        unknown = {"features": "features", "answers": "vote fractions of some question"}
        st.caption(f"It cannot be compared: its {unknown[space]} are unknown.")
        return
    shown = tiles.at(here, found.rows, **_about(here, order))
    notes = (f"{distance:.3f}" for distance in found.distance)
    _gallery(shown, notes, "alike", f"The {len(shown)} most similar galaxies", order)
    st.caption(
        f"Distance (1 − cosine) in {similar_query.SPACE_WORDS[space]}: the nearest "
        f"{len(shown)} of {found.of:,} galaxies, all more than "
        f"{SKIP_ARCSEC:g} arcsec away on the sky. {start.sample_words(search.index)} "
        f"{start.left_out_words(here, space)}"
    )


@st.fragment
def on_sky(here: Here, galaxy: Galaxy, order: Order) -> None:
    """The nearest galaxies on the sky, with a warning about possible duplicates."""
    if navigation.asked():
        st.rerun()
    st.markdown("##### Nearest on the sky")
    if galaxy.ra is None or galaxy.dec is None:
        st.caption("The position of this galaxy is unknown.")
        return
    near = _nearest(here, galaxy.ra, galaxy.dec, galaxy.iauname)
    if near.empty:
        st.caption("No other galaxy of this release has a position.")
        return
    nearest = near["separation_arcsec"].iloc[0]
    if nearest < SUSPECT_ARCSEC:
        st.warning(
            f"{near['iauname'].iloc[0]} is only {nearest:.1f} arcsec away: possibly "
            "a duplicate, a fragment, or a companion.",
            icon=":material/warning:",
        )
    shown = tiles.named(here, list(near["iauname"]), **_about(here, order))
    notes = map(far, near["separation_arcsec"])
    _gallery(shown, notes, "on_sky", f"The {len(shown)} nearest on the sky", order)


@dataclass(frozen=True)
class _Similar:
    """Rows and distances of the most similar galaxies ``of`` all that are compared."""

    rows: np.ndarray
    distance: np.ndarray
    of: int


# A search reads all vectors, and does not depend on the selection.
@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=BY_RELEASE)
def _similar(here: Here, query: Query, _index: VectorIndex) -> _Similar:
    found = similar_search.find(here, _index, query, None)
    return _Similar(
        found.similar.rows, found.similar.distance, int(found.allowed.sum())
    )


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=BY_RELEASE)
def _nearest(here: Here, ra: float, dec: float, iauname: str) -> pd.DataFrame:
    return find_galaxy.nearest(
        here.con, here.release, ra, dec, limit=ON_SKY, without=iauname
    )


def _about(here: Here, order: Order) -> dict[str, str]:
    """The answer by which galaxies are sorted, if any, and the order for links."""
    text = {"order": order_control.to_text(order)}
    return text | ({"about": order.label} if order.label else {})


def _gallery(
    shown: list[Tile], notes: Iterable[str], key: str, label: str, order: Order
) -> None:
    gallery(
        [replace(tile, note=note) for tile, note in zip(shown, notes, strict=True)],
        key=key,
        label=label,
        side=_SIDE if any(tile.picture for tile in shown) else _SIDE_OF_BARS,
        on_open=lambda name: navigation.to_galaxy(name, order_control.to_text(order)),
    )
