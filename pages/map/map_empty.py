"""The map where there is nothing to draw yet, or nothing to draw at all."""

import streamlit as st

from morph.catalogue.arrays import by_name
from pages.common.address import navigation, order_control
from pages.common.components.gallery import gallery
from pages.common.galaxies import release_columns, tiles, vectors
from pages.common.here import Here


def hint(here: Here) -> None:
    """What can be done on the map, with galaxies from all over it."""
    st.markdown("##### Draw around galaxies")
    st.markdown(
        "Galaxies that look alike to the model lie near one another. Drag on the map "
        "to see who is there and what is special about them; click on one to see it."
    )
    names = [name for name, _, _ in release_columns.landmarks(here, _whole(here))]
    if not names:
        return
    about = tiles.caption_label(here.selection)
    columns = tiles.columns(here.release, about)
    rows = by_name(here.con, here.release, names, columns=columns)
    order = order_control.to_text(order_control.DEFAULT)
    st.caption("From all over the map:")
    gallery(
        tiles.of(rows, here.release, None, order=order, about=about),
        key="landmark_gallery",
        label=f"{len(names)} galaxies from all over the map",
        side=84,
        on_open=lambda name: navigation.to_galaxy(name, order),
    )


def without_map(here: Here) -> None:
    """Why this release has no map, and which releases have one."""
    others = [release for release in here.releases if release.has_projection]
    with st.container(border=True):
        st.markdown(f"##### {here.release.release_id} has no map")
        st.markdown(
            "A map is drawn by the run that makes a release, from what its model sees "
            "in the pictures. This release "
            + (
                "has those features, but its run drew no map: start a run whose "
                "release has a `projection`."
                if vectors.has_features(here.release)
                else "came without such features, as published tables do."
            )
        )
        with st.container(horizontal=True):
            for release in others:
                st.button(
                    f"Map of {release.release_id}",
                    key=f"map_of_{release.release_id}",
                    icon=":material/map:",
                    on_click=st.session_state.update,
                    args=({"release": release.release_id},),
                )
            st.page_link("../../simplex/simplex.py", label="Its answers on a triangle")
            st.page_link("../../similar/similar.py", label="Galaxies alike in it")


def _whole(here: Here) -> release_columns.Window:
    return release_columns.coordinates(here).window
