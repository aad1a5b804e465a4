"""Columns of a release as arrays, and what planes draw from them, cached."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from morph.catalogue import arrays
from morph.catalogue.release_table import LoadedRelease
from morph.figures.plane_images import density_picture
from morph.figures.plane_scene import Picture
from morph.geometry import density as planes
from morph.geometry.density import AnswerWeights, Window
from morph.release.maps import ReleaseMap
from morph.selection.listing import selected_rows
from morph.selection.selection import Selection
from pages.common.here import BY_RELEASE, Here
from pages.common.server.routes import thumbnails

SAMPLE = 5_000
LANDMARKS = 16
_STORES_CHANGE_S = 120  # images may still be added to the stores


@dataclass(frozen=True)
class Coordinates:
    """Map positions of all galaxies, and the trust of each, in row order."""

    x: np.ndarray
    y: np.ndarray
    trust: np.ndarray
    window: Window

    @property
    def known(self) -> int:
        return int(np.isfinite(self.x).sum())


@dataclass(frozen=True)
class Sample:
    """Galaxies drawn as points."""

    rows: np.ndarray
    names: list[str]
    pictured: np.ndarray


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_RELEASE)
def coordinates(here: Here, on: ReleaseMap) -> Coordinates:
    """Positions of the galaxies of the release on a map."""
    x, y, trust = arrays.arrays(here.con, here.release, on.columns)
    return Coordinates(x, y, trust, planes.window_around(x, y))


def names(here: Here, rows: Sequence[int] | np.ndarray) -> list[str]:
    """iaunames of the galaxies in some rows; those of all would fill the memory."""
    return arrays.at_rows(here.con, here.release, rows)["iauname"].tolist()


@st.cache_resource(
    max_entries=4, ttl=_STORES_CHANGE_S, show_spinner=False, hash_funcs=BY_RELEASE
)
def pictured(here: Here) -> np.ndarray:
    """Which galaxies have an image in a store of the release, (N,) bool."""
    if not thumbnails.stores(here.release.manifest):
        return np.zeros(here.release.galaxies, dtype=bool)
    everyone = arrays.names(here.con, here.release)
    with_image = thumbnails.with_picture(here.release.manifest, everyone)
    return np.fromiter((name in with_image for name in everyone), bool, len(everyone))


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_RELEASE)
def weights(here: Here) -> AnswerWeights:
    """Weights by which the answers of each galaxy count."""
    tree = here.release.tree
    columns = [f"{label}_probability" for label in tree.labels]
    probability = np.column_stack(arrays.arrays(here.con, here.release, columns))
    return planes.answer_weights(probability, tree)


# Not cached, as rows of millions of galaxies would fill the memory; their masks are.
def rows(here: Here, release: LoadedRelease, selection: Selection) -> np.ndarray:
    """Rows of the selected galaxies of a release."""
    return selected_rows.rows(here.con, release, selection)


def selected(here: Here) -> np.ndarray:
    """Which galaxies are selected, (N,) bool."""
    return selected_rows.selected(here.con, here.release, here.selection)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_RELEASE)
def density(here: Here, on: ReleaseMap, window: Window) -> Picture:
    """The density of all galaxies of the release, in grey."""
    places = coordinates(here, on)
    counts = planes.density_image(places.x, places.y, window)
    return Picture(density_picture(counts), window)


def sample(
    here: Here, on: ReleaseMap, window: Window, *, seed: int, of_all: bool = False
) -> Sample:
    """At most 5,000 selected galaxies, fewer in dense parts of the map.

    With ``of_all`` they are drawn from the whole release.
    """
    return _sample(here, on, None if of_all else here.selection, window, seed)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=BY_RELEASE)
def _sample(
    here: Here, on: ReleaseMap, selection: Selection | None, window: Window, seed: int
) -> Sample:
    places = coordinates(here, on)
    x = places.x if selection is None else np.where(selected(here), places.x, np.nan)
    drawn = planes.draw_sample(x, places.y, window, size=SAMPLE, seed=seed)
    return Sample(drawn, names(here, drawn), pictured(here)[drawn])


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_RELEASE)
def landmarks(
    here: Here, on: ReleaseMap, window: Window
) -> tuple[tuple[str, float, float], ...]:
    """Names and positions of galaxies whose images represent parts of the map."""
    places, known = coordinates(here, on), pictured(here)
    x, y = (np.where(known, values, np.nan) for values in (places.x, places.y))
    chosen = planes.landmarks(x, y, window, count=LANDMARKS)
    named = zip(names(here, chosen), chosen, strict=True)
    return tuple((name, float(x[r]), float(y[r])) for name, r in named)
