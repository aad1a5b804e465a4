"""The line above every page: provenance, release, count, active filters, person."""

from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAuthError

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.release.kinds import VOTES, kind_of
from morph.selection.funnel import Funnel
from morph.selection.selection import Selection
from pages.common import toasts, words
from pages.common.address import selection_widgets
from pages.common.address.controls import from_list
from pages.common.server import access, who_may

Colour = Literal["green", "blue", "red", "violet", "orange"]
_CHIPS: dict[str, tuple[str, Colour]] = {  # icon and colour by the images of a release
    "real": ("verified", "green"),
    "modified": ("auto_fix_high", "red"),
    "simulated": ("science", "violet"),
    "demonstration": ("school", "orange"),
}
_VOTES: tuple[str, Colour] = ("how_to_vote", "blue")
_MENU = "release_menu"
_OUT_OF_SIGHT = " " * 90  # wider than the closed menu
_KNOWN = "releases_known"  # those loaded when the session last drew a page


def who() -> None:
    """On a shared dashboard: what this visitor may do, and who may do more."""
    if who_may.is_local():
        return
    settings, name, refused = access.read(), who_may.person(), who_may.explained()
    text = refused or f"You are {words.plain(str(name))} and may change this dashboard."
    icon = "lock" if refused else "person"
    with st.container(key="who", horizontal=True, vertical_alignment="center"):
        st.caption(f":material/{icon}: {text}", width="content")
        with st.popover("Who may make changes", type="tertiary"):
            st.markdown("\n".join(f"- {words.plain(one)}" for one in _listed(settings)))
        if st.user.get("is_logged_in"):
            st.button("Sign out", key="sign_out", type="tertiary", on_click=st.logout)
        elif name is None:
            _sign_in(settings.providers)


def _listed(settings: access.Access) -> Sequence[str]:
    """Who may change a shared dashboard."""
    if not access.is_shared(settings):
        return ("The person at the computer that runs this dashboard",)
    return settings.people or ("Nobody is listed",)


def _sign_in(providers: Sequence[str]) -> None:
    for name in providers:
        title = "Sign in" if name == "default" else f"Sign in with {name}"
        key = f"sign_in_{name}"
        st.button(title, key=key, type="tertiary", on_click=_log_in, args=(name,))


@toasts.refusals()
def _log_in(provider: str) -> None:
    try:
        st.login(provider)
    except StreamlitAuthError as error:
        raise MorphError(
            f"nobody can sign in, as the setup is not complete: {error}"
        ) from error


def choose_release(
    releases: Sequence[LoadedRelease],
) -> tuple[LoadedRelease, tuple[str, ...]]:
    """The release shown, and what was wrong with the one in the URL."""
    by_id = {release.release_id: release for release in releases}
    before = st.session_state.get("release_here")
    wanted = st.query_params.get("release")
    if st.session_state.get("release") not in by_id:
        st.session_state.pop("release", None)  # it was unloaded meanwhile
    if wanted is None and before is not None and before.release_id in by_id:
        _keep(before.release_id, [*by_id])
    st.session_state[_KNOWN] = [*by_id]
    chip = st.container(width="content")
    release_id = _menu(by_id)
    _chip(chip, by_id[release_id])
    notices = ()
    if before is not None and before.release_id not in by_id:
        notices = (f"{before.release_id} was removed; {release_id} is shown instead",)
    elif wanted is not None and wanted not in by_id:
        notices = (f"release={wanted} is not loaded; {release_id} is shown",)
    return by_id[release_id], notices


def _keep(release_id: str, loaded: Sequence[str]) -> None:
    """Show the same release as before where another one is the first to choose now.

    The address names the release only where it is not the first.
    """
    known = st.session_state[_KNOWN]
    if loaded[0] == known[0]:
        return
    st.session_state["release"] = st.session_state.get("release", release_id)
    if loaded[0] not in known:
        toasts.note(
            f"{loaded[0]} was loaded, and new visits open with it. You still see "
            f"{release_id}.",
            ":material/new_releases:",
            long=True,
        )


def _menu(by_id: Mapping[str, LoadedRelease]) -> str:
    """The release in the address, and a menu that describes each to choose from."""
    # Streamlit (1.67) writes the words of a choice into the address, which has the name
    # alone: so the choice bound to it is hidden. Remove when it can write codes.
    with st.container(key="kept_release"):
        release_id = from_list("Name of the release", [*by_id], key="release")
    if st.session_state.get(_MENU) != release_id:  # a value that is set is sent again
        st.session_state[_MENU] = release_id
    st.selectbox(
        "Release",
        [*by_id],
        format_func=lambda name: _first_of_all(by_id[name]),
        key=_MENU,
        on_change=_take_from_menu,
        label_visibility="collapsed",
        width=290,  # with more, the line wraps at 1280 pixels and the page jumps
    )
    return release_id


def _first_of_all(release: LoadedRelease) -> str:
    """Name and kind, and out of sight where the menu is closed, what else it is.

    The closed menu shows the beginning of a choice, and blanks as they are; its open
    list shows all of it, and one blank for many.
    """
    name_and_kind = f"{release.release_id} · {kind_of(release.manifest).word}"
    return f"{name_and_kind}{_OUT_OF_SIGHT}· {' · '.join(_rest_of(release))}"


def in_words(release: LoadedRelease) -> str:
    """Name, title, survey, number of galaxies, and the word of its kind."""
    kind = kind_of(release.manifest).word
    return " · ".join((release.release_id, *_rest_of(release), kind))


def _rest_of(release: LoadedRelease) -> list[str]:
    """Title, survey and number of galaxies, without those that are empty."""
    manifest = release.manifest
    parts = (manifest.title, manifest.survey, words.galaxies(release.galaxies))
    return [part for part in parts if part]


def _take_from_menu() -> None:
    st.session_state["release"] = st.session_state[_MENU]


def _chip(place: DeltaGenerator, release: LoadedRelease) -> None:
    kind = kind_of(release.manifest)
    icon, colour = _VOTES if kind.word == VOTES else _CHIPS[kind.images]
    # The menu beside it has no room for a long title.
    meaning = f"{words.plain(in_words(release))}\n\n{words.plain(kind.meaning)}"
    place.badge(kind.word, icon=f":material/{icon}:", color=colour, help=meaning)


def count(release: LoadedRelease, selection: Selection, counted: Funnel) -> None:
    """The number of selected galaxies, Undo and Reset."""
    st.markdown(
        f"**{counted.left:,}** of {words.galaxies(counted.total)}", width="content"
    )
    st.button(
        "Undo",
        icon=":material/undo:",
        key="undo",
        type="tertiary",
        disabled=not selection_widgets.can_undo(),
        on_click=selection_widgets.undo,
        args=(release,),
        help="Undo the last change of the selection",
    )
    st.button(
        "Reset all",
        icon=":material/restart_alt:",
        key="reset",
        type="tertiary",
        disabled=selection == Selection(tree=release.tree),
        on_click=_reset,
        args=(release,),
    )


def chips(release: LoadedRelease, selection: Selection, counted: Funnel) -> None:
    """One chip for each active filter, which a click removes."""
    steps = [row.step for row in counted.rows if row.step.kind != "gate"]
    # Drawn even when empty: with the first filter, elements after it would otherwise
    # be made again, and a map lose its zoom.
    with st.container(key="chips", horizontal=True, gap="small"):
        for step in steps:
            st.button(
                words.plain(words.sentence(step.words)),
                icon=":material/close:",
                icon_position="right",
                key=f"chip_{step.parameter}",
                on_click=selection_widgets.show,
                args=(selection.without(step.parameter), release),
                help="Remove this filter",
            )
    if counted.ties:
        st.caption(f":orange[:material/info: {words.plain(counted.ties)}]")


def _reset(release: LoadedRelease) -> None:
    selection_widgets.show(Selection(tree=release.tree), release)
    toasts.note("All filters removed. Undo restores them.", ":material/undo:")
