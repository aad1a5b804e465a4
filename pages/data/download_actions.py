"""Buttons that look up sizes, download, cancel, continue, load and explore."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from morph.errors import MorphError
from morph.published import download_run, known_records
from morph.published.catalogue_file import PublishedCatalogue
from morph.published.download_states import CatalogueState
from morph.runs import lifecycle
from morph.runs.lifecycle import RunState
from pages.common import toasts, words
from pages.common.server import loads_shown, who_may

_UNREACHABLE = "sizes_unknown"


def look_up_button(root: Path, catalogues: Mapping[str, PublishedCatalogue]) -> None:
    """Ask Zenodo for the sizes of the downloads."""
    refused = who_may.explained()
    st.button(
        "Look up sizes",
        key="look_up_sizes",
        icon=":material/search:",
        width="stretch",
        disabled=bool(refused),
        help=refused or "Asks Zenodo for the sizes of the files; nothing is downloaded",
        on_click=_look_up,
        args=(root, dict(catalogues)),
    )


def say_unreachable() -> None:
    """Why sizes are unknown, after they were asked for."""
    if problem := st.session_state.get(_UNREACHABLE):
        st.caption(f":material/cloud_off: {words.plain(words.sentence(problem))}.")


def button(root: Path, one: CatalogueState) -> None:
    """The one thing to do next with a catalogue."""
    name, run = one.catalogue.name, one.run
    if one.state == "not here":
        record = _record(one.catalogue)
        change_button(
            f"download_{name}",
            "Download",
            ":material/download:",
            _download,
            root,
            name,
            record,
        )
    elif one.state == "downloading" and run is not None:
        if run.state != "cancelling":
            change_button(
                f"cancel_{name}",
                "Cancel",
                ":material/stop_circle:",
                _cancel,
                run.folder,
            )
    elif one.state == "stopped" and run is not None:
        change_button(
            f"continue_{name}",
            "Continue",
            ":material/play_arrow:",
            _continue,
            run.folder,
        )
    elif one.state == "here" and run is not None:
        change_button(
            f"load_{name}", "Load", ":material/download_done:", _load, root, run
        )
    elif one.state == "loaded" and one.release is not None:
        _explore(name, one.release.release_id)


def _explore(name: str, release_id: str) -> None:
    if st.button(
        "Explore",
        key=f"explore_{name}",
        icon=":material/grid_view:",
        on_click=_show,
        args=(release_id,),
    ):
        st.switch_page("../../explore/explore.py")


def change_button(
    key: str, label: str, icon: str, do: Callable[..., None], *given: Any
) -> None:
    """A button of a card; visitors who may not change anything see why."""
    refused = who_may.explained()
    st.button(
        label,
        key=key,
        icon=icon,
        disabled=bool(refused),
        help=refused or None,
        on_click=do,
        args=given,
    )


def _record(catalogue: PublishedCatalogue) -> int:
    """The record to download from, which may be changed where it is not certain."""
    if not (catalogue.record and catalogue.uncertain):
        return catalogue.record
    return st.number_input(
        "Zenodo record",
        min_value=1,
        value=catalogue.record,
        step=1,
        key=f"record_{catalogue.name}",
        width=200,
    )


@toasts.refusals()
@who_may.change
def _look_up(root: Path, catalogues: dict[str, PublishedCatalogue]) -> None:
    st.session_state.pop(_UNREACHABLE, None)
    try:
        known_records.look_up(root, catalogues)
    except MorphError as error:
        st.session_state[_UNREACHABLE] = str(error)


@toasts.refusals()
@who_may.change
def _download(root: Path, name: str, record: int) -> None:
    catalogue = download_run.catalogue_in(root, name, record)
    folder = download_run.begin(root, catalogue)
    lifecycle.start_run(folder)
    toasts.note(f"{folder.name} is being downloaded", ":material/download:")


@toasts.refusals()
@who_may.change
def _continue(folder: Path) -> None:
    lifecycle.start_run(folder)


@toasts.refusals()
@who_may.change
def _cancel(folder: Path) -> None:
    lifecycle.cancel_run(folder)
    toasts.note(
        "The download stops; the part already downloaded is kept",
        ":material/stop_circle:",
    )


@toasts.refusals()
@who_may.change
def _load(root: Path, run: RunState) -> None:
    loads_shown.begin_run(run, root)


def _show(release_id: str) -> None:
    st.session_state["release"] = release_id
