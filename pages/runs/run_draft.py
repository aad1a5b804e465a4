"""The configuration of a new run while it is edited: in the session and the address.

It leaves out what has its default value, as people write a ``config.json``.
"""

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from morph.errors import RunError
from morph.new_run.ingredients import Ingredients
from morph.new_run.preset_configs import copied
from morph.new_run.presets import PRESETS
from morph.runs.lifecycle import RunState
from morph.runs.settings import Setting, with_value, without
from pages.common.address import session_and_address
from pages.runs import views

Config = dict[str, Any]

DRAFT = "draft"  # the parameter with the changed configuration
TITLES = {one.title: one for one in PRESETS.values()}

_CONFIG, _BEGUN, _FROM = "draft_config", "draft_begun", "draft_from"
_VERSION, _REVISION, _TEXT = "draft_version", "draft_revision", "draft_text"


def starts(runs: list[RunState]) -> list[str]:
    """What a new run can begin as: presets, and copies of runs."""
    copied = [run.run_id for run in runs if run.config and run.trains]
    return [*TITLES, *(f"{views.COPY_OF}{run_id}" for run_id in copied)]


def gone(offered: Sequence[str]) -> str:
    """The run that was to be copied and is no longer there, or ""."""
    asked = st.session_state.get(views.START) or st.query_params.get(views.START, "")
    if asked in offered or not asked.startswith(views.COPY_OF):
        return ""
    return asked.removeprefix(views.COPY_OF)


def open_draft(start: str, found: Ingredients, runs: list[RunState]) -> None:
    """Make the draft for ``start``, unless it is the one that is edited already.

    A changed configuration in the address is taken from there. Raises RunError for a
    copy of a run that is not among ``runs``.
    """
    linked = session_and_address.from_address(DRAFT)
    if st.session_state.get(_FROM) == start and not linked:
        return
    copy = start.startswith(views.COPY_OF)
    begun = _copied(start, found, runs) if copy else TITLES[start].make(found)
    st.session_state[_FROM], st.session_state[_BEGUN] = start, begun
    changed = _parsed(linked[0]) if linked else None
    _set(begun if changed is None else changed)
    _renew()


def config() -> Config:
    """The draft."""
    return st.session_state[_CONFIG]


def begun_as() -> Config:
    """The configuration that the draft began as."""
    return st.session_state[_BEGUN]


def version() -> int:
    """Changes where all widgets must show other values."""
    return st.session_state.get(_VERSION, 0)


def revision() -> int:
    """Changes where the text must be written again."""
    return st.session_state.get(_REVISION, 0)


def text() -> str:
    """The draft as JSON, or what was typed where that is none."""
    typed = st.session_state.get(_TEXT)
    return (
        json.dumps(config(), indent=2, ensure_ascii=False) if typed is None else typed
    )


def typed_wrong() -> str:
    """Why the typed text is not used, or ""."""
    typed = st.session_state.get(_TEXT)
    if typed is None:
        return ""
    try:
        value = json.loads(typed)
    except (ValueError, RecursionError) as error:
        return f"This is not JSON: {error}. The fields show the last valid settings."
    return f"This is a {type(value).__name__}; expected an object: {{ ... }}."


def take_text(typed: str) -> None:
    """Use the text that a person typed; only from a callback."""
    value = _parsed(typed)
    if value is None:
        st.session_state[_TEXT] = typed
        return
    _set(value)
    st.session_state[_VERSION] = version() + 1


def take_value(setting: Setting, value: Any) -> None:
    """Use a new value of a setting; only from a callback."""
    default = list(setting.default) if setting.default == () else setting.default
    same = value == default and type(value) is type(default)
    _set(
        without(config(), setting.path)
        if same
        else with_value(config(), setting.path, value)
    )
    st.session_state[_REVISION] = revision() + 1


def end() -> None:
    """Forget the draft, which has become a run; only from a callback."""
    st.session_state.pop(_FROM, None)
    session_and_address.to_address(DRAFT, [])


def undo_changes() -> None:
    """Return to what the draft began as; only from a callback."""
    _set(begun_as())
    _renew()


def _set(value: Config) -> None:
    st.session_state[_CONFIG] = value
    st.session_state[_TEXT] = None
    same = value == begun_as()
    written = [] if same else [json.dumps(value, ensure_ascii=False)]
    session_and_address.to_address(DRAFT, written)


def _renew() -> None:
    st.session_state[_VERSION] = version() + 1
    st.session_state[_REVISION] = revision() + 1


def _parsed(text: str) -> Config | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _copied(start: str, found: Ingredients, runs: list[RunState]) -> Config:
    """The configuration of a run, with another name for its release."""
    run_id = start.removeprefix(views.COPY_OF)
    run = next((one for one in runs if one.run_id == run_id), None)
    if run is None:
        raise RunError(
            f"there is no run {run_id!r} to copy; it may be in the bin. Start from "
            "another run or a preset"
        )
    return copied(run.config, run_id, found)
