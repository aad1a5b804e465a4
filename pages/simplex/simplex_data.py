"""What the triangle is drawn from, cached for each release and selection."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from morph.analysis import triangle
from morph.analysis.triangle import Cloud, Shares
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.figures.ternary_figures import density_picture
from morph.geometry import ternary
from morph.geometry.regions import Plane
from morph.geometry.ternary import Corners
from morph.geometry.ternary_density import lattice_density
from morph.selection import conditions, ordering
from morph.selection.selection import Selection
from morph.selection.url import digest
from pages.common.here import Here

POINTS = 3_000


def shares(
    here: Here, release: LoadedRelease, corners: Corners, *, blur: bool = False
) -> Shares:
    """Positions of the galaxies of a release on the triangle."""
    return _shares(release.key, _of(corners), blur, here, release, corners)


def servable(
    release: LoadedRelease, selection: Selection, corners: Corners
) -> Selection:
    """The selection on the triangle, or all of a release that cannot serve it."""
    wanted = triangle.on_triangle(selection, corners)
    try:
        conditions.steps(wanted, release)
    except MorphError:
        return triangle.on_triangle(
            Selection(rule=selection.rule, tree=release.tree), corners
        )
    return wanted


def rows(here: Here, release: LoadedRelease, selection: Selection) -> np.ndarray:
    """Rows of a release's selected galaxies."""
    return _rows(release.key, digest(selection), here, release, selection)


def cloud(
    here: Here,
    release: LoadedRelease,
    selection: Selection,
    corners: Corners,
    *,
    blur: bool = False,
) -> Cloud:
    """The selected galaxies of a release, smoothed, with their contours."""
    key = (release.key, digest(selection), _of(corners), blur)
    return _cloud(*key, here, release, selection, corners)


def picture(
    here: Here,
    release: LoadedRelease,
    corners: Corners,
    *,
    blur: bool = False,
    peak: float | None = None,
) -> bytes:
    """The density of all galaxies of a release as a grey PNG, darkest at the peak."""
    return _picture(release.key, _of(corners), blur, peak, here, release, corners)


def peak(
    here: Here, releases: Sequence[LoadedRelease], corners: Corners, *, blur: bool
) -> float:
    """The largest density of several releases, to draw them all on one scale."""
    return max(
        float(np.nanmax(_density(one.key, _of(corners), blur, here, one, corners)))
        for one in releases
    )


def within(
    here: Here,
    first: tuple[LoadedRelease, Selection],
    other: tuple[LoadedRelease, Selection],
    corners: Corners,
    *,
    blur: bool,
    mass: float,
) -> float | None:
    """Fraction of the selected galaxies of one release inside a contour of another."""
    key = tuple((one.key, digest(selection)) for one, selection in (first, other))
    return _within(key, _of(corners), blur, mass, here, (first, other), corners)


def sample(here: Here, release: LoadedRelease, selection: Selection) -> np.ndarray:
    """Rows of a release's selected galaxies that are drawn as points."""
    return triangle.draw_rows(rows(here, release, selection), size=POINTS, seed=0)


def shifts(
    here: Here, beside: LoadedRelease, selection: Selection, corners: Corners
) -> pd.DataFrame:
    """Mean shifts of the selected galaxies from another release to this one."""
    key = (here.release.key, beside.key, digest(selection), _of(corners))
    return _shifts(*key, here, beside, selection, corners)


def _of(corners: Corners) -> tuple[str, ...]:
    return Plane.of_corners(corners).of


@st.cache_resource(max_entries=12, show_spinner=False)
def _shares(
    key: str,
    of: tuple[str, ...],
    blur: bool,
    _here: Here,
    _release: LoadedRelease,
    _corners: Corners,
) -> Shares:
    if blur and _release.has_uncertainty:
        return triangle.blurred_shares(_here.con, _release, _corners)
    return triangle.shares(_here.con, _release, _corners)


@st.cache_resource(max_entries=32, show_spinner=False)
def _rows(
    key: str, selected: str, _here: Here, _release: LoadedRelease, _selection: Selection
) -> np.ndarray:
    return ordering.rows(_here.con, _release, _selection)


@st.cache_resource(max_entries=64, show_spinner=False)
def _cloud(
    key: str,
    selected: str,
    of: tuple[str, ...],
    blur: bool,
    _here: Here,
    _release: LoadedRelease,
    _selection: Selection,
    _corners: Corners,
) -> Cloud:
    found = rows(_here, _release, _selection)
    return triangle.cloud(shares(_here, _release, _corners, blur=blur).share[found])


@st.cache_data(max_entries=64, show_spinner=False)
def _picture(
    key: str,
    of: tuple[str, ...],
    blur: bool,
    peak: float | None,
    _here: Here,
    _release: LoadedRelease,
    _corners: Corners,
) -> bytes:
    density = _density(key, of, blur, _here, _release, _corners)
    return density_picture(density, peak=peak)


@st.cache_resource(max_entries=24, show_spinner=False)
def _density(
    key: str,
    of: tuple[str, ...],
    blur: bool,
    _here: Here,
    _release: LoadedRelease,
    _corners: Corners,
) -> np.ndarray:
    return lattice_density(shares(_here, _release, _corners, blur=blur).share)


@st.cache_data(max_entries=64, show_spinner=False)
def _within(
    key: tuple[tuple[str, str], ...],
    of: tuple[str, ...],
    blur: bool,
    mass: float,
    _here: Here,
    _pair: tuple[tuple[LoadedRelease, Selection], ...],
    _corners: Corners,
) -> float | None:
    clouds_of = [
        shares(_here, one, _corners, blur=blur).share[rows(_here, one, selection)]
        for one, selection in _pair
    ]
    return triangle.share_within(*clouds_of, mass)


@st.cache_data(max_entries=32, show_spinner=False)
def _shifts(
    key: str,
    beside: str,
    selected: str,
    of: tuple[str, ...],
    _here: Here,
    _beside: LoadedRelease,
    _selection: Selection,
    _corners: Corners,
) -> pd.DataFrame:
    found = rows(_here, _here.release, _selection)
    before = triangle.shares(_here.con, _here.release, _corners, of=_beside).share[
        found
    ]
    after = shares(_here, _here.release, _corners).share[found]
    return ternary.displacement(before, after)
