"""Run on Slurm: what a job asks for, its script, how it is submitted and ended.

A run whose folder has ``slurm.json`` is submitted instead of started on this machine:
``settings`` are what its job asks for, ``job`` is the job's number. `submitit` writes
the script. Its executors are not used: they leave a pickled function in the folder,
which the job loads, so that whoever can write there could execute code as the user.
"""

import re
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from morph.atomic import replacing, write_json
from morph.errors import MorphError, RunError
from morph.home import checked_name
from morph.runs.config_parts import DeviceConfig
from morph.runs.run_files import (
    CANCEL,
    CONFIG,
    LOCK,
    LOG,
    SLURM,
    STATUS,
    append_event,
    is_locked,
    read_json,
    started_again,
)
from morph.runs.slurm.inside import SUBMITTED
from morph.runs.slurm.job_in_words import in_words
from morph.runs.slurm.job_settings import SlurmSettings, check_device
from morph.runs.slurm.states import JobWatch, NoAnswer, ask, call, job_name
from morph.typed_json import read_dataclass
from morph.wording import utc_now

SCRIPT = "slurm.sh"
SUBMIT_TIMEOUT_S = 60.0
POLL_S, GIVE_UP_S = 2.0, 900.0

_watch = JobWatch()


@dataclass(frozen=True)
class SlurmRun:
    """``slurm.json`` of a run: its settings, and its last job if it has one."""

    settings: SlurmSettings
    job: str | None = None
    submitted: str | None = None


def use_slurm(folder: Path, settings: SlurmSettings) -> None:
    """From its next start on, the run is a job with these settings.

    SettingError if they contradict the device settings of the run.
    """
    check_device(settings, device_of(folder))
    before = read_slurm_run(folder) or SlurmRun(settings)
    write_slurm_run(folder, replace(before, settings=settings))


def read_slurm_run(folder: Path) -> SlurmRun | None:
    """``slurm.json``; None if the run is not on Slurm."""
    if not (folder / SLURM).is_file():
        return None
    found = read_dataclass(SlurmRun, read_json(folder / SLURM), at=SLURM)
    if found.job is not None and not found.job.isdecimal():
        raise RunError(
            f"the job in {folder / SLURM} is {found.job!r:.40}; expected a number"
        )
    return found


def write_slurm_run(folder: Path, run: SlurmRun) -> None:
    """Write ``slurm.json``."""
    write_json(folder / SLURM, asdict(run))


def submit(
    folder: Path,
    command: Sequence[str],
    *,
    work_in: Path,
    environment: Mapping[str, str],
) -> None:
    """Submit the job of the run, which executes ``command`` on each of its processes.

    MorphError, with Slurm's own words if it refuses; the status says so too.
    """
    run = read_slurm_run(folder)
    try:
        script = job_script(folder, run.settings, command, work_in=work_in)
        with replacing(folder / SCRIPT) as temporary:
            temporary.write_text(script, encoding="utf-8")
        write_slurm_run(folder, SlurmRun(run.settings))  # an earlier job is none of it
        job = _sbatch(folder, environment)
    except MorphError as error:
        failed = {"state": "failed", "error": str(error), "finished": utc_now()}
        write_json(folder / STATUS, failed)
        raise
    write_slurm_run(folder, replace(run, job=job, submitted=utc_now()))
    append_event(folder, "submitted", durable=True, job=job)


def _sbatch(folder: Path, environment: Mapping[str, str]) -> str:
    """Submit the script; the number of the job."""
    try:
        said = call(
            ["sbatch", "--parsable", str(folder / SCRIPT)],
            timeout_s=SUBMIT_TIMEOUT_S,
            environment=dict(environment) | {SUBMITTED: "1"},
        )
    except NoAnswer as error:
        raise RunError(f"{error}. {_maybe_submitted(folder)}") from error
    number = re.fullmatch(r"(\d+)(;\S*)?", said.strip().split("\n")[-1], re.ASCII)
    if number is None:
        raise RunError(
            f"sbatch answered {said!r:.200}; expected a job ID. "
            f"{_maybe_submitted(folder)}"
        )
    return number.group(1)


def _maybe_submitted(folder: Path) -> str:
    """What to do about a job that may be there. A second one would end the first."""
    name = job_name(folder)
    return (
        f"If `squeue --name={name}` shows a job, it begins by itself, and `scancel "
        f"--name={name}` ends it; if not, start the run again"
    )


def job_script(
    folder: Path, settings: SlurmSettings, command: Sequence[str], *, work_in: Path
) -> str:
    """The script that ``sbatch`` gets; MorphError if it cannot be written safely."""
    from submitit.slurm.slurm import _make_sbatch_string  # loads much

    device = device_of(folder)
    check_device(settings, device)
    _check_folder(folder)
    return _make_sbatch_string(
        command=_srun(settings, command),
        folder=folder,
        job_name=job_name(folder),
        partition=settings.partition or None,
        account=settings.account or None,
        qos=settings.qos or None,
        constraint=settings.constraint or None,
        nodes=settings.nodes,
        ntasks_per_node=device.devices,
        gpus_per_node=settings.gpus or None,
        cpus_per_task=settings.cpus,
        mem=f"{settings.memory_gb}G" if settings.memory_gb else None,
        time=settings.minutes,
        signal_delay_s=settings.stop_before_s,
        wckey=None,  # else submitit's, which a cluster may refuse
        stderr_to_stdout=True,
        use_srun=False,
        additional_parameters={
            "chdir": work_in,
            "output": _as_pattern(folder / LOG),
            "requeue": True,
        },
    )


def _check_folder(folder: Path) -> None:
    """MorphError for a path that a shell could read differently."""
    checked_name(folder.name, what="run")
    if not str(folder).isprintable():
        raise RunError(f"{str(folder)!r} has control characters; move it elsewhere")


def _srun(settings: SlurmSettings, command: Sequence[str]) -> str:
    """The line of the script that starts the processes of the run."""
    # srun takes the number of cores from nobody else since Slurm 22.05. If one process
    # ends, the others would wait for it until the time limit.
    srun = ["srun", "--unbuffered", "--kill-on-bad-exit=1"]
    return shlex.join([*srun, f"--cpus-per-task={settings.cpus}", *command])


def living_state(
    folder: Path, run: SlurmRun, status: Mapping[str, Any], *, locked: bool
) -> dict[str, Any]:
    """State, message and error of a run whose status is active, as its job has them."""
    job = None if run.job is None else _watch.job(run.job, job_name(folder))
    if job is None and not locked:
        return {
            "state": "lost",
            "error": "submitting it to Slurm was interrupted. "
            + _maybe_submitted(folder),
        }
    if job is None or (locked and job.ended):
        # Started here by hand, or by a job whose end in Slurm's database is an earlier
        # one: the database may be late, the lock is not.
        started = status.get("pid") is not None
        found = {} if started else {"message": "being submitted to Slurm"}
    else:
        found = in_words(job, status, minutes=run.settings.minutes)
    if (locked or not job.ended) and (folder / CANCEL).exists():
        found["state"] = "cancelling"
    return found


def stop_job(folder: Path, *, patience_s: float) -> None:
    """Wait ``patience_s`` for a running job to end by itself, then use ``scancel``.

    Returns when the job has ended, if there is none, or if the run was started again;
    RunError if it does not end within 15 minutes. A job that is being submitted is
    ended once it is there.
    """
    begin, name = time.monotonic(), job_name(folder)
    while (waited := time.monotonic() - begin) < GIVE_UP_S:
        submitting = _is_being_submitted(folder)
        run = read_slurm_run(folder)
        if run is None or started_again(folder):
            return
        if not submitting:
            if run.job is None:
                return
            job = ask([(run.job, name)])[run.job, name]
            if job.ended or not job.in_queue:
                return
            if job.waits or waited > patience_s:
                with suppress(RunError):  # asked again until the job has ended
                    call(["scancel", f"--name={name}", run.job])
        time.sleep(min(POLL_S, max(patience_s, 0.1)))
    raise RunError(
        f"the job of {folder.name} has not ended; end it with `scancel --name={name}`"
    )


def _is_being_submitted(folder: Path) -> bool:
    """Whether `submit` is at work, or the process in a job has only begun."""
    locked = is_locked(folder / LOCK)
    return locked and read_json(folder / STATUS).get("pid") is None


def device_of(folder: Path) -> DeviceConfig:
    """The device settings of a run."""
    config = read_json(folder / CONFIG)
    return read_dataclass(DeviceConfig, config.get("device", {}), at="device")


def _as_pattern(path: Path) -> str:
    """A path as ``--output``, where % begins a replacement."""
    return str(path).replace("%", "%%")
