"""What the triangle is drawn from, cached for each release and selection."""

from collections.abc import Iterable
from dataclasses import dataclass

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
from morph.selection import conditions
from morph.selection.selection import Selection
from pages.common.galaxies import release_columns
from pages.common.here import HASHES, Here

POINTS = 3_000


@dataclass(frozen=True)
class Placement:
    """The galaxies of a release on a triangle; blurred by their posteriors or not."""

    release: LoadedRelease
    corners: Corners
    blur: bool


_HASHES = HASHES | {Placement: lambda at: (at.release.key, at.corners, at.blur)}


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHES)
def hidden(_here: Here, release: LoadedRelease, corners: Corners) -> int:
    """Galaxies of a release with less than half of the votes in the three corners."""
    return triangle.hidden(_here.con, release, corners)


def positions(here: Here, at: Placement, rows: np.ndarray) -> np.ndarray:
    """Fractions (K, 3) of the galaxies in some rows of a release."""
    return np.concatenate([np.empty((0, 3)), *_blocks(here, at, rows)])


def _blocks(
    here: Here, at: Placement, rows: np.ndarray | None = None
) -> Iterable[np.ndarray]:
    """Fractions of all galaxies of a release, or of those in some rows, in blocks."""
    if at.blur and at.release.has_uncertainty:
        share = _blurred(here, at).share
        return (share if rows is None else share[rows],)
    return triangle.in_blocks(here.con, at.release, at.corners, rows)


# Of all galaxies, because one that is drawn alone would be at another place.
@st.cache_resource(max_entries=3, show_spinner=False, hash_funcs=_HASHES)
def _blurred(_here: Here, at: Placement) -> Shares:
    return triangle.blurred_shares(_here.con, at.release, at.corners)


def wanted(here: Here, at: Placement) -> Selection:
    """The selection on the triangle, or all of a release that cannot serve it."""
    plane = Plane.of_corners(at.corners)
    selection = here.selection.on_plane(plane)
    try:
        conditions.steps(selection, at.release)
    except MorphError:
        whole = Selection(rule=here.selection.rule, tree=at.release.tree)
        return whole.on_plane(plane)
    return selection


def rows(here: Here, at: Placement) -> np.ndarray:
    """Rows of the galaxies that the triangle shows, see `wanted`."""
    return release_columns.rows(here, at.release, wanted(here, at))


def sample(here: Here, at: Placement) -> np.ndarray:
    """Rows of the selected galaxies that are drawn as points."""
    return triangle.draw_rows(rows(here, at), size=POINTS, seed=0)


def selected_shares(here: Here, at: Placement) -> np.ndarray:
    """Fractions (K, 3) of the selected galaxies."""
    return positions(here, at, rows(here, at))


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_HASHES)
def cloud(here: Here, at: Placement) -> Cloud:
    """The selected galaxies, smoothed, with their contours."""
    return triangle.cloud(_blocks(here, at, rows(here, at)))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHES)
def counts(here: Here, at: Placement) -> np.ndarray:
    """The selected galaxies in cells of a tenth of two fractions."""
    return ternary.cell_counts(*_blocks(here, at, rows(here, at)))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHES)
def picture(_here: Here, at: Placement, *, peak: float | None) -> bytes:
    """The density of all galaxies of a release as a grey PNG, darkest at the peak."""
    return density_picture(_density(_here, at), peak=peak)


def peak(here: Here, every: Iterable[Placement]) -> float:
    """The largest density of several releases, to draw them all on one scale."""
    return max(float(np.nanmax(_density(here, at))) for at in every)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHES)
def within(here: Here, first: Placement, other: Placement, mass: float) -> float | None:
    """Fraction of the selected galaxies of one release inside a contour of another."""
    clouds = (selected_shares(here, at) for at in (first, other))
    return triangle.share_within(*clouds, mass)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_HASHES)
def shifts(here: Here, beside: LoadedRelease, corners: Corners) -> pd.DataFrame:
    """Mean shifts of the selected galaxies from another release to this one."""
    at = Placement(here.release, corners, blur=False)
    before = triangle.shares(here.con, here.release, corners, of=beside).share
    return ternary.displacement(before[rows(here, at)], selected_shares(here, at))


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs=_HASHES)
def _density(_here: Here, at: Placement) -> np.ndarray:
    return triangle.density(_blocks(_here, at))
