"""Find one galaxy of the release by name, position or link."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path

import streamlit as st
from duckdb import DuckDBPyConnection

from morph import sky
from morph.analysis import one_galaxy
from morph.analysis.one_galaxy import Galaxy
from morph.catalogue import find_galaxy
from morph.catalogue.arrays import rows_of
from morph.catalogue.release_table import LoadedRelease
from morph.errors import DamagedRelease, MorphError
from morph.home import release_folder
from morph.sky.plain_text import plain
from morph.sky.typed_position import UnknownName
from morph.trees.answer_search import answers_called, answers_like
from pages.common import words
from pages.common.address import navigation
from pages.common.here import HASHES, Here

CHOICES = 6
MOST_ANSWERS = 8


def resolve(here: Here, text: str) -> str | None:
    """The iauname meant by ``text``; None after suggesting alternatives."""
    result = find_galaxy.find(here.con, here.release, plain(text), limit=CHOICES)
    if len(result.matches) == 1:
        return result.matches["iauname"].iloc[0]
    if len(result.matches):
        _choose(
            f"Several names begin with “{words.plain(text)}”:",
            result.matches["iauname"],
        )
        return None
    if labels := answers_called(here.release.tree, text):
        _offer_answers(here, text, labels)
        return None
    try:
        position = sky.parse_position(text)
    except MorphError as error:
        if labels := answers_like(here.release.tree, text):
            _offer_answers(here, text, labels)
        elif isinstance(error, UnknownName) or text.lstrip().startswith("#"):
            _not_found(words.not_found(here.release, text), result.suggestions)
        else:
            _not_found(words.plain(words.sentence(str(error))), result.suggestions)
        return None
    if position.iauname:
        exact = find_galaxy.find(here.con, here.release, position.iauname, limit=1)
        if len(exact.matches):
            return exact.matches["iauname"].iloc[0]
    if position.named:
        called = find_galaxy.called(here.con, here.release, position.named)
        if len(called) == 1:
            return called[0]
        if len(called):
            _choose(f"{len(called):,} galaxies match the name:", called[:CHOICES])
            return None
    return _nearest(here, position, text)


def known(here: Here, iauname: str) -> Galaxy | None:
    """The galaxy of that name; None after suggesting similar names."""
    try:
        return of_release(here.con, here.release, iauname, here.root)
    except DamagedRelease:
        raise
    except MorphError:
        _not_found(
            f"{here.release.release_id} has no galaxy called “{words.plain(iauname)}”.",
            find_galaxy.similar_names(here.con, here.release, iauname),
        )
        return None


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs=HASHES)
def of_release(
    _con: DuckDBPyConnection, release: LoadedRelease, iauname: str, root: Path
) -> Galaxy:
    """All data of one galaxy, kept, as no change of the selection alters it."""
    folder = release_folder(root, release.release_id)
    return one_galaxy.galaxy(_con, release, iauname, folder=folder)


def holds(con: DuckDBPyConnection, release: LoadedRelease, iauname: str) -> bool:
    """Whether a release has the galaxy; False if it was unloaded meanwhile."""
    try:
        return _holds(con, release, iauname)
    except MorphError:
        return False


@st.cache_data(max_entries=1000, show_spinner=False, hash_funcs=HASHES)
def _holds(_con: DuckDBPyConnection, release: LoadedRelease, iauname: str) -> bool:
    return bool(rows_of(_con, release, [iauname]))


def _not_found(why: str, similar: Sequence[str] = ()) -> None:
    st.info(why, icon=":material/search_off:")
    if similar:
        _choose("Similar names:", similar)


def _offer_answers(here: Here, text: str, labels: Sequence[str]) -> None:
    """Buttons that lead to the galaxies with answers, instead of to one galaxy."""
    tree = here.release.tree
    st.info(
        f"“{words.plain(text[:80])}” is not the name of a galaxy but names answers of "
        "the decision tree. Limit one of them, here or in the sidebar:",
        icon=":material/account_tree:",
    )
    with st.container(horizontal=True):
        for label in labels[:MOST_ANSWERS]:
            st.button(
                f"Explore {tree.words(label)} ≥ 0.5",
                key=f"answer_{label}",
                icon=":material/tune:",
                help=f"Question: {tree.question_of(label).title}",
                on_click=navigation.to_answer,
                args=(label, here.selection),
            )


def _nearest(here: Here, position: sky.Position, text: str) -> str | None:
    understood = words.sentence(position.understood)
    rows = find_galaxy.nearest(
        here.con, here.release, position.ra, position.dec, limit=CHOICES
    )
    if rows.empty:
        _not_found(f"{understood}. No galaxy of this release has a position.")
        return None
    distance = rows["separation_arcsec"].iloc[0]
    if distance <= find_galaxy.NEAR_ARCSEC:
        st.caption(
            f":material/my_location: {understood}; nearest galaxy {distance:.1f} "
            "arcsec away"
        )
        return rows["iauname"].iloc[0]
    st.info(
        f"{understood}. The nearest galaxy in this release is "
        f"{far(distance)} away, so it is probably not the one you are looking for.",
        icon=":material/wrong_location:",
    )
    if not any(sign.isdigit() for sign in text):  # a word, such as “ring”
        st.caption(words.searched(here.release))
    distances = [f" · {far(distance)}" for distance in rows["separation_arcsec"]]
    _choose("Nearest galaxies:", rows["iauname"], distances)
    return None


def _choose(question: str, names: Iterable[str], more: Iterable[str] = ()) -> None:
    """Buttons that open galaxies, labelled with their names and ``more`` of each."""
    st.markdown(question)
    with st.container(horizontal=True):
        for name, extra in zip_longest(names, more, fillvalue=""):
            st.button(f"{name}{extra}", key=f"open_{name}", on_click=show, args=(name,))


def show(iauname: str) -> None:
    """Show another galaxy; only from a callback."""
    st.session_state["find"] = ""
    st.query_params["id"] = iauname


def far(arcsec: float) -> str:
    """An angular distance in a suitable unit."""
    if arcsec < 120:
        return f"{arcsec:.0f} arcsec"
    return f"{arcsec / 60:.0f} arcmin" if arcsec < 7200 else f"{arcsec / 3600:.1f}°"
