"""Runs as cards: their state, progress and log, and what can be done with each."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from morph.atomic import sha256_of
from morph.catalogue import loading, release_table
from morph.errors import MorphError
from morph.home import release_folder
from morph.release import publish
from morph.release.folder import MANIFEST, read_manifest
from morph.report.card import CARD
from morph.report.page import REPORT
from morph.runs import lifecycle
from morph.runs.lifecycle import RunState
from morph.wording import duration, minute
from pages.common import toasts, words
from pages.common.server import database, report_route
from pages.runs import run_outcome, run_plots

LOG_LINES = 15


@dataclass(frozen=True)
class Look:
    """How a state is named and coloured."""

    title: str
    colour: str
    icon: str


_LOOKS = {
    "created": Look("Not started", "gray", ":material/circle:"),
    "queued": Look("Waiting for its turn", "blue", ":material/hourglass_empty:"),
    "running": Look("Running", "blue", ":material/progress_activity:"),
    "cancelling": Look("Stopping", "orange", ":material/stop_circle:"),
    "cancelled": Look("Cancelled", "gray", ":material/cancel:"),
    "failed": Look("Failed", "red", ":material/error:"),
    "finished": Look("Finished", "green", ":material/check_circle:"),
    "lost": Look("Lost: its process is gone", "red", ":material/heart_broken:"),
    "unreadable": Look("Unreadable", "red", ":material/broken_image:"),
}
_KINDS = {
    "source": "Training on votes",
    "adapt": "Adaptation to another survey",
    "predict": "Prediction",
}


def draw(run: RunState, root: Path) -> None:
    """One run."""
    look = _LOOKS[run.state]
    with st.container(border=True, key=f"run_{run.run_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{run.run_id}**", width="content")
            kind = run.config.get("kind", "")
            st.caption(_KINDS.get(kind, kind), width="content")
            st.space("stretch")
            st.badge(look.title, icon=look.icon, color=look.colour)
        _progress(run)
        run_outcome.draw(run.folder)
        if run.error:
            st.error(words.sentence(run.error), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="center"):
            _actions(run, root)
            st.space("stretch")
            _papers(run)
        run_plots.draw(run)
        lines = lifecycle.tail_log(run.folder, LOG_LINES)
        if lines:
            with st.expander("Log", expanded=run.state in ("failed", "lost")):
                st.code("\n".join(lines), language=None, wrap_lines=True)


def _papers(run: RunState) -> None:
    """The run's page of plots and its model card, once they are written."""
    for name, title, icon in (
        (REPORT, "Report", ":material/monitoring:"),
        (CARD, "Model card", ":material/description:"),
    ):
        if (run.folder / name).is_file():
            st.link_button(title, report_route.url(run.run_id, name), icon=icon)


def _progress(run: RunState) -> None:
    if run.active:
        place = run.stages.index(run.stage) + 1 if run.stage in run.stages else 0
        stage = f"{run.stage}, stage {place} of {len(run.stages)}" if place else ""
        left = f"{duration(run.eta_s)} left in this stage" if run.eta_s else ""
        parts = (stage, run.message, left)
        st.progress(run.progress, text=" · ".join(part for part in parts if part))
        return
    times = [
        f"{title} {minute(moment)}"
        for title, moment in (("started", run.started), ("ended", run.finished))
        if moment
    ]
    if times:
        st.caption(words.sentence(" · ".join(times)))


def _actions(run: RunState, root: Path) -> None:
    if run.state in ("queued", "running"):
        with st.popover("Cancel", icon=":material/stop_circle:"):
            st.markdown(
                f"Stop **{run.run_id}**? Finished stages are kept; what the present "
                "stage has done since its last checkpoint is lost. It can be started "
                "again."
            )
            st.button(
                "Stop this run",
                key=f"cancel_{run.run_id}",
                on_click=_try,
                args=(lifecycle.cancel_run, run.folder),
            )
    elif run.startable and run.state != "unreadable":
        st.button(
            "Start" if run.state == "created" else "Start again",
            key=f"start_{run.run_id}",
            icon=":material/play_arrow:",
            on_click=_try,
            args=(lifecycle.start_run, run.folder),
            help="Goes on from the last finished stage",
        )
    elif run.state == "finished":
        try:
            _offer_release(run, root)
        except MorphError as error:  # other runs have nothing to do with it
            st.warning(words.sentence(str(error)), icon=":material/error:")


def _offer_release(run: RunState, root: Path) -> None:
    """A finished run is not in the catalogue before somebody says so."""
    folder = run.folder / "release"
    if not (folder / MANIFEST).is_file():
        st.caption("It made no release.")
        return
    manifest = read_manifest(folder)
    with database.cursor(root) as con:
        loaded = {release.manifest_sha256 for release in release_table.releases(con)}
    if sha256_of(folder / MANIFEST) in loaded:
        st.caption(
            f":material/check: Its release {manifest.release_id} is in the catalogue"
        )
        return
    offer = st.popover(
        "Load into the catalogue",
        icon=":material/download_done:",
        key=f"offer_{run.run_id}",
        on_change="rerun",
    )
    if offer.open:
        with offer:
            _preview(run, folder, root)


def _preview(run: RunState, folder: Path, root: Path) -> None:
    """What loading would add, and the button that does it."""
    with database.cursor(root) as con:
        found = loading.preview(con, folder)
    st.markdown(f"**{found.manifest.title}**")
    for note in found.notes:
        st.markdown(f"- {words.sentence(note)}")
    st.caption("What was loaded before stays, and stays selectable.")
    st.button(
        f"Load {words.galaxies(found.galaxies)}",
        key=f"load_{run.run_id}",
        type="primary",
        disabled=found.state == "conflict",
        on_click=_try,
        args=(_load, run, root),
    )
    if found.state == "conflict":
        st.caption(
            f"Another release called {found.manifest.release_id} is in the catalogue."
        )


def _load(run: RunState, root: Path) -> None:
    manifest = publish.publish_release(run.folder, root / "releases")
    with database.cursor(root) as con:
        loaded = loading.load_release(con, release_folder(root, manifest.release_id))
    toasts.note(
        f"{words.galaxies(loaded.galaxies)} of {loaded.release_id} are in the "
        "catalogue; choose the release above.",
        ":material/check:",
    )


def _try(action, *args) -> None:
    """Do something to a run from a callback; say what kept it from being done."""
    with toasts.refusals():
        action(*args)
