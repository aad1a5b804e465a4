"""A histogram at each slider: the release, and the galaxies that it cuts.

They are counted last in a script run: the count and the page come first.
"""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.histograms import Axis, axis_of_answer, crossfiltered
from morph.selection.selection import Selection
from pages.common.address import selection_widgets
from pages.common.components import slider_news
from pages.common.here import HASHES

BINS = 25  # each of four positions of an answer's slider; as in sliders/cubes.js
_SHOWN = "histograms_shown"


def begin() -> None:
    """Forget the sliders of the script run before."""
    st.session_state[_SHOWN] = []


def reserve(*parameters: str) -> None:
    """Note that these sliders are seen, and need histograms."""
    st.session_state[_SHOWN] += parameters


def draw(con: DuckDBPyConnection, release: LoadedRelease, selection: Selection) -> None:
    """Give the sliders their histograms, counted in one pass over the release."""
    shown = st.session_state[_SHOWN]
    axes = [_axis(name, release) for name in shown]
    whole = _counted(con, release, Selection(tree=release.tree), axes)
    chosen = _counted(con, release, selection, axes)
    counts = ("whole", whole), ("chosen", chosen)
    slider_news.tell(
        "histograms",
        **{
            word: dict(zip(shown, found.tolist(), strict=True))
            for word, found in counts
        },
    )


def _axis(parameter: str, release: LoadedRelease) -> Axis:
    if parameter not in MEASURED:
        return axis_of_answer(parameter)
    ends = selection_widgets.full_range(parameter, release)
    return Axis(parameter, parameter, *ends)


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=HASHES)
def _counted(
    _con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    axes: Sequence[Axis],
) -> np.ndarray:
    return crossfiltered(_con, release, selection, axes, bins=BINS)
