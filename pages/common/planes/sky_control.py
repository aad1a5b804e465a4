"""The sidebar's control of a region of the sky: a cone, a polygon, a coverage map."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from morph.catalogue import find_galaxy
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.geometry.sky_regions import Cone, CoverageMap, SkyRegion, region_words
from morph.geometry.typed_polygon import typed_polygon
from morph.home import home
from morph.selection import coverage_maps
from morph.sky.uploaded_map import MAX_BYTES, read_map
from pages.common import words
from pages.common.address import selection_widgets
from pages.common.server import database, who_may

_KINDS = {"cone": "Cone", "polygon": "Polygon", "map": "Coverage map"}
_UNITS = {"arcmin": 1 / 60, "arcsec": 1 / 3600, "deg": 1.0}
_PROBLEM, _OPEN, _OUTSIDE = "sky_problem", "sky_open", "sky_outside"


def draw(release: LoadedRelease) -> None:
    """The region that is set, and a form for another one."""
    if not {"ra", "dec"} <= release.columns:
        return
    st.markdown("##### Region of the sky")
    region = _named(selection_widgets.sky())
    if region is not None:
        st.markdown(f"{words.sentence(words.plain(region_words(region)))}.")
        st.session_state[_OUTSIDE] = region.outside  # as it is in a link, too
        st.toggle(
            "Galaxies outside it",
            key=_OUTSIDE,
            on_change=_turn,
            args=(region,),
            help="Galaxies without a position are neither inside nor outside.",
        )
    with st.container(horizontal=True):
        with st.popover(
            "Change" if region else "Set a region",
            icon=":material/travel_explore:",
            key=_OPEN,
            on_change="rerun",
        ):
            _form(release)
        if region is not None:
            st.button(
                "Remove",
                icon=":material/close:",
                type="tertiary",
                key="sky_remove",
                on_click=selection_widgets.set_sky,
                args=(None,),
            )


def _form(release: LoadedRelease) -> None:
    kind = st.segmented_control(
        "Kind of region",
        list(_KINDS),
        format_func=_KINDS.get,
        default="cone",
        required=True,
        key="sky_kind",
        label_visibility="collapsed",
    )
    {"cone": _cone, "polygon": _polygon, "map": _map}[kind](release)
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(words.plain(problem), icon=":material/error:")


def _cone(release: LoadedRelease) -> None:
    with st.form("sky_cone", border=False):
        st.text_input(
            "Centre",
            placeholder="Name, RA Dec, or a sky-viewer link",
            key="sky_centre",
        )
        left, right = st.columns(2)
        left.number_input(
            "Radius", min_value=0.0, value=10.0, format="%g", key="sky_radius"
        )
        right.selectbox("Unit", list(_UNITS), key="sky_unit")
        st.form_submit_button(
            "Select the cone", on_click=_set, args=(partial(_typed_cone, release),)
        )


def _polygon(release: LoadedRelease) -> None:
    with st.form("sky_polygon", border=False):
        st.text_area(
            "Corners, one position per line",
            placeholder="184.2 11.5\n185.1 11.5\n184.7 12.3",
            key="sky_corners",
            help="In order around the polygon; its sides are great circles. A text of "
            "IVOA's DALI, such as POLYGON 184.2 11.5 185.1 11.5 184.7 12.3, or a "
            "polygon of DS9 in degrees is read too.",
        )
        st.form_submit_button(
            "Select the polygon",
            on_click=_set,
            args=(lambda: typed_polygon(st.session_state["sky_corners"]),),
        )


def _map(release: LoadedRelease) -> None:
    with database.cursor(home()) as con:
        saved = coverage_maps.saved(con)
    if saved:
        st.selectbox(
            "Saved maps",
            saved,
            format_func=lambda one: one.name,
            key="sky_saved",
        )
        st.button(
            "Select the map",
            key="sky_use",
            on_click=_set,
            args=(lambda: st.session_state["sky_saved"],),
        )
    refused = who_may.explained()
    if refused:
        st.caption(f":material/lock: {refused}")
    st.file_uploader(
        "A MOC in FITS, JSON or ASCII",
        max_upload_size=MAX_BYTES // 1_000_000,
        key="sky_file",
        on_change=_set,
        args=(_uploaded,),
        disabled=bool(refused),
        help="A multi-order coverage map, as surveys publish it and mocpy writes it. "
        "It is kept in the workspace, so that a link to the selection works.",
    )


def _set(make: Callable[[], SkyRegion | None]) -> None:
    """Set the region that ``make`` returns, or say why it is none; a callback."""
    try:
        region = make()
    except MorphError as error:
        st.session_state[_PROBLEM] = f"{words.sentence(str(error))}."
        return
    if region is not None:
        before = selection_widgets.sky()
        if before is not None and before.outside:
            region = replace(region, outside=True)
        selection_widgets.set_sky(region)
        st.session_state[_OPEN] = False


def _turn(region: SkyRegion) -> None:
    """Select the galaxies on the other side of the region's edge; a callback."""
    selection_widgets.set_sky(replace(region, outside=not region.outside))


def _typed_cone(release: LoadedRelease) -> Cone:
    centre = st.session_state["sky_centre"]
    if not centre.strip():
        raise MorphError("enter the centre of the cone: a name, or RA and Dec")
    with database.cursor(home()) as con:
        ra, dec = find_galaxy.place_of(con, release, centre)
    unit = _UNITS[st.session_state["sky_unit"]]
    return Cone(ra, dec, st.session_state["sky_radius"] * unit)


def _uploaded() -> CoverageMap | None:
    file = st.session_state["sky_file"]
    if file is None:
        return None
    who_may.check()
    ranges = read_map(file.getvalue(), file.name)
    with database.cursor(home()) as con:
        return coverage_maps.keep(con, ranges, Path(file.name).stem)


def _named(region: SkyRegion | None) -> SkyRegion | None:
    """The region, a coverage map with its name; None for an unknown one."""
    if not isinstance(region, CoverageMap):
        return region
    try:
        with database.cursor(home()) as con:
            return replace(region, name=coverage_maps.name_of(con, region.map_id))
    except MorphError:
        return None
