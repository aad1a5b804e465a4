"""A card for each published catalogue: facts, state, progress, and one button."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import streamlit as st

from morph.catalogue import contents, release_table
from morph.errors import MorphError
from morph.images.surveys import survey_called
from morph.published.addresses import zenodo
from morph.published.catalogue_file import PublishedCatalogue
from morph.published.download_states import (
    CatalogueState,
    State,
    downloaded_bytes,
    read_states,
)
from morph.published.known_records import Known, read_known
from morph.release.manifest import Manifest
from morph.trees.decision_tree import TREES
from morph.wording import duration, size
from pages.common import toasts, words
from pages.common.server import database, loads, loads_shown
from pages.data import download_actions

# Title, colour and icon of each state.
LOOKS: dict[State, tuple[str, str, str]] = {
    "not here": ("Not downloaded", "gray", ":material/cloud:"),
    "needs tree": ("Unknown decision tree", "orange", ":material/account_tree:"),
    "downloading": ("Downloading", "blue", ":material/downloading:"),
    "stopped": ("Stopped", "orange", ":material/pause_circle:"),
    "here": ("Downloaded", "green", ":material/download_done:"),
    "loading": ("Loading", "blue", ":material/progress_activity:"),
    "loaded": ("Loaded", "green", ":material/check_circle:"),
}
_CHANGING = ("downloading", "loading")
_EVERY = timedelta(seconds=2)
_KINDS = {"votes": "votes of volunteers", "fractions": "predicted vote fractions"}


def draw(root: Path, catalogues: Mapping[str, PublishedCatalogue]) -> None:
    """All cards, two in a row; those that change again every two seconds."""
    states = _states(root, catalogues)
    known = read_known(root)
    for at in range(0, len(states), 2):
        for column, one in zip(st.columns(2), states[at : at + 2], strict=False):
            card = _card
            if one.state in _CHANGING:
                card = st.fragment(_changing_card, run_every=_EVERY)
            with column:
                card(root, one, known)


def _states(
    root: Path, catalogues: Mapping[str, PublishedCatalogue]
) -> list[CatalogueState]:
    loaded = loaded_manifests(root)
    certain_first = sorted(catalogues.values(), key=lambda one: bool(one.uncertain))
    states = read_states(root, certain_first, loaded)
    return [
        replace(one, state="loading") if _is_loading(one) else one for one in states
    ]


def loaded_manifests(root: Path) -> list[Manifest]:
    """The manifests of the loaded releases; none while the catalogue is not open."""
    with suppress(MorphError), database.cursor(root) as con:
        return [one.manifest for one in release_table.releases(con)]
    return []


def _is_loading(one: CatalogueState) -> bool:
    run = one.run
    return run is not None and loads.going_on(loads_shown.key_of(run)) is not None


def _changing_card(
    root: Path, drawn: CatalogueState, known: Mapping[str, Known]
) -> None:
    """The card as it is now; the page is drawn again when its state has changed."""
    loads_shown.say_ended()
    toasts.say()
    (now,) = _states(root, {drawn.catalogue.name: drawn.catalogue})
    if now.state != drawn.state:
        st.rerun()
    _card(root, now, known)


def _card(root: Path, now: CatalogueState, known: Mapping[str, Known]) -> None:
    title, colour, icon = LOOKS[now.state]
    catalogue = now.catalogue
    with st.container(border=True, key=f"catalogue_{catalogue.name}", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.plain(catalogue.title)}**", width="stretch")
            st.badge(title, icon=icon, color=colour)
        _facts(now, known.get(catalogue.name))
        _progress(root, now)
        download_actions.button(root, now)


def _facts(one: CatalogueState, known: Known | None) -> None:
    catalogue = one.catalogue
    rows = f"{catalogue.rows:,} galaxies" if catalogue.rows else "galaxies: unknown"
    if one.release is not None:
        rows = words.galaxies(one.release.galaxies)
    of_download = downloaded_bytes(one.release) or (known.bytes if known else None)
    amount = size(of_download) if of_download else "size unknown"
    tree = TREES[catalogue.tree].title if catalogue.has_tree else catalogue.tree
    survey = f"{survey_called(catalogue.survey).title} images"
    facts = (rows, _KINDS.get(catalogue.kind, catalogue.kind), survey)
    st.markdown(words.plain(" · ".join(facts)))
    facts = (f"Download: {amount}", f"tree: {tree}", f"licence: {catalogue.licence}")
    st.caption(words.plain(" · ".join(facts)))
    st.caption(f"{words.plain(catalogue.citation)} · {_where(catalogue)}")
    if catalogue.note:
        st.caption(words.plain(catalogue.note))
    if catalogue.uncertain:
        st.caption(f":material/help: {words.plain(catalogue.uncertain)}")
    if known is not None and known.title and catalogue.uncertain:
        st.caption(f"The record is called “{words.plain(known.title)}”.")
    if known is not None and known.problem:
        st.caption(f":material/warning: {words.plain(words.sentence(known.problem))}.")
    if catalogue.page and one.state in ("not here", "stopped"):
        st.caption(_by_hand(catalogue))


def _where(catalogue: PublishedCatalogue) -> str:
    if catalogue.record:
        number = catalogue.record
        return f"[Zenodo record {number}]({zenodo()}/records/{number})"
    return f"[its page]({catalogue.page or catalogue.url})"


def _by_hand(catalogue: PublishedCatalogue) -> str:
    """What to do if the address of a file, which no record confirms, has changed."""
    file = catalogue.url.rpartition("/")[2]
    command = (
        f".venv/bin/python -m data load {file} --release {catalogue.name} "
        f"--survey {catalogue.survey}"
    )
    return (
        f"If the download fails, get {words.plain(file)} from "
        f"[its page]({catalogue.page}) and load it: `{command.replace('`', '')}`"
    )


def _progress(root: Path, one: CatalogueState) -> None:
    """How far a download or a load is, or why it stopped."""
    run = one.run
    if one.state == "needs tree":
        st.caption(
            f":material/account_tree: It needs the decision tree "
            f"{words.plain(one.catalogue.tree)}, which this version of morph does not "
            "have."
        )
    if one.state == "downloading" and run is not None:
        left = f"{duration(run.eta_s)} left" if run.eta_s else ""
        stage = run.stage if run.stage and run.stage != "download" else ""
        text = " · ".join(filter(None, (stage, run.message or run.state, left)))
        st.progress(run.progress, text=words.plain(text))
    if one.state == "stopped" and run is not None and run.error:
        st.warning(words.plain(f"{words.sentence(run.error)}."), icon=":material/info:")
    if one.state == "loading" and run is not None:
        loads_shown.progress(loads_shown.key_of(run))
    if one.state == "loading" and one.release is not None and not _is_loading(one):
        _loading(root, one.release.release_id)


def _loading(root: Path, release_id: str) -> None:
    with suppress(MorphError), database.cursor(root) as con:
        for waiting in contents.waiting(con, root / "releases"):
            if waiting.folder.name == release_id and waiting.reason == "refused":
                st.warning(words.plain(waiting.message), icon=":material/error:")
                return
    st.caption("It is being loaded into the catalogue.")
