"""A histogram at each slider: the release, and the galaxies that it cuts.

They are counted last in a script run: the count and the page come first.
"""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.conditions import steps
from morph.selection.histograms import crossfiltered, of_release
from morph.selection.selection import Selection
from morph.selection.slider_axes import Axis, axis_of_answer, axis_of_column
from pages.common.components import slider_news
from pages.common.here import HASHES

_SHOWN = "histograms_shown"


def begin() -> None:
    """Forget the sliders of the script run before."""
    st.session_state[_SHOWN] = []


def reserve(*parameters: str) -> None:
    """Note that these sliders are seen, and need histograms."""
    st.session_state[_SHOWN] += parameters


def draw(con: DuckDBPyConnection, release: LoadedRelease, selection: Selection) -> None:
    """Give the sliders their histograms, counted in one pass over the release."""
    shown = tuple(st.session_state[_SHOWN])
    chosen = whole = _whole(con, release, shown)
    if steps(selection, release):
        chosen = _counted(con, release, selection, shown)
    for name, counts in (("whole", whole), ("chosen", chosen)):
        slider_news.tell_counts(name, dict(zip(shown, counts.tolist(), strict=True)))


def _axes(parameters: Sequence[str], release: LoadedRelease) -> list[Axis]:
    return [
        axis_of_column(name, release) if name in MEASURED else axis_of_answer(name)
        for name in parameters
    ]


# Results are kept by the names of the sliders, as their axes take long to hash.


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs=HASHES)
def _whole(
    _con: DuckDBPyConnection, release: LoadedRelease, parameters: Sequence[str]
) -> np.ndarray:
    return of_release(_con, release, _axes(parameters, release))


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=HASHES)
def _counted(
    _con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    parameters: Sequence[str],
) -> np.ndarray:
    return crossfiltered(_con, release, selection, _axes(parameters, release))
