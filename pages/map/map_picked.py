"""The galaxy clicked on the map: its card, and lines to its nearest neighbours."""

import numpy as np
import streamlit as st

from morph.analysis import one_galaxy
from morph.analysis.one_galaxy import AnswerPosterior, Galaxy
from morph.catalogue.arrays import rows_of
from morph.errors import MorphError
from morph.figures.plane_scene import Label, Line
from morph.geometry import density
from morph.home import release_folder
from morph.release.maps import ReleaseMap
from morph.similar.index import most_similar
from pages.common import words
from pages.common.address import navigation, session_and_address
from pages.common.components.gallery import gallery
from pages.common.components.plane import Click
from pages.common.galaxies import release_columns, tiles, vectors
from pages.common.here import Here

_PICKED = "picked"  # in the session and in the address
_THREADS = 15
_ANSWERS = 5  # on the card


def pick(here: Here, on: ReleaseMap, click: Click, *, everyone: bool) -> None:
    """Pick a landmark, or the nearest selected galaxy (or of ``everyone``).

    Only from a callback.
    """
    name = click.name
    if name is None:
        places = release_columns.coordinates(here, on)
        shown = everyone or release_columns.selected(here)
        x = np.where(shown, places.x, np.nan)
        row = density.nearest_point(x, places.y, (click.x, click.y), click.near)
        name = None if row is None else release_columns.names(here, [row])[0]
    st.session_state[_PICKED] = name


def start(here: Here) -> None:
    """Read the picked galaxy from the address, and update the address."""
    address = session_and_address.from_address(_PICKED)
    if address is not None:
        st.session_state[_PICKED] = address[-1] if address else None
    name = st.session_state.setdefault(_PICKED, None)
    if name is not None and _row(here, name) is None:
        name = st.session_state[_PICKED] = None
    session_and_address.to_address(_PICKED, [name] if name else [])


def layers(here: Here, on: ReleaseMap) -> tuple[tuple[Line, ...], tuple[Label, ...]]:
    """A mark on the galaxy, and lines to its nearest neighbours in feature space."""
    row = _row(here, st.session_state[_PICKED])
    if row is None:
        return (), ()
    places = release_columns.coordinates(here, on)
    x, y = float(places.x[row]), float(places.y[row])
    lines = tuple(
        Line((x, float(places.x[other])), (y, float(places.y[other])), "text", 1.2)
        for other in _real_neighbours(here, on, row)
        if np.isfinite(places.x[other])
    )
    return lines, (Label(x, y, "◉", colour="accent", strong=True),)


def card(here: Here, on: ReleaseMap) -> bool:
    """Show the picked galaxy; False if there is none."""
    name = st.session_state[_PICKED]
    if name is None:
        return False
    folder = release_folder(here.root, here.release.release_id)
    galaxy = one_galaxy.galaxy(here.con, here.release, name, folder=folder)
    with st.container(border=True, key="picked_card"):
        left, right = st.columns([1, 2], vertical_alignment="top")
        with left:
            gallery(
                tiles.named(here, [name]),
                key="picked_picture",
                label=name,
                side=96,
                on_open=navigation.to_galaxy,
            )
        with right:
            st.markdown(f"##### {name}")
            st.markdown(_words(galaxy))
            with st.container(horizontal=True):
                _button("Open galaxy", "open_picked", navigation.to_galaxy, name)
                if vectors.has_features(here.release):
                    _button(
                        "Find similar", "similar_picked", navigation.to_similar, name
                    )
                _button(
                    "Close", "close_picked", st.session_state.update, {_PICKED: None}
                )
        st.caption(_threads_words(here, on, name))
    return True


def _button(words: str, key: str, act: object, *args: object) -> None:
    st.button(words, key=key, type="tertiary", on_click=act, args=args)


def _words(galaxy: Galaxy) -> str:
    """The most probable answers along the tree, with 90% credible intervals."""
    answers = [
        f"{answer.words} **{answer.probability:.2f}**{_interval(answer)}"
        for posterior in galaxy.questions
        if posterior.asked is not None and posterior.asked >= 0.5
        for answer in posterior.answers
        if answer.label == posterior.largest
    ]
    mixture = words.of_mixture(galaxy.passes)
    answers = answers[:_ANSWERS]
    return " · ".join(
        [*answers, f":gray[90% credible intervals{mixture}]"] if mixture else answers
    )


def _interval(answer: AnswerPosterior) -> str:
    if answer.lower is None:
        return ""
    return f" :gray[({answer.lower:.2f}–{answer.upper:.2f})]"


def _threads_words(here: Here, on: ReleaseMap, name: str) -> str:
    row, places = _row(here, name), release_columns.coordinates(here, on)
    if row is None or not np.isfinite(places.x[row]):
        return "Not on the map."
    trust = f"Nearest neighbours preserved (“Trust”): {places.trust[row]:.2f}."
    if not len(_real_neighbours(here, on, row)):
        return trust
    return f"{trust} Lines: its {_THREADS} nearest neighbours in feature space."


def _row(here: Here, name: str | None) -> int | None:
    if name is None:
        return None
    return rows_of(here.con, here.release, [name]).get(name)


def _real_neighbours(here: Here, on: ReleaseMap, row: int) -> np.ndarray:
    """Rows of the nearest neighbours; none until the search index is ready."""
    if on.features is None:
        return np.empty(0, dtype=int)
    index = vectors.search(here, "features", on.features).index
    if index is None or not index.known[row]:
        return np.empty(0, dtype=int)
    others = np.ones(here.release.galaxies, dtype=bool)
    others[row] = False
    try:
        return most_similar(
            index, index.of([row])[0], allowed=others, count=_THREADS
        ).rows
    except MorphError:
        return np.empty(0, dtype=int)
