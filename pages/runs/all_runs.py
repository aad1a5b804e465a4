"""All runs: those in progress and the opened one as cards, the others as a table."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from morph.catalogue.contents import LOAD_FAILED, LOADED, state_in_words
from morph.errors import MorphError
from morph.release.packed import unpack
from morph.runs import bin as run_bin
from morph.runs import lifecycle
from morph.runs.config import TITLES
from morph.runs.lifecycle import ACTIVE, RunState
from morph.runs.run_files import STATE_TITLES
from morph.wording import Tell, size
from pages.common import rows, toasts, words
from pages.common.address import controls
from pages.common.server import loads, loads_shown, who_may
from pages.runs import load_release, run_cards, run_summary, views

TABLE = "runs_table"
_ENDED = "runs_ended"
_UPLOADED = "packed_release"
_UNPACK_STEPS = 5  # unpack the files, then as load_release does
_EVERY = timedelta(seconds=2)
_IN_PROGRESS = {STATE_TITLES[state] for state in ACTIVE}
_COLUMNS = {
    "created": st.column_config.DatetimeColumn("Created", format="YYYY-MM-DD HH:mm"),
    "minutes": st.column_config.NumberColumn("Minutes", format="%.1f"),
    "loss": st.column_config.NumberColumn(
        "Loss", format="%.4g", help="Of the last epoch of the last fit"
    ),
    "rmse": st.column_config.NumberColumn(
        "Mean RMSE", format="%.4f", help="Of vote fractions, if it was evaluated"
    ),
    "run": "Run",
    "kind": "Kind",
    "state": "State",
    "model_run": "Model",
    "release": "Release",
}
# Column that the runs are sorted by, and whether from its lowest value.
_ORDERS = {
    "Newest first": ("created", False),
    "Oldest first": ("created", True),
    "Name": ("run", True),
    "Longest first": ("minutes", False),
    "Lowest loss": ("loss", True),
    "Lowest error": ("rmse", True),
}


def draw(root: Path) -> None:
    """Draw them; the cards again every two seconds while a run is in progress.

    Unless another run is opened, the newest one that has ended is.
    """
    opened = views.opened()
    _title(root)
    runs = lifecycle.list_runs(root)
    states, loading = states_in_words(root, runs), loads.names()
    every = _EVERY if loading or any(run.active for run in runs) else None
    st.fragment(cards, run_every=every)(root, opened, states, loading)
    if runs:
        _history(runs, states)
    else:
        st.info(
            "No runs yet. Start one under New run; `make demo` creates those of the "
            "demonstration.",
            icon=":material/model_training:",
        )
    _upload(root)
    _bin(root)


def _title(root: Path) -> None:
    """Say in the title of the browser's tab which runs have just ended."""
    ended = st.session_state.pop(_ENDED, [])
    if ended:
        state = lifecycle.read_run(root / "runs" / ended[0]).state
        more = f" and {len(ended) - 1} more" if len(ended) > 1 else ""
        st.set_page_config(page_title=f"{ended[0]} {state}{more} · morph")


def cards(
    root: Path,
    opened: str | None,
    states: Mapping[str, str],
    loading: Collection[str] = (),
) -> None:
    """Cards of the opened run and of those in progress, while these are the ``states``.

    The whole page is drawn again when a run has another state than in the table, when
    other releases than ``loading`` are being loaded, and for another view.
    """
    loads_shown.say_ended()
    toasts.say()
    loads_shown.progress(_UPLOADED)
    runs = lifecycle.list_runs(root)
    now = states_in_words(root, runs)
    if now != states:
        before, active = (
            {run_id for run_id, state in both.items() if state in _IN_PROGRESS}
            for both in (states, now)
        )
        st.session_state[_ENDED] = sorted(before - active)
    if now != states or loads.names() != list(loading) or views.left():
        st.rerun()
    shown = opened or next((run.run_id for run in runs if not run.active), None)
    for run in sorted(runs, key=lambda run: run.run_id != shown):
        if run.active or run.run_id == shown:
            waiting = [
                one.run_id
                for one in runs
                if one.state == "queued" and one.config.get("model_run") == run.run_id
            ]
            run_cards.draw(run, root, now[run.run_id], waiting)


def _history(runs: Sequence[RunState], states: Mapping[str, str]) -> None:
    """The table of all runs: found, filtered and sorted as the address says."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search",
            key="runs_search",
            bind="query-params",
            placeholder="Name, model or release",
        )
        kinds, chosen_states = (
            st.multiselect(
                label, options, key=key, bind="query-params", placeholder="All"
            )
            for label, options, key in (
                ("Kind", list(TITLES.values()), "runs_kinds"),
                ("State", [*STATE_TITLES.values(), LOADED, LOAD_FAILED], "runs_states"),
            )
        )
        order = controls.from_list("Sort by", list(_ORDERS), key="runs_sort", width=190)
    table = _filtered(_table(runs, states), text, kinds, chosen_states)
    by, ascending = _ORDERS[order]
    table = table.sort_values(by, ascending=ascending, kind="stable", ignore_index=True)
    st.caption(f"{len(table):,} of {len(runs):,} runs. Tick a run to open its card.")
    chosen = rows.choose(
        table,
        table["run"],
        _COLUMNS,
        key=TABLE,
        height=min(38 + 35 * len(table), 420),
        alt="All runs",
    )
    _chosen(chosen)


def _chosen(chosen: list[str]) -> None:
    """Open the card of one chosen run, or offer to compare several."""
    if len(chosen) == 1:
        if views.opened() != chosen[0]:
            views.open_run(chosen[0])
            st.rerun()
    elif len(chosen) > views.MOST_COMPARED:
        st.caption(f"Choose at most {views.MOST_COMPARED} runs to compare them.")
    elif chosen:
        st.button(
            f"Compare {len(chosen)} runs",
            icon=":material/compare_arrows:",
            type="primary",
            on_click=views.compare,
            args=(chosen,),
        )


def states_in_words(root: Path, runs: Sequence[RunState]) -> dict[str, str]:
    """Run -> the words of its state in the table."""
    present = set()
    with suppress(MorphError):  # another process holds the catalogue
        present = load_release.loaded_releases(root)
    return {run.run_id: _state_in_words(run, present) for run in runs}


def _state_in_words(run: RunState, present: Collection[str]) -> str:
    state = state_in_words(run, present)
    if run.state == "finished" and state != LOADED:
        return LOAD_FAILED if loads_shown.refusal(run) else state
    return state


def _table(runs: Sequence[RunState], states: Mapping[str, str]) -> pd.DataFrame:
    found = []
    for run in runs:
        row = {
            "run": run.run_id,
            "kind": TITLES.get(str(run.config.get("kind")), "–"),
            "state": states[run.run_id],
            "created": run.created,
        }
        found.append(row | run_summary.of(run))
    table = pd.DataFrame(found)
    created = pd.to_datetime(
        table["created"], format="ISO8601", errors="coerce", utc=True
    )
    return table.assign(created=created)


def _filtered(
    table: pd.DataFrame, text: str, kinds: list[str], states: list[str]
) -> pd.DataFrame:
    keep = pd.Series(data=True, index=table.index)
    if text:
        names = table[["run", "model_run", "release"]].fillna("")
        found = names.apply(
            lambda column: column.str.contains(text.strip(), case=False, regex=False)
        )
        keep &= found.any(axis=1)
    if kinds:
        keep &= table["kind"].isin(kinds)
    if states:
        keep &= table["state"].isin(states)
    return table[keep]


def _upload(root: Path) -> None:
    """Add a release that another computer has made and packed."""
    with st.expander("Add a release from another computer"):
        st.caption(
            "`.venv/bin/python -m data runs pack RUN` writes a release to one file. "
            "Upload it here, or copy it or a release folder into `releases/` of "
            "MORPH_HOME: it is loaded within seconds, and the packed file is then "
            "removed."
        )
        st.file_uploader(
            "Packed release",
            type="zip",
            key=_UPLOADED,
            on_change=_unpack,
            args=(root,),
            disabled=bool(who_may.explained()),
            help=who_may.explained() or None,
        )


@toasts.refusals()
@who_may.change
def _unpack(root: Path) -> None:
    file = st.session_state[_UPLOADED]
    if file is None:
        return
    loads_shown.begin(_UPLOADED, partial(_unpacked, file, root), steps=_UNPACK_STEPS)


def _unpacked(file: UploadedFile, root: Path, tell: Tell) -> str:
    manifest = unpack(file, root / "releases", tell)
    return loads_shown.load_published(root, manifest.release_id, tell)


def _bin(root: Path) -> None:
    """Deleted runs, which can be restored until the bin is emptied."""
    deleted = run_bin.in_bin(root)
    if not deleted:
        return
    total = sum(one.bytes for one in deleted)
    with st.expander(f"Bin: {len(deleted)} deleted, {size(total)}"):
        for one in deleted:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{words.plain(one.run_id)} · {size(one.bytes)}")
                st.button(
                    "Restore",
                    key=f"restore_{one.folder.parent.name}_{one.run_id}",
                    icon=":material/undo:",
                    on_click=toasts.refusals()(who_may.change(run_bin.restore)),
                    args=(root, one),
                )
        number = "1 run" if len(deleted) == 1 else f"{len(deleted)} runs"
        with st.popover("Empty the bin", icon=":material/delete_forever:"):
            st.markdown(
                f"Delete {number} ({size(total)}) for good? Releases that were loaded "
                "from them stay."
            )
            st.button(
                f"Delete {number}",
                key="empty_bin",
                disabled=bool(who_may.explained()),
                help=who_may.explained() or None,
                on_click=_empty,
                args=(root,),
            )


@toasts.refusals()
@who_may.change
def _empty(root: Path) -> None:
    toasts.note(f"Freed {size(run_bin.empty(root))}", ":material/delete_forever:")
