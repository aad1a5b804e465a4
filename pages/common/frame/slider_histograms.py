"""A histogram at each slider: the release in grey, the galaxies it cuts in colour.

What lies outside the slider's own limits is paler; inside them is the selection.

They are drawn last in a script run: the count and the page come first.
"""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import numpy as np
import streamlit as st
from duckdb import DuckDBPyConnection
from streamlit.delta_generator import DeltaGenerator

from morph.catalogue.release_table import LoadedRelease
from morph.release.calibration_range import reach
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.conditions import steps
from morph.selection.histograms import BINS, crossfiltered, of_release
from morph.selection.selection import Selection
from morph.selection.slider_axes import Axis, axis_of_answer, axis_of_column
from pages.common.here import HASHES

ROW = 54  # pixels from one slider of a question to the next; style.css says so too
_TOP, _HEIGHT = 27, 19  # of a histogram in its row, below the slider's track
_WIDTH = 240
# As in morph.figures.histogram_figures.
_GREY, _COLOUR = "rgba(128,136,156,0.4)", "rgba(104,120,240,0.9)"
_PALE = "rgba(104,120,240,0.32)"
_SPOTS = "histogram_spots"


def begin() -> None:
    """Forget the places of the script run before."""
    st.session_state[_SPOTS] = {}


def reserve(*parameters: str) -> None:
    """Reserve a place for the histograms of these sliders, one below another."""
    spot = st.container(key=f"histograms_{parameters[0]}")
    st.session_state[_SPOTS][parameters] = spot


def draw(con: DuckDBPyConnection, release: LoadedRelease, selection: Selection) -> None:
    """Fill every reserved place, with one pass over the release."""
    spots: dict[tuple[str, ...], DeltaGenerator] = st.session_state[_SPOTS]
    axes = [_axis(name, release) for names in spots for name in names]
    if not axes:
        return
    whole = _whole(con, release, axes)
    chosen = whole
    if steps(selection, release):
        chosen = _counted(con, release, selection, axes)
    start = 0
    for names, spot in spots.items():
        rows = slice(start, start := start + len(names))
        spot.html(_picture(release, axes[rows], whole[rows], chosen[rows]))


def _axis(parameter: str, release: LoadedRelease) -> Axis:
    if parameter in MEASURED:
        return axis_of_column(parameter, release)
    return axis_of_answer(parameter)


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs=HASHES)
def _whole(
    _con: DuckDBPyConnection, release: LoadedRelease, axes: Sequence[Axis]
) -> np.ndarray:
    return of_release(_con, release, axes)


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs=HASHES)
def _counted(
    _con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    axes: Sequence[Axis],
) -> np.ndarray:
    return crossfiltered(_con, release, selection, axes)


def _picture(
    release: LoadedRelease,
    axes: Sequence[Axis],
    whole: np.ndarray,
    chosen: np.ndarray,
) -> str:
    """Histograms of one question's sliders, or of one measured column, as one SVG."""
    of_answers = axes[0].parameter not in MEASURED
    height = ROW * len(axes) if of_answers else _HEIGHT
    shapes, sentences = [], []
    rows = zip(axes, whole, chosen, strict=True)
    for row, (axis, grey, colour) in enumerate(rows):
        foot = ROW * row + _TOP + _HEIGHT if of_answers else _HEIGHT
        value, span = np.array(st.session_state[axis.parameter]), axis.high - axis.low
        within = tuple((value - axis.low) / span)  # parts of the slider's length
        shapes.append(_bars(grey, foot, _GREY))
        if within != (0, 1):
            shapes.append(_bars(colour, foot, _PALE))
        shapes.append(_bars(colour, foot, _COLOUR, within))
        if of_answers:
            shapes.append(_ends(axis.parameter, foot, release))
        sentences.append(_sentence(axis, colour, release))
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' "
        f"preserveAspectRatio='none'>{''.join(shapes)}</svg>"
    )
    # A picture, because Streamlit takes SVG out of HTML; all but < > # may stay.
    address = quote(drawing, safe=" /:='(),.")
    return (
        f'<img class="{"answers" if of_answers else "measured"}" height="{height}" '
        f'alt="{escape(" ".join(sentences))}" src="data:image/svg+xml,{address}">'
    )


def _bars(
    counts: np.ndarray, foot: int, fill: str, within: tuple[float, float] = (0, 1)
) -> str:
    """Bars with square-root heights, so that small counts are visible.

    Only the parts of them between the two shares of the width are drawn.
    """
    heights = _HEIGHT * np.sqrt(counts / max(counts.max(), 1))
    width = _WIDTH // BINS
    left = np.maximum(np.arange(BINS) * width, within[0] * _WIDTH)
    right = np.minimum(np.arange(1, BINS + 1) * width - 1, within[1] * _WIDTH)
    path = "".join(
        f"M{start:g} {foot}v-{height:.1f}H{stop:g}V{foot}"
        for start, stop, height in zip(left, right, heights, strict=True)
        if height > 0 and stop > start
    )
    return f"<path fill='{fill}' d='{path}'/>" if path else ""


def _ends(label: str, foot: int, release: LoadedRelease) -> str:
    """Both ends of an answer's slider that are outside the model range, in grey."""
    limits = reach(release.manifest, release.tree.question_of(label))
    if limits is None:
        return ""
    low, high = limits
    # Thinner than 2 could not be seen.
    left, right = (max(share * _WIDTH, 2.0) for share in (low, 1 - high))
    return "".join(
        f"<rect fill='{_GREY}' x='{x:.1f}' y='{foot - _HEIGHT}' width='{width:.1f}' "
        f"height='{_HEIGHT}'/>"
        for x, width in ((0.0, left), (_WIDTH - right, right))
    )


def _sentence(axis: Axis, counts: np.ndarray, release: LoadedRelease) -> str:
    if axis.parameter in MEASURED:
        name = MEASURED[axis.parameter].words
    else:
        name = release.tree.words(axis.parameter)
    if not counts.any():
        return f"{name}: no galaxies."
    edges = np.linspace(axis.low, axis.high, BINS + 1)
    most = int(counts.argmax())
    return (
        f"{name}: {counts.sum():,} galaxies; the highest bar is between "
        f"{edges[most]:.2f} and {edges[most + 1]:.2f}."
    )
