"""What the triangle is drawn from, cached for each release and selection."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from morph.analysis import triangle
from morph.analysis.plane_members import on_plane
from morph.analysis.triangle import Cloud, Shares
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.figures.ternary_figures import density_picture
from morph.geometry import ternary
from morph.geometry.regions import Plane
from morph.geometry.ternary import Corners
from morph.geometry.ternary_density import lattice_density
from morph.selection import conditions
from morph.selection.selection import Selection
from pages.common.galaxies.release_columns import rows
from pages.common.here import BY_RELEASE, HASHES, Here

POINTS = 3_000


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs=HASHES)
def shares(
    _here: Here, release: LoadedRelease, corners: Corners, *, blur: bool
) -> Shares:
    """Positions of the galaxies of a release on the triangle."""
    if blur and release.has_uncertainty:
        return triangle.blurred_shares(_here.con, release, corners)
    return triangle.shares(_here.con, release, corners)


def servable(
    release: LoadedRelease, selection: Selection, corners: Corners
) -> Selection:
    """The selection on the triangle, or all of a release that cannot serve it."""
    plane = Plane.of_corners(corners)
    wanted = on_plane(selection, plane)
    try:
        conditions.steps(wanted, release)
    except MorphError:
        return on_plane(Selection(rule=selection.rule, tree=release.tree), plane)
    return wanted


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=HASHES)
def cloud(
    _here: Here,
    release: LoadedRelease,
    selection: Selection,
    corners: Corners,
    *,
    blur: bool,
) -> Cloud:
    """The selected galaxies of a release, smoothed, with their contours."""
    everyone = shares(_here, release, corners, blur=blur).share
    return triangle.cloud(everyone[rows(_here, release, selection)])


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=HASHES)
def picture(
    _here: Here,
    release: LoadedRelease,
    corners: Corners,
    *,
    blur: bool,
    peak: float | None,
) -> bytes:
    """The density of all galaxies of a release as a grey PNG, darkest at the peak."""
    return density_picture(_density(_here, release, corners, blur=blur), peak=peak)


def peak(
    here: Here, releases: Sequence[LoadedRelease], corners: Corners, *, blur: bool
) -> float:
    """The largest density of several releases, to draw them all on one scale."""
    return max(
        float(np.nanmax(_density(here, release, corners, blur=blur)))
        for release in releases
    )


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=HASHES)
def within(
    _here: Here,
    first: tuple[LoadedRelease, Selection],
    other: tuple[LoadedRelease, Selection],
    corners: Corners,
    *,
    blur: bool,
    mass: float,
) -> float | None:
    """Fraction of the selected galaxies of one release inside a contour of another."""
    clouds_of = [
        shares(_here, one, corners, blur=blur).share[rows(_here, one, selection)]
        for one, selection in (first, other)
    ]
    return triangle.share_within(*clouds_of, mass)


def sample(here: Here, release: LoadedRelease, selection: Selection) -> np.ndarray:
    """Rows of the selected galaxies of a release that are drawn as points."""
    return triangle.draw_rows(rows(here, release, selection), size=POINTS, seed=0)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_RELEASE)
def shifts(
    here: Here, beside: LoadedRelease, selection: Selection, corners: Corners
) -> pd.DataFrame:
    """Mean shifts of the selected galaxies from another release to this one."""
    chosen = rows(here, here.release, selection)
    before = triangle.shares(here.con, here.release, corners, of=beside).share
    after = shares(here, here.release, corners, blur=False).share
    return ternary.displacement(before[chosen], after[chosen])


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs=HASHES)
def _density(
    _here: Here, release: LoadedRelease, corners: Corners, *, blur: bool
) -> np.ndarray:
    return lattice_density(shares(_here, release, corners, blur=blur).share)
