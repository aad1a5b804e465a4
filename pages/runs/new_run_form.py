"""The form of a new run: fields, the JSON they make, what it needs, and Start."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from morph.errors import RunError, SettingError
from morph.new_run import checks, expected
from morph.new_run.ingredients import Ingredients, ingredients, next_name
from morph.new_run.presets import Preset
from morph.runs import lifecycle
from morph.runs.config import KINDS, TITLES, AdaptConfig, read_config
from morph.runs.lifecycle import RunState
from morph.runs.settings import (
    Setting,
    differences,
    each_setting,
    settings_of,
    value_at,
)
from morph.runs.slurm.job import use_slurm
from morph.wording import duration
from pages.common import toasts, words
from pages.common.components.json_editor import json_editor
from pages.common.server import new_runs, who_may
from pages.runs import run_draft, run_needs, setting_fields, views, where_it_runs

NAME = "new_name"
_LONG_S = 600.0  # a longer run is confirmed
_TOGETHER = 3  # fields in a row
# A group that is switched on begins with these.
_OPTIONAL = {"release": "Write a release", "evaluate": "Evaluate the model"}


def draw(root: Path, runs: list[RunState]) -> None:
    """The whole form."""
    found = ingredients(root)
    starts = run_draft.starts(runs)
    if not found.stores:
        st.info(
            "There are no images to use yet. `make demo` simulates some; the guide "
            "says how to make a cutout store of a survey.",
            icon=":material/hide_image:",
        )
    left, right = st.columns([3, 2], gap="large")
    with left:
        start, name = _beginning(starts, found, runs)
        problems = checks.problems_of(run_draft.config(), found)
        _fields(found, problems)
    with right:
        config = None if problems else read_config(run_draft.config())
        seconds = None if problems else expected.expected_s(root, config, found)
        run_needs.draw(root, found, config, seconds, then=_then(start, name, found))
        wrong = problems | where_it_runs.draw(config, found)
        usable = not wrong and not checks.name_problem(name, found)
        if usable and not run_draft.typed_wrong():
            _start(root, name, seconds, run_draft.TITLES.get(start))
        else:
            _refused(root, name, wrong)
        _json(problems)
        _changes(start)


def _beginning(
    starts: Sequence[str], found: Ingredients, runs: list[RunState]
) -> tuple[str, str]:
    """What the run begins as, and its name."""
    if gone := run_draft.gone(starts):
        st.warning(
            f"There is no run {words.plain(gone)} to copy; it may be in the bin.",
            icon=":material/error:",
        )
    with st.container(horizontal=True):
        views.write_start()
        start = st.selectbox("Start from", starts, key=views.START, bind="query-params")
        run_draft.open_draft(start, found, runs)
        called = (
            start.removeprefix(views.COPY_OF)
            if start.startswith(views.COPY_OF)
            else run_draft.TITLES[start].called
        )
        free = next_name(called, set(found.runs))
        name = st.text_input("Name of the run", placeholder=free, key=NAME) or free
    if start in run_draft.TITLES:
        st.caption(run_draft.TITLES[start].words)
    problem = checks.name_problem(name, found)
    if problem:
        setting_fields.wrong(problem)
    return start, name


def _fields(found: Ingredients, problems: Mapping[str, str]) -> None:
    """Fields of all settings that apply, those of a group folded."""
    if "kind" in problems:
        setting_fields.wrong(problems["kind"])
        return
    kind = run_draft.config()["kind"]
    st.subheader(TITLES[kind])
    unused = _unused()
    settings = [one for one in settings_of(KINDS[kind]) if one.path not in unused]
    _rows([one for one in settings if not one.group], found, problems)
    for group in settings:
        if group.group:
            _group(group, found, problems)


def _rows(
    settings: Sequence[Setting], found: Ingredients, problems: Mapping[str, str]
) -> None:
    for first in range(0, len(settings), _TOGETHER):
        columns = st.columns(_TOGETHER)
        for column, setting in zip(columns, settings[first:], strict=False):
            with column:
                setting_fields.field(
                    setting,
                    found,
                    run_draft.config(),
                    run_draft.take_value,
                    key=f"set_{run_draft.version()}_{setting.path}",
                    problem=problems.get(setting.path, ""),
                )


def _group(group: Setting, found: Ingredients, problems: Mapping[str, str]) -> None:
    """A folded group; it says how many of its settings are changed or wrong."""
    paths = {one.path for one in each_setting(group.parts)} | {group.path}
    wrong = sum(path in problems for path in paths)
    changed = sum(_is_changed(one) for one in each_setting(group.parts))
    notes = [f"{changed} changed"] if changed else []
    notes += [f":red[{wrong} wrong]"] if wrong else []
    label = " · ".join([setting_fields.title(group), *notes])
    box = st.expander(
        label,
        key=f"group_{group.path}",
        on_change="rerun",
        expanded=group.path in _OPTIONAL or bool(wrong),
    )
    with box:
        if group.means:
            st.caption(words.sentence(group.means))
        if group.optional and not _switched_on(group):
            return
        _rows([one for one in group.parts if not one.group], found, problems)
        for inner in group.parts:
            if inner.group:
                st.markdown(f"**{setting_fields.title(inner)}**")
                if inner.path in problems:
                    setting_fields.wrong(problems[inner.path])
                if not inner.optional or _switched_on(inner):
                    _rows(inner.parts, found, problems)
        if group.path in problems:
            setting_fields.wrong(problems[group.path])


def _switched_on(group: Setting) -> bool:
    """The switch of a group that a run may be without."""
    key = f"on_{run_draft.version()}_{group.path}"
    value = value_at(run_draft.config(), group.path, group.default)
    st.toggle(
        _OPTIONAL.get(group.path, f"Use {setting_fields.title(group).lower()}"),
        value is not None,
        key=key,
        on_change=_switch,
        args=(group, key),
    )
    return value is not None


def _switch(group: Setting, key: str) -> None:
    run_draft.take_value(group, {} if st.session_state[key] else None)


def _is_changed(setting: Setting) -> bool:
    nothing = object()
    value = value_at(run_draft.config(), setting.path, nothing)
    return value is not nothing and not setting.group


def _unused() -> set[str]:
    """Groups of settings of steps that the method does not take."""
    config = run_draft.config()
    method = config.get("method", AdaptConfig.method)
    if config.get("kind") != "adapt" or not isinstance(method, str):
        return set()
    try:
        return AdaptConfig("", (), (), method=method).unused
    except SettingError:  # it is told beside the method
        return set()


def _then(start: str, name: str, found: Ingredients) -> str:
    """The name of the run that is started with this one, or ""."""
    preset = run_draft.TITLES.get(start)
    if preset is None or preset.then is None:
        return ""
    return next_name(preset.then_called, {*found.runs, name})


def _start(root: Path, name: str, seconds: float | None, preset: Preset | None) -> None:
    """The button that starts the run; a long one is confirmed."""
    if seconds is not None and seconds <= _LONG_S:
        _button(root, name, "Start", preset)
        return
    with st.popover("Start", icon=":material/play_arrow:", type="primary"):
        time = "unknown" if seconds is None else f"about {duration(seconds)}"
        st.markdown(
            f"Start **{words.plain(name)}**? Expected time: {time}. It can be "
            "cancelled at any time, and continues if this page is closed."
        )
        _button(root, name, "Start this run", preset)


def _refused(root: Path, name: str, problems: Mapping[str, str]) -> None:
    number = max(len(problems), 1)
    what = "1 setting is" if number == 1 else f"{number} settings are"
    setting_fields.wrong(f"{what} missing or wrong.")
    _button(root, name, "Start", disabled=True)


def _button(
    root: Path,
    name: str,
    label: str,
    preset: Preset | None = None,
    *,
    disabled: bool = False,
) -> None:
    refused = who_may.explained()
    st.button(
        label,
        key="start_new",
        icon=":material/play_arrow:",
        type="primary",
        disabled=disabled or bool(refused),
        help=refused or None,
        on_click=start,
        args=(root, name, run_draft.config(), preset),
    )


@toasts.refusals()
@who_may.change
def start(
    root: Path, name: str, config: dict[str, Any], preset: Preset | None = None
) -> None:
    """Create and start the run, and any that follows it; only from a callback."""
    found, job = ingredients(root), where_it_runs.settings()
    problem = checks.shared_galaxies(root, read_config(config), found)
    if problem:
        raise RunError(problem)
    planned = {name: config}
    if preset is not None and preset.then is not None:
        called = next_name(preset.then_called, {*found.runs, name})
        planned[called] = preset.then(found, name)
    if job is not None:
        where_it_runs.refuse_waiting(planned, found)
    folders = [new_runs.create(root, *one) for one in planned.items()]
    for folder in folders:
        if job is not None:
            use_slurm(folder, job)
        lifecycle.start_run(folder)
    st.session_state[NAME] = ""
    run_draft.end()
    views.show_all(name)
    verb = "is" if len(planned) == 1 else "are"
    toasts.note(f"{' and '.join(planned)} {verb} starting", ":material/play_arrow:")


def _json(problems: Mapping[str, str]) -> None:
    """The configuration as JSON, which can be edited, and what is wrong with it."""
    st.markdown("**config.json**")
    json_editor(
        run_draft.text(),
        key="draft_json",
        label="Configuration as JSON",
        revision=run_draft.revision(),
        on_typed=run_draft.take_text,
    )
    wrong = [run_draft.typed_wrong()] if run_draft.typed_wrong() else []
    for problem in wrong or problems.values():
        setting_fields.wrong(problem)


def _changes(start: str) -> None:
    """The difference to what the draft began as."""
    found = differences(run_draft.begun_as(), run_draft.config())
    st.markdown(f"**Changes from {words.plain(start)}**")
    if not found:
        st.caption("None.")
        return
    rows = [
        {
            "Setting": path,
            "Before": setting_fields.shown(before),
            "Now": setting_fields.shown(now),
        }
        for path, (before, now) in found.items()
    ]
    st.dataframe(rows, hide_index=True, alt=f"Changes from {start}")
    st.button(
        "Undo all changes", icon=":material/undo:", on_click=run_draft.undo_changes
    )
