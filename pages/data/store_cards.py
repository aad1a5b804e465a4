"""A card for each cutout store that a run makes: state, progress, what is missing."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import streamlit as st

from morph.errors import MorphError
from morph.images.blanks import LARGEST_FLUX
from morph.images.new_stores import cutouts_run, store_states
from morph.images.new_stores.store_states import State, StoreState
from morph.images.store_manifest import at_scale
from morph.images.surveys import survey_called
from morph.runs import lifecycle
from morph.runs.data_runs.kinds import PICTURES
from morph.runs.lifecycle import RunState
from morph.wording import duration
from pages.common import toasts, words
from pages.common.server import who_may
from pages.data.download_actions import change_button

# Title, colour and icon of each state.
LOOKS: dict[State, tuple[str, str, str]] = {
    "making": ("In progress", "blue", ":material/downloading:"),
    "stopped": ("Stopped", "orange", ":material/pause_circle:"),
    "finished": ("Finished", "green", ":material/check_circle:"),
}
_EVERY = timedelta(seconds=2)
_COLUMNS = {
    "iauname": "Galaxy",
    "state": "State",
    "why": "Why",
    "missing": "Missing pixels",
    "ra": "RA",
    "dec": "Dec",
}
_SHOWN = 500  # rows of problems; the file has all


def draw_unfinished(root: Path, stores: Sequence[StoreState]) -> None:
    """Cards of the stores that runs are making, or have not finished."""
    _draw(root, [one for one in stores if one.state != "finished"])


def draw_finished(root: Path, stores: Sequence[StoreState]) -> None:
    """Cards of the finished stores with a run; the others in a line."""
    finished = [one for one in stores if one.state == "finished"]
    _draw(root, [one for one in finished if one.run is not None])
    if others := [one for one in finished if one.run is None]:
        names = ", ".join(f"{one.name} ({_images(one)})" for one in others)
        st.caption(f"Other cutout stores: {words.plain(names)}.")


def _draw(root: Path, stores: Sequence[StoreState]) -> None:
    """Two cards in a row; those that change again every two seconds."""
    for at in range(0, len(stores), 2):
        for column, one in zip(st.columns(2), stores[at : at + 2], strict=False):
            card = _card
            if one.state == "making":
                card = st.fragment(_changing_card, run_every=_EVERY)
            with column:
                card(root, one)


def _images(one: StoreState) -> str:
    return words.pictures(one.manifest.galaxies) if one.manifest else "not finished"


def _changing_card(root: Path, drawn: StoreState) -> None:
    """The card as it is now; the page is drawn again when its state has changed."""
    toasts.say()
    now = {one.name: one for one in store_states.read_stores(root)}.get(drawn.name)
    if now is None or now.state != drawn.state:
        st.rerun()
    _card(root, now)


def _card(root: Path, now: StoreState) -> None:
    title, colour, icon = LOOKS[now.state]
    with st.container(border=True, key=f"store_{now.name}", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.plain(now.name)}**", width="stretch")
            st.badge(title, icon=icon, color=colour)
        if now.run is not None:
            _facts(now, now.run)
            _progress(now, now.run)
        with st.container(horizontal=True, vertical_alignment="center"):
            _buttons(root, now)
        if now.state != "making":
            _problems(root, now)


def _facts(now: StoreState, run: RunState) -> None:
    config = run.config
    survey = survey_called(str(config.get("survey"))).title
    facts = [f"{survey} images", f"{config.get('size')} pixels"]
    if now.manifest is not None:
        scale = at_scale(now.manifest.pixscale_arcsec)
        facts = [_images(now), facts[0], f"{facts[1]}{scale}"]
    st.markdown(words.plain(" · ".join(facts)))
    if source := config.get("source"):
        what = "Images" if config.get("kind") == PICTURES else "Galaxies"
        where = ", cut from coadds" if config.get("bricks") else ""
        st.caption(words.plain(f"{what} of the {source}{where}"))
    if now.manifest is not None and now.manifest.clipped:
        most = f"{LARGEST_FLUX:,.0f} nanomaggies"
        st.caption(f"{now.manifest.clipped:,} images have fluxes clipped to {most}")


def _progress(now: StoreState, run: RunState) -> None:
    """How far it is, or why it stopped."""
    if now.state == "making":
        left = f"{duration(run.eta_s)} left" if run.eta_s else ""
        words_now = run.message or run.state
        text = " · ".join(filter(None, (words_now, left)))
        st.progress(run.progress, text=words.plain(text))
    if now.state == "stopped":
        why = run.error or "it was cancelled; what was done is kept"
        st.warning(f"{words.plain(words.sentence(why))}.", icon=":material/info:")


def _buttons(root: Path, now: StoreState) -> None:
    """The one thing to do next with a store."""
    run, refused = now.run, who_may.explained()
    if run is None:
        return
    if now.state == "making":
        if run.state != "cancelling":
            change_button(
                f"cancel_store_{now.name}",
                "Cancel",
                ":material/stop_circle:",
                _cancel,
                run.folder,
            )
    elif now.state == "stopped" and run.startable:
        change_button(
            f"continue_store_{now.name}",
            "Continue",
            ":material/play_arrow:",
            _continue,
            run.folder,
        )
    elif now.failed:
        words_again = f"Ask again for the {now.failed:,} failed"
        if run.config.get("bricks"):
            words_again = f"Try {words.galaxies(now.failed)} again"
        change_button(
            f"ask_store_{now.name}",
            words_again,
            ":material/replay:",
            _ask_again,
            root,
            run,
        )
    if now.state == "finished" and not refused:
        st.page_link(
            "../../runs/runs.py",
            label="Use it in a new run",
            icon=":material/model_training:",
            query_params={"runs_view": "New run"},
        )


def _problems(root: Path, now: StoreState) -> None:
    """The galaxies without a cutout, or with missing pixels, and why."""
    if not now.problems:
        return
    total = sum(now.problems.values())
    counted = " · ".join(f"{state}: {n:,}" for state, n in now.problems.items())
    with st.expander(f"{words.galaxies(total)} with problems", icon=":material/rule:"):
        try:
            table = store_states.read_problems(root, now.name)
        except MorphError as error:
            st.warning(words.plain(words.sentence(str(error))), icon=":material/error:")
            return
        st.caption(words.plain(words.sentence(counted)))
        st.dataframe(
            table.head(_SHOWN),
            hide_index=True,
            placeholder="–",
            column_order=_COLUMNS,
            column_config=_COLUMNS,
            alt="Galaxies without a cutout, or with missing pixels, and why",
        )
        st.download_button(
            "Download the table",
            data=lambda: store_states.problems_csv(root, now.name),
            file_name=f"{now.name}-problems.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"problems_csv_{now.name}",
        )


@toasts.refusals()
@who_may.change
def _continue(folder: Path) -> None:
    lifecycle.start_run(folder)


@toasts.refusals()
@who_may.change
def _ask_again(root: Path, run: RunState) -> None:
    failed = store_states.failed_names(root, run.config["store"])
    lifecycle.start_run(cutouts_run.begin_again(root, run, failed))


@toasts.refusals()
@who_may.change
def _cancel(folder: Path) -> None:
    lifecycle.cancel_run(folder)
    toasts.note(
        "The run stops; what it has done is kept, and Continue does the rest",
        ":material/stop_circle:",
    )
