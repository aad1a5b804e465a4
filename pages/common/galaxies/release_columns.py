"""Columns of a release as arrays, and what planes draw from them, cached."""

from dataclasses import astuple, dataclass

import numpy as np
import streamlit as st

from morph.catalogue import arrays
from morph.figures.plane_images import density_picture
from morph.geometry import density as planes
from morph.geometry.density import AnswerWeights, Window
from morph.selection import ordering
from morph.selection.url import digest
from pages.common.components.plane import Picture
from pages.common.here import Here
from pages.common.server import thumbnails

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


def coordinates(here: Here) -> Coordinates:
    """Positions of the galaxies of the release on its map."""
    return _coordinates(here.release.key, here)


def names(here: Here) -> np.ndarray:
    """iaunames of all galaxies, (N,), in row order."""
    return _names(here.release.key, here)


def pictured(here: Here) -> np.ndarray:
    """Which galaxies have an image in a store of the release, (N,) bool."""
    return _pictured(here.release.key, here)


def weights(here: Here) -> AnswerWeights:
    """Weights by which the answers of each galaxy count."""
    return _weights(here.release.key, here)


def selected(here: Here) -> np.ndarray:
    """Which galaxies are selected, (N,) bool."""
    return _selected(here.release.key, digest(here.selection), here)


def density(here: Here, window: Window) -> Picture:
    """The density of all galaxies of the release, in grey."""
    return Picture(_density(here.release.key, astuple(window), here), window)


def sample(here: Here, window: Window, *, seed: int, of_all: bool = False) -> Sample:
    """At most 5,000 selected galaxies, thinned more where there are more of them.

    With ``of_all`` they are drawn from the whole release.
    """
    selection = "" if of_all else digest(here.selection)
    return _sample(here.release.key, selection, astuple(window), seed, here)


def landmarks(here: Here, window: Window) -> tuple[tuple[str, float, float], ...]:
    """Names and positions of galaxies whose images represent parts of the map."""
    return _landmarks(here.release.key, astuple(window), here)


@st.cache_resource(max_entries=4, show_spinner=False)
def _coordinates(key: str, _here: Here) -> Coordinates:
    columns = ["umap_x", "umap_y", "trust"]
    x, y, trust = arrays.arrays(_here.con, _here.release, columns)
    return Coordinates(x, y, trust, planes.window_around(x, y))


@st.cache_resource(max_entries=2, show_spinner=False)
def _names(key: str, _here: Here) -> np.ndarray:
    return arrays.texts(_here.con, _here.release, "iauname")


@st.cache_resource(max_entries=4, ttl=_STORES_CHANGE_S, show_spinner=False)
def _pictured(key: str, _here: Here) -> np.ndarray:
    everyone = names(_here)
    found = thumbnails.with_picture(_here.release.manifest, everyone)
    return np.fromiter((name in found for name in everyone), bool, len(everyone))


@st.cache_resource(max_entries=2, show_spinner=False)
def _weights(key: str, _here: Here) -> AnswerWeights:
    tree = _here.release.tree
    columns = [f"{label}_probability" for label in tree.labels]
    probability = np.column_stack(arrays.arrays(_here.con, _here.release, columns))
    return planes.answer_weights(probability, tree)


@st.cache_resource(max_entries=16, show_spinner=False)
def _selected(key: str, selection: str, _here: Here) -> np.ndarray:
    rows = ordering.rows(_here.con, _here.release, _here.selection)
    return ordering.as_mask(rows, _here.release)


@st.cache_data(max_entries=32, show_spinner=False)
def _density(key: str, window: tuple[float, ...], _here: Here) -> bytes:
    places = coordinates(_here)
    counts = planes.density_image(places.x, places.y, Window(*window))
    return density_picture(counts)


@st.cache_resource(max_entries=32, show_spinner=False)
def _sample(
    key: str, selection: str, window: tuple[float, ...], seed: int, _here: Here
) -> Sample:
    places = coordinates(_here)
    x = np.where(selected(_here), places.x, np.nan) if selection else places.x
    rows = planes.draw_sample(x, places.y, Window(*window), size=SAMPLE, seed=seed)
    return Sample(rows, list(names(_here)[rows]), pictured(_here)[rows])


@st.cache_data(max_entries=32, show_spinner=False)
def _landmarks(
    key: str, window: tuple[float, ...], _here: Here
) -> tuple[tuple[str, float, float], ...]:
    places, known = coordinates(_here), pictured(_here)
    x, y = (np.where(known, values, np.nan) for values in (places.x, places.y))
    rows = planes.landmarks(x, y, Window(*window), count=LANDMARKS)
    return tuple((names(_here)[r], float(x[r]), float(y[r])) for r in rows)
