"""The sky coverage of a release, with the selection over it."""

import numpy as np
import streamlit as st

from morph.analysis.footprint import Footprint, footprint
from morph.figures import footprint_figures
from pages.common import words
from pages.common.here import HASHES, Here


def draw(here: Here) -> None:
    """The map of counts, its caption, and its table."""
    simulated = here.release.manifest.origin != "real"
    st.header("Sky coverage (simulated)" if simulated else "Sky coverage")
    sky = _counts(here)
    if sky is None:
        st.caption("This release has no positions.")
        return
    st.caption(_caption(here, sky))
    st.plotly_chart(
        footprint_figures.footprint(sky),
        key="footprint",
        config={"displayModeBar": False},
        alt=f"Map of the sky: {_extent(sky)}; {int(sky.selected.sum()):,} of "
        f"{words.galaxies(int(sky.whole.sum()))} selected",
    )
    table = st.expander("The same as a table", on_change="rerun", key="footprint_table")
    if table.open:
        with table:
            _table(sky)


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs=HASHES)
def _counts(here: Here) -> Footprint | None:
    return footprint(here.con, here.release, here.selection)


def _caption(here: Here, sky: Footprint) -> str:
    caption = (
        f"Counts in equal-area cells, {sky.side:g}° wide in right ascension. "
        f"Colour: the {here.funnel.left:,} selected. Grey: the whole release."
    )
    times = footprint_figures.stretched(sky)
    if times > 1:
        caption += f" The declination axis is stretched {times:.2g} times."
    if sky.without_position:
        caption += f" {sky.without_position:,} galaxies have no position."
    return caption


def _extent(sky: Footprint) -> str:
    west, east = (round(float(edge) % 360, 3) for edge in sky.ra[[0, -1]])
    south, north = np.round(np.degrees(np.arcsin(sky.sin_dec[[0, -1]])), 2)
    return (
        f"right ascension {west:g}° to {east or 360:g}°, "
        f"declination {south:g}° to {north:g}°"
    )


def _table(sky: Footprint) -> None:
    st.dataframe(
        sky.table(),
        hide_index=True,
        height=320,
        column_config={
            "ra_from": st.column_config.NumberColumn("RA from (deg)", format="%.3f"),
            "ra_to": st.column_config.NumberColumn("RA to (deg)", format="%.3f"),
            "dec_from": st.column_config.NumberColumn("Dec from (deg)", format="%.3f"),
            "dec_to": st.column_config.NumberColumn("Dec to (deg)", format="%.3f"),
            "whole": "Whole release",
            "selected": "Selected",
        },
        alt="Number of galaxies in each occupied cell",
    )
