"""Loads that a session began: how far each is, and how it has ended."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from morph.catalogue import default_release, loading
from morph.home import release_folder
from morph.release import publish
from morph.runs.lifecycle import RunState
from morph.runs.run_files import keeping_load_error, load_error
from morph.wording import Tell, percent, size
from pages.common import toasts, words
from pages.common.server import database, loads, who_may

_STEPS = 4  # check the files, copy them, check the copies, load the galaxies
_BEGUN = "loads_begun"


def begin_run(run: RunState, root: Path) -> None:
    """Begin to load the release of a run; only from a callback."""
    begin(key_of(run), partial(_published, run, root), steps=_STEPS)


def key_of(run: RunState) -> str:
    """The key of the load of a run; another run of the same name has another."""
    return f"{run.folder} of {run.created}"


def _published(run: RunState, root: Path, tell: Tell) -> str:
    with keeping_load_error(run.folder):
        manifest = publish.publish_release(run.folder, root / "releases", tell=tell)
        return load_published(root, manifest.release_id, tell)


def refusal(run: RunState) -> str:
    """Why the release of a run was not loaded the last time; "" if it was, or may be.

    It is kept with the run, so that a later process knows it too.
    """
    key = key_of(run)
    if loads.going_on(key) is not None:
        return ""
    return loads.refusal(key) or load_error(run.folder)


def load_published(root: Path, release_id: str, tell: Tell) -> str:
    """Load a release of ``releases/``; what was loaded, in words."""
    with database.cursor(root) as con:
        default_release.keep(con)
        loaded = loading.load_release(con, release_folder(root, release_id), tell=tell)
    return (
        f"Loaded {words.galaxies(loaded.galaxies)} of {words.plain(release_id)}; "
        "choose the release at the top of the page."
    )


@toasts.refusals()
@who_may.change
def unload(root: Path, release_id: str) -> None:
    """Take a release out of the catalogue and of ``releases/``; only from a callback.

    Its files are kept, and it can be restored.
    """
    publish.withdraw(root, release_id)
    with database.cursor(root) as con:
        loading.unload_release(con, release_id, remember=False)
    toasts.note(f"{release_id} is no longer in the catalogue", ":material/undo:")


def progress(key: str) -> None:
    """How far a load is."""
    load = loads.going_on(key)
    if load is None:
        return
    amount = size if load.what.endswith("files") else "{:,}".format
    parts = [f"Step {max(load.step, 1)} of {load.steps}: {load.what.lower()}"]
    if load.total:
        parts += [f"{amount(load.done)} of {amount(load.total)}"]
    st.progress(
        load.fraction, text=f"{percent(load.fraction)} · {' · '.join(parts)}", width=420
    )


def begin(key: str, work: Callable[[Tell], str], *, steps: int) -> None:
    """Begin to load for this session; only from a callback."""
    st.session_state.setdefault(_BEGUN, {})[key] = None
    loads.begin(key, work, steps=steps)
    say_ended()


def say_ended() -> None:
    """Say, once, how the loads that this session began have ended."""
    begun = st.session_state.get(_BEGUN, {})
    for key in [one for one in begun if loads.going_on(one) is None]:
        del begun[key]
        with toasts.refusals():
            ended = loads.result(key)
            if ended:
                toasts.note(ended, ":material/check:")
