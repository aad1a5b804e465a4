"""Where a new run is executed: on this computer, or as a Slurm job."""

import shutil
from collections.abc import Mapping
from typing import Any

import streamlit as st

from morph.errors import MorphError, RunError
from morph.new_run import checks
from morph.new_run.ingredients import Ingredients
from morph.runs.config import RunConfig, read_config
from morph.runs.settings import Setting, settings_of
from morph.runs.slurm.job_settings import SlurmSettings, check_device
from morph.typed_json import problems, read_dataclass
from pages.runs import setting_fields

HERE, SLURM = "This computer", "Slurm"
WHERE = "runs_where"
_SETTINGS = "slurm_settings"


def draw(config: RunConfig | None, found: Ingredients) -> dict[str, str]:
    """Choose, where there is a Slurm; what is wrong with the job's settings."""
    if shutil.which("sbatch") is None:
        return {}
    st.segmented_control(
        "Runs on", (HERE, SLURM), default=HERE, required=True, key=WHERE
    )
    if st.session_state[WHERE] == HERE:
        return {}
    wrong = _problems(config)
    with st.expander("Job", expanded=True):
        for setting in settings_of(SlurmSettings):
            setting_fields.field(
                setting,
                found,
                _values(),
                _take,
                key=f"job_{setting.path}",
                problem=wrong.get(setting.path, ""),
            )
    return wrong


def settings() -> SlurmSettings | None:
    """Settings of the job, or None if the run is to start on this computer."""
    if st.session_state.get(WHERE) != SLURM:
        return None
    return read_dataclass(SlurmSettings, _values())


def refuse_waiting(
    planned: Mapping[str, Mapping[str, Any]], found: Ingredients
) -> None:
    """Raise RunError if one of these runs would have to wait for another.

    A job would wait with the machine in its hands.
    """
    configs = map(read_config, planned.values())
    awaited = [name for one in configs for name in checks.waited_for(one, found)]
    awaited += list(planned)[:-1]  # those that follow wait for the one before
    if awaited:
        raise RunError(
            f"a Slurm job cannot wait for the model of {awaited[0]}; start this run "
            f"once {awaited[0]} has finished, or start it on this computer"
        )


def _problems(config: RunConfig | None) -> dict[str, str]:
    wrong = problems(SlurmSettings, _values())
    if wrong or config is None:
        return wrong
    try:
        check_device(settings(), config.device)
    except MorphError as error:
        return {getattr(error, "path", ""): str(error)}
    return {}


def _values() -> Mapping[str, Any]:
    return st.session_state.setdefault(_SETTINGS, {})


def _take(setting: Setting, value: Any) -> None:
    st.session_state[_SETTINGS] = {**_values(), setting.path: value}
