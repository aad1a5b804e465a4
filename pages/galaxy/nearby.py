"""Galaxies near one: in feature space, and on the sky."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from morph.analysis.one_galaxy import Galaxy
from morph.catalogue import find_galaxy
from morph.catalogue.arrays import at_rows, by_name, rows_of
from morph.similar.index import SKIP_ARCSEC
from pages.common.address import navigation, order_control
from pages.common.components.gallery import gallery
from pages.common.galaxies import tiles, vectors
from pages.common.galaxies.find import far
from pages.common.here import Here
from pages.common.similar import similar_query, similar_search, start
from pages.common.similar.similar_query import Query

SIMILAR, ON_SKY = 12, 6
SUSPECT_ARCSEC = 20.0  # closer than this, it may be a duplicate
_SIDE, _SIDE_OF_BARS = 72, 104  # minimum pixels of a tile: images, or numbers


@st.fragment
def alike(here: Here, galaxy: Galaxy, order: str) -> None:
    """The most similar galaxies, by image features or else by vote fractions."""
    if navigation.asked():
        st.rerun()
    space = "features" if vectors.has_features(here.release) else "answers"
    search = vectors.search(here, space)
    _heading(galaxy)
    if search.index is None:
        start.wait(search)
        return
    name = galaxy.iauname
    row = rows_of(here.con, here.release, [name])[name]
    if not search.index.known[row]:
        st.caption("This galaxy has no features to compare.")
        return
    query = Query((galaxy.iauname,), (), space, SIMILAR)
    result = similar_search.find(here, search.index, query, None)
    rows = at_rows(
        here.con, here.release, result.similar.rows, columns=_columns(here, order)
    )
    notes = [f"{distance:.3f}" for distance in result.similar.distance]
    _gallery(
        here, rows, notes, "alike", f"The {len(rows)} most similar galaxies", order
    )
    st.caption(
        f"Distance (1 − cosine) by {similar_query.SPACE_WORDS[space]}: the nearest "
        f"{len(rows)} of {int(result.allowed.sum()):,} galaxies, all more than "
        f"{SKIP_ARCSEC:g} arcsec away on the sky."
    )


@st.fragment
def on_sky(here: Here, galaxy: Galaxy, order: str) -> None:
    """The nearest galaxies on the sky, with a warning about possible duplicates."""
    if navigation.asked():
        st.rerun()
    st.markdown("##### Nearest on the sky")
    if galaxy.ra is None or galaxy.dec is None:
        st.caption("The position of this galaxy is unknown.")
        return
    near = find_galaxy.nearest(
        here.con,
        here.release,
        galaxy.ra,
        galaxy.dec,
        limit=ON_SKY,
        without=galaxy.iauname,
    )
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
    rows = by_name(
        here.con, here.release, list(near["iauname"]), columns=_columns(here, order)
    )
    notes = [far(separation) for separation in near["separation_arcsec"]]
    _gallery(here, rows, notes, "on_sky", f"The {len(rows)} nearest on the sky", order)


def _heading(galaxy: Galaxy) -> None:
    """The heading, and a link to Similar with this galaxy as the query."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("##### Most similar")
        st.button(
            "Find more",
            icon=":material/join:",
            type="tertiary",
            key="more_alike",
            on_click=navigation.to_similar,
            args=(galaxy.iauname,),
        )


def _about(here: Here, order: str) -> str:
    """The answer by which the galaxies are sorted, or that the selection limits."""
    sorted_by = order_control.from_text(order, here.release).label
    return sorted_by or tiles.caption_label(here.selection)


def _columns(here: Here, order: str) -> list[str]:
    return tiles.columns(here.release, _about(here, order))


def _gallery(
    here: Here, rows: pd.DataFrame, notes: list[str], key: str, label: str, order: str
) -> None:
    about = _about(here, order)
    shown = tiles.of(rows, here.release, None, order=order, about=about)
    gallery(
        [replace(tile, note=note) for tile, note in zip(shown, notes, strict=True)],
        key=key,
        label=label,
        side=_SIDE if any(tile.picture for tile in shown) else _SIDE_OF_BARS,
        on_open=lambda name: navigation.to_galaxy(name, order),
    )
