"""Runs as cards: state, progress, verdict, plots, log, and buttons."""

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
from morph.runs.run_files import read_choice, tail_log
from morph.wording import duration, minute
from pages.common import toasts, words
from pages.common.frame import error_log
from pages.common.server import database, report_route
from pages.runs import run_plots

LOG_LINES = 15
# Title, colour and icon of each state.
_LOOKS = {
    "created": ("Not started", "gray", ":material/circle:"),
    "queued": ("Queued", "blue", ":material/hourglass_empty:"),
    "running": ("Running", "blue", ":material/progress_activity:"),
    "cancelling": ("Stopping", "orange", ":material/stop_circle:"),
    "cancelled": ("Cancelled", "gray", ":material/cancel:"),
    "failed": ("Failed", "red", ":material/error:"),
    "finished": ("Finished", "green", ":material/check_circle:"),
    "lost": ("Stopped unexpectedly", "red", ":material/heart_broken:"),
    "unreadable": ("Unreadable", "red", ":material/broken_image:"),
}
_KINDS = {
    "source": "Training on votes",
    "adapt": "Adaptation to another survey",
    "predict": "Prediction",
}


def draw(run: RunState, root: Path) -> None:
    """The card of a run; the cards after it are drawn whatever its files hold."""
    try:
        _draw(run, root)
    except Exception as error:
        reference = error_log.new_reference()
        where = error_log.keep(root, reference, f"card of the run {run.run_id}", error)
        st.warning(
            f"The run {words.plain(run.run_id)} has files of an unexpected form; "
            f"reference {reference} in {where}.",
            icon=":material/error:",
        )


def _draw(run: RunState, root: Path) -> None:
    title, colour, icon = _LOOKS[run.state]
    with st.container(border=True, key=f"run_{run.run_id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.plain(run.run_id)}**", width="content")
            kind = str(run.config.get("kind", ""))
            st.caption(_KINDS.get(kind, words.plain(kind)), width="content")
            st.space("stretch")
            st.badge(title, icon=icon, color=colour)
        _progress(run)
        _verdict(run.folder)
        if run.error:
            st.error(words.plain(words.sentence(run.error)), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="center"):
            _actions(run, root)
            st.space("stretch")
            _documents(run)
        run_plots.draw(run)
        lines = tail_log(run.folder, LOG_LINES)
        if lines:
            with st.expander("Log", expanded=run.state in ("failed", "lost")):
                st.code("\n".join(lines), language=None, wrap_lines=True)


def _verdict(folder: Path) -> None:
    """How the adaptation was judged without votes, and warnings of a class collapse."""
    try:
        choice = read_choice(folder)
    except MorphError as error:
        st.error(words.sentence(str(error)), icon=":material/error:")
        return
    if choice is None:
        return
    sentence = words.plain(words.sentence(str(choice.get("sentence", ""))))
    if choice.get("outcome") in ("adapted", "not judged"):
        st.caption(f":material/rule: {sentence}.")
    else:
        st.warning(f"{sentence}.", icon=":material/rule:")
    alarms = choice.get("adapted", {}).get("alarms", [])
    if alarms:
        number = "1 warning" if len(alarms) == 1 else f"{len(alarms)} warnings"
        with st.popover(
            f"{number}: possible class collapse", icon=":material/warning:"
        ):
            st.markdown("\n".join(f"- {words.plain(str(one))}" for one in alarms))


def _documents(run: RunState) -> None:
    """Links to the run's report and model card, once they are written."""
    for name, title, icon in (
        (REPORT, "Report", ":material/monitoring:"),
        (CARD, "Model card", ":material/description:"),
    ):
        if (run.folder / name).is_file():
            st.link_button(title, report_route.url(run.run_id, name), icon=icon)


def _progress(run: RunState) -> None:
    if run.active:
        number = run.stages.index(run.stage) + 1 if run.stage in run.stages else 0
        stage = f"{run.stage}, stage {number} of {len(run.stages)}" if number else ""
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
                f"Stop **{run.run_id}**? It keeps its completed stages and the last "
                "checkpoint of the current one, and can be started again."
            )
            st.button(
                "Stop this run",
                key=f"cancel_{run.run_id}",
                on_click=toasts.refusals()(lifecycle.cancel_run),
                args=(run.folder,),
            )
    elif run.startable and run.state != "unreadable":
        st.button(
            "Start" if run.state == "created" else "Start again",
            key=f"start_{run.run_id}",
            icon=":material/play_arrow:",
            on_click=toasts.refusals()(lifecycle.start_run),
            args=(run.folder,),
            help="Resumes after the last completed stage",
        )
    elif run.state == "finished":
        try:
            _offer_release(run, root)
        except MorphError as error:  # the other cards must still be drawn
            st.warning(words.sentence(str(error)), icon=":material/error:")


def _offer_release(run: RunState, root: Path) -> None:
    """Offer to load the release of a finished run; it is never loaded by itself."""
    folder = run.folder / "release"
    if not (folder / MANIFEST).is_file():
        st.caption("This run made no release.")
        return
    manifest = read_manifest(folder)
    with database.cursor(root) as con:
        loaded = {release.manifest_sha256 for release in release_table.releases(con)}
    if sha256_of(folder / MANIFEST) in loaded:
        st.caption(
            f":material/check: Release {manifest.release_id} is in the catalogue"
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
    """Show what loading adds to the catalogue, and the button that loads."""
    with database.cursor(root) as con:
        preview = loading.preview(con, folder)
    st.markdown(f"**{preview.manifest.title}**")
    for note in preview.notes:
        st.markdown(f"- {words.sentence(note)}")
    st.caption("Releases loaded earlier stay available.")
    st.button(
        f"Load {words.galaxies(preview.galaxies)}",
        key=f"load_{run.run_id}",
        type="primary",
        disabled=preview.state == "conflict",
        on_click=_load,
        args=(run, root),
    )
    if preview.state == "conflict":
        st.caption(
            "The catalogue already has a different release named "
            f"{preview.manifest.release_id}."
        )


@toasts.refusals()
def _load(run: RunState, root: Path) -> None:
    manifest = publish.publish_release(run.folder, root / "releases")
    with database.cursor(root) as con:
        loaded = loading.load_release(con, release_folder(root, manifest.release_id))
    toasts.note(
        f"Loaded {words.galaxies(loaded.galaxies)} of {loaded.release_id}; choose the "
        "release at the top of the page.",
        ":material/check:",
    )
