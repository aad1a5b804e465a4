"""Runs as cards: state, progress, verdict, plots, log, and buttons."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from morph.catalogue.contents import LOAD_FAILED
from morph.errors import MorphError
from morph.report.card import CARD
from morph.report.page import REPORT
from morph.runs import bin as run_bin
from morph.runs import lifecycle, slots
from morph.runs.config import TITLES
from morph.runs.lifecycle import RunState
from morph.runs.run_files import tail_log
from morph.wording import duration, minute, size
from pages.common import toasts, words
from pages.common.frame import error_log
from pages.common.server import loads_shown, who_may
from pages.common.server.routes import report_route
from pages.runs import load_release, run_plots, run_verdict, views

LOG_LINES = 15
# Colour and icon of each state.
_LOOKS = {
    "created": ("gray", ":material/circle:"),
    "queued": ("blue", ":material/hourglass_empty:"),
    "running": ("blue", ":material/progress_activity:"),
    "cancelling": ("orange", ":material/stop_circle:"),
    "cancelled": ("gray", ":material/cancel:"),
    "failed": ("red", ":material/error:"),
    "finished": ("green", ":material/check_circle:"),
    "lost": ("red", ":material/heart_broken:"),
    "unreadable": ("red", ":material/broken_image:"),
}
_SILENT_S = 60.0  # after which a running run may hang


def draw(run: RunState, root: Path, state: str, waiting: Sequence[str] = ()) -> None:
    """The card of a run; the cards after it are drawn whatever its files hold.

    ``state`` is its state in words, with that of its release; ``waiting`` are the
    names of the runs that wait for its model.
    """
    try:
        _draw(run, root, state, waiting)
    except Exception as error:
        reference, where = _logged(run, root, error)
        st.warning(
            f"The run {words.plain(run.run_id)} has files that cannot be read; "
            f"reference {reference} in {where}.",
            icon=":material/error:",
        )


def _logged(run: RunState, root: Path, error: Exception) -> tuple[str, str]:
    """The reference of an error, and the log that has it.

    Cards are drawn every few seconds; an error is logged once in a session.
    """
    logged = st.session_state.setdefault("errors_of_cards", {})
    mark = run.run_id, repr(error)
    if mark not in logged:
        reference, report = error_log.new_reference(), f"card of the run {run.run_id}"
        logged[mark] = reference, error_log.keep(root, reference, report, error)
    return logged[mark]


def _draw(run: RunState, root: Path, state: str, waiting: Sequence[str]) -> None:
    silent = lifecycle.silent_s(run)
    with st.container(border=True, key=f"run_{run.run_id}"):
        _heading(run, state, is_silent=silent > _SILENT_S)
        _progress(run)
        if silent > _SILENT_S:
            st.warning(
                f"No update for {duration(silent)}: the process is running, but may be "
                "stuck. If this continues, cancel the run and start it again.",
                icon=":material/warning:",
            )
        _machine(run)
        run_verdict.draw(run.folder)
        if run.error:
            st.error(words.plain(words.sentence(run.error)), icon=":material/error:")
        if state == LOAD_FAILED:
            refusal = loads_shown.refusal(run)
            st.error(words.plain(words.sentence(refusal)), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="center"):
            _actions(run, root, waiting)
            st.space("stretch")
            if run.state != "unreadable":  # it may be a link to somewhere else
                _documents(run)
        if run.state == "unreadable":
            return
        if run.trains:
            run_plots.draw(run)
        lines = tail_log(run.folder, LOG_LINES)
        if lines:
            with st.expander("Log", expanded=run.state in ("failed", "lost")):
                st.code("\n".join(lines), language=None, wrap_lines=True)


def _heading(run: RunState, state: str, *, is_silent: bool) -> None:
    """Name, kind and state of the run."""
    title, (colour, icon) = state, _LOOKS[run.state]
    if state == LOAD_FAILED:
        colour, icon = _LOOKS["failed"]
    if is_silent:
        title, colour, icon = "Not responding", "orange", ":material/warning:"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{words.plain(run.run_id)}**", width="content")
        kind = TITLES.get(str(run.config.get("kind")), "Unknown kind of run")
        st.caption(kind, width="content")
        st.space("stretch")
        st.badge(title, icon=icon, color=colour)


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
        text = " · ".join(part for part in parts if part)
        st.progress(run.progress, text=words.plain(text))
        return
    times = [
        f"{title} {minute(moment)}"
        for title, moment in (("started", run.started), ("ended", run.finished))
        if moment
    ]
    if times:
        st.caption(words.sentence(" · ".join(times)))


def _machine(run: RunState) -> None:
    """The use of the GPUs, of a run in progress."""
    if not run.active or not run.gpus:
        return
    lines = [
        f"{gpu['name']}: {gpu['use']}% in use, "
        f"{size(gpu['total'] - gpu['free'])} of {size(gpu['total'])}"
        for gpu in run.gpus
    ]
    st.caption(f":material/memory: {words.plain(' · '.join(lines))}")


def _queue(run: RunState, root: Path) -> None:
    """The place of a waiting run in the queue, which can be changed."""
    waiting = slots.queue(root / "runs")
    if run.run_id not in waiting:
        return
    place = waiting.index(run.run_id)
    st.caption(f"{place + 1} of {len(waiting)} waiting", width="content")
    if place:
        st.button(
            "Move up",
            key=f"up_{run.run_id}",
            icon=":material/arrow_upward:",
            on_click=_move_up,
            args=(root, run.run_id, waiting[place - 1]),
        )


@toasts.refusals()
@who_may.change
def _move_up(root: Path, run_id: str, before: str) -> None:
    slots.move(root / "runs", run_id, before=before)


def _actions(run: RunState, root: Path, waiting: Sequence[str]) -> None:
    if run.state == "queued":
        _queue(run, root)
    if run.state in ("queued", "running"):
        _cancel(run, waiting)
    elif run.startable:
        _start(run)
    if run.config and run.trains:
        st.button(
            "Duplicate and change",
            key=f"copy_{run.run_id}",
            icon=":material/content_copy:",
            on_click=views.copy,
            args=(run.run_id,),
        )
    if not run.active:
        _delete(run, root)
    if run.state == "finished":
        try:
            load_release.offer(run, root)
        except MorphError as error:  # the other cards must still be drawn
            st.warning(words.plain(words.sentence(str(error))), icon=":material/error:")


def _start(run: RunState) -> None:
    refused = who_may.explained()
    st.button(
        "Start" if run.state == "created" else "Start again",
        key=f"start_{run.run_id}",
        icon=":material/play_arrow:",
        on_click=toasts.refusals()(who_may.change(lifecycle.start_run)),
        args=(run.folder,),
        disabled=bool(refused),
        help=refused or "Resumes after the last completed stage",
    )


def _kept(run: RunState) -> str:
    """What a run that is stopped keeps."""
    if run.trains:
        return "its completed stages and the last checkpoint of the current one"
    return "what it has downloaded"


def _cancel(run: RunState, waiting: Sequence[str]) -> None:
    """Stop the run; says what is kept and what ends with it."""
    refused = who_may.explained()
    with st.popover("Cancel", icon=":material/stop_circle:"):
        names = words.plain(" and ".join(waiting))
        ends = f" {names}, which waits for its model, ends too." if waiting else ""
        st.markdown(
            f"Stop **{words.plain(run.run_id)}**? It keeps {_kept(run)}, and can be "
            f"started again; what it has done since is lost.{ends}"
        )
        st.button(
            "Stop this run",
            key=f"cancel_{run.run_id}",
            on_click=toasts.refusals()(who_may.change(lifecycle.cancel_run)),
            disabled=bool(refused),
            help=refused or None,
            args=(run.folder,),
        )


def _delete(run: RunState, root: Path) -> None:
    """Move the run to the bin; says what that frees once the bin is emptied."""
    box = st.popover(
        "Delete",
        icon=":material/delete:",
        key=f"delete_{run.run_id}",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        st.markdown(
            f"Move **{words.plain(run.run_id)}** "
            f"({size(run_bin.size_of(run.folder))}) to the bin? Releases that were "
            "loaded from it stay."
        )
        refused = who_may.explained()
        st.button(
            "Move to the bin",
            key=f"bin_{run.run_id}",
            disabled=bool(refused),
            help=refused or None,
            on_click=_to_bin,
            args=(root, run.run_id),
        )


@toasts.refusals()
@who_may.change
def _to_bin(root: Path, run_id: str) -> None:
    run_bin.delete(root, run_id)
    toasts.note(f"{run_id} is in the bin, below the table", ":material/delete:")
