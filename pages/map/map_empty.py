"""What the page shows before a region is drawn, and for a release without a map."""

import streamlit as st

from morph.release.maps import ReleaseMap
from pages.common.address import navigation
from pages.common.components.gallery import gallery
from pages.common.galaxies import release_columns, tiles, vectors
from pages.common.here import Here


def hint(here: Here, on: ReleaseMap) -> None:
    """How to use the map, with galaxies from all parts of it."""
    st.markdown("##### Draw around galaxies")
    st.markdown(
        "Galaxies close together on the map usually have similar features. Draw on it "
        "to inspect the galaxies in a region; click a galaxy to see its image and "
        "answers."
    )
    window = release_columns.coordinates(here, on).window
    names = [name for name, _, _ in release_columns.landmarks(here, on, window)]
    if not names:
        return
    st.caption("Examples from across the map:")
    gallery(
        tiles.named(here, names),
        key="landmark_gallery",
        label=f"{len(names)} galaxies from across the map",
        side=84,
        on_open=navigation.to_galaxy,
    )


def without_map(here: Here) -> None:
    """Why this release has no map, and links to releases with one."""
    others = [release for release in here.releases if release.maps]
    with st.container(border=True):
        st.markdown(f"##### {here.release.release_id} has no map")
        st.markdown(
            "A map is computed from image features by the run that makes a release. "
            + (
                "This release has features, but its run made no map: start a run with "
                "`release.projection` set in its config."
                if vectors.has_features(here.release)
                else "This release has no image features; published tables have none."
            )
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            for release in others:
                st.button(
                    f"Map of {release.release_id}",
                    key=f"map_of_{release.release_id}",
                    icon=":material/map:",
                    on_click=st.session_state.update,
                    args=({"release": release.release_id},),
                )
            st.page_link("../../simplex/simplex.py", label="Ternary plot of answers")
            st.page_link("../../similar/similar.py", label="Similar galaxies")
