"""The sky coverage of a release, with the selection over it."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from morph.analysis.footprint import Footprint, footprint
from morph.figures import footprint_figures
from morph.geometry.sky_outline import from_drawn
from morph.geometry.sky_regions import Cone, SkyPolygon
from morph.release.manifest import SIMULATED
from pages.common import figure_file, figures, toasts, words
from pages.common.address import selection_widgets
from pages.common.components.plane import Drawn, plane
from pages.common.figure_file import Drawing
from pages.common.here import HASHES, Here

# matplotlib takes a second to import, which only somebody who wants a file waits for.
if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from morph.figures.in_print.sheet import Sheet


def draw(here: Here) -> None:
    """The map of counts, its caption, and its table."""
    simulated = here.release.manifest.origin in SIMULATED
    st.header("Sky coverage (simulated)" if simulated else "Sky coverage")
    sky = _counts(here)
    if sky is None:
        st.caption("This release has no positions.")
        return
    st.caption(_caption(here, sky))
    draws = st.toggle(
        "Draw a region",
        key="draw_sky",
        help="Draw around a part of the map with the mouse: every page then shows only "
        "the galaxies inside. The sidebar has cones, corners and coverage maps.",
    )
    region = here.selection.sky
    region = region if isinstance(region, Cone | SkyPolygon) else None
    alt = (
        f"Map of the sky: {_extent(sky)}; {int(sky.selected.sum()):,} of "
        f"{words.galaxies(int(sky.whole.sum()))} selected"
    )
    plane(
        footprint_figures.scene(sky, region, label=alt, draws=draws),
        key="footprint",
        on_draw=(lambda drawn: _select(sky, drawn)) if draws else None,
    )
    _offer(sky, region, alt)
    figures.table(
        sky.table,
        _COLUMNS,
        key="footprint_table",
        alt="Number of galaxies in each occupied cell",
    )


@toasts.refusals()
def _select(sky: Footprint, drawn: Drawn) -> None:
    """Select the galaxies in what was drawn; a callback."""
    ra, sin_dec = footprint_figures.on_sky(sky, drawn.x, drawn.y)
    selection_widgets.set_sky(from_drawn(ra, sin_dec))


def _offer(sky: Footprint, region: Cone | SkyPolygon | None, caption: str) -> None:
    """The file of the map for print; it is drawn once it is wanted."""

    def draw(on: "Sheet") -> "list[Figure]":
        from morph.figures.in_print import charts

        return [charts.chart(footprint_figures.footprint(sky, region), on)]

    figure_file.offer(Drawing(draw, sky.table), key="footprint", caption=f"{caption}.")


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
        caption += f" The declination axis is stretched by a factor of {times:.2g}."
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


_COLUMNS = {
    "ra_from": figures.number("RA from (deg)", "%.3f"),
    "ra_to": figures.number("RA to (deg)", "%.3f"),
    "dec_from": figures.number("Dec from (deg)", "%.3f"),
    "dec_to": figures.number("Dec to (deg)", "%.3f"),
    "whole": "Whole release",
    "selected": "Selected",
}
