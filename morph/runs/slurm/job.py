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
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from morph.atomic import replacing, write_json
from morph.errors import RunError, SettingError
from morph.home import checked_name
from morph.runs.config_parts import DeviceConfig
from morph.runs.run_files import (
    CANCEL,
    CONFIG,
    LOG,
    SLURM,
    STATUS,
    append_event,
    read_json,
)
from morph.runs.slurm.inside import SUBMITTED
from morph.runs.slurm.states import Job, JobWatch, ask, call, job_name
from morph.runs.slurm.words import in_words
from morph.typed_json import read_dataclass, within
from morph.wording import utc_now

SCRIPT = "slurm.sh"
SUBMIT_TIMEOUT_S = 60.0
POLL_S, GIVE_UP_S = 2.0, 900.0

# Names are written into a script, so nothing that a shell could read differently.
_NAME = re.compile(r"[A-Za-z0-9_.,:@+&|-]{0,128}")
_watch = JobWatch()


@dataclass(frozen=True)
class SlurmSettings:
    """What the job of a run asks Slurm for."""

    partition: str = ""  # partition, or several joined by ","; "": Slurm's default
    account: str = ""  # account that is charged; "": your default one
    qos: str = ""  # quality of service; "": the default one
    constraint: str = ""  # features of the nodes, for example "a100"
    nodes: int = within(1, 1, 1024)  # machines; device.num_nodes of the run
    gpus: int = within(1, 0, 64)  # GPUs per machine; device.devices of the run
    cpus: int = within(4, 1, 1024)  # CPU cores per process
    memory_gb: int = within(0, 0, 100_000)  # memory per machine, GB; 0: default
    minutes: int = within(240, 1, 525_600)  # time limit of the job
    # How long before the time limit the run stops and its job is requeued, seconds.
    stop_before_s: int = within(120, 10, 3600)
    requeues: int = within(20, 0, 10_000)  # at most so often it is requeued

    def __post_init__(self) -> None:
        """Raise SettingError for a name that Slurm has not, or too short a job."""
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, str) and not _NAME.fullmatch(value):
                raise SettingError(
                    one.name,
                    f"{one.name} is {value!r:.80}; expected a name of letters, digits "
                    "and . , : @ + & | _ -",
                )
        if self.stop_before_s >= self.minutes * 60:
            raise SettingError(
                "stop_before_s",
                f"stop_before_s is {self.stop_before_s}, but the job has only "
                f"{self.minutes} min; set minutes higher, or stop_before_s lower",
            )


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
    check_device(settings, _device(folder))
    before = read_slurm_run(folder) or SlurmRun(settings)
    write_slurm_run(folder, replace(before, settings=settings))


def read_slurm_run(folder: Path) -> SlurmRun | None:
    """``slurm.json``; None if the run is not on Slurm."""
    if not (folder / SLURM).is_file():
        return None
    found = read_dataclass(SlurmRun, read_json(folder / SLURM), at=SLURM)
    if found.job is not None and not found.job.isdecimal():
        raise RunError(f"{folder / SLURM} has the job {found.job!r:.40}; not a number")
    return found


def write_slurm_run(folder: Path, run: SlurmRun) -> None:
    """Write ``slurm.json``."""
    write_json(folder / SLURM, asdict(run))


def check_device(settings: SlurmSettings, device: DeviceConfig) -> None:
    """Raise SettingError if a job and a run want different numbers of anything."""
    if settings.nodes != device.num_nodes:
        raise SettingError(
            "nodes",
            f"the job asks for {settings.nodes} machines, the run for device.num_nodes "
            f"= {device.num_nodes}; set both to the same number",
        )
    on_cpu = device.accelerator == "cpu"
    if on_cpu and settings.gpus:
        raise SettingError(
            "gpus",
            f"the job asks for {settings.gpus} GPUs, but the run computes on CPUs; set "
            "gpus to 0, or device.accelerator to 'cuda'",
        )
    without = settings.gpus == 0 and device.accelerator != "cuda"
    if not without and not on_cpu and settings.gpus != device.devices:
        raise SettingError(
            "gpus",
            f"the job asks for {settings.gpus} GPUs per machine, the run for "
            f"device.devices = {device.devices}; set both to the same number",
        )


def submit(
    folder: Path,
    command: Sequence[str],
    *,
    work_in: Path,
    environment: Mapping[str, str],
) -> None:
    """Submit the job of the run, which executes ``command`` on each of its processes.

    RunError with Slurm's own words if it is refused; the status says so too.
    """
    run = read_slurm_run(folder)
    try:
        script = job_script(folder, run.settings, command, work_in=work_in)
        with replacing(folder / SCRIPT) as temporary:
            temporary.write_text(script, encoding="utf-8")
        write_slurm_run(folder, SlurmRun(run.settings))  # an earlier job is none of it
        said = call(
            ["sbatch", "--parsable", str(folder / SCRIPT)],
            timeout_s=SUBMIT_TIMEOUT_S,
            environment=dict(environment) | {SUBMITTED: "1"},
        )
        number = re.fullmatch(r"(\d+)(;\S*)?", said.strip().split("\n")[-1])
        if number is None:
            raise RunError(f"sbatch answered {said!r:.200}; expected the job's number")
    except RunError as error:
        failed = {"state": "failed", "error": str(error), "finished": utc_now()}
        write_json(folder / STATUS, failed)
        raise
    job = number.group(1)
    write_slurm_run(folder, replace(run, job=job, submitted=utc_now()))
    append_event(folder, "submitted", durable=True, job=job)


def job_script(
    folder: Path, settings: SlurmSettings, command: Sequence[str], *, work_in: Path
) -> str:
    """The script that ``sbatch`` gets; MorphError if it cannot be written safely."""
    from submitit.slurm.slurm import _make_sbatch_string  # loads much

    device = _device(folder)
    check_device(settings, device)
    checked_name(folder.name, what="run")  # the script is a shell's
    if not str(folder).isprintable():
        raise RunError(f"{str(folder)!r} has control characters; move it elsewhere")
    # srun takes the number of cores from nobody else since Slurm 22.05. If one process
    # ends, the others would wait for it until the time limit.
    srun = ["srun", "--unbuffered", "--kill-on-bad-exit=1"]
    srun += [f"--cpus-per-task={settings.cpus}", *command]
    return _make_sbatch_string(
        command=shlex.join(srun),
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


def living_state(
    folder: Path, run: SlurmRun, status: Mapping[str, Any], *, locked: bool
) -> dict[str, Any]:
    """State, message and error of a run whose status is active, as its job has them."""
    if run.job is None and locked:
        started = status.get("pid") is not None  # on this machine, by hand
        return {} if started else {"message": "being submitted to Slurm"}
    if run.job is None:
        return {
            "state": "lost",
            "error": "submitting it to Slurm was interrupted; if `squeue --name "
            f"{job_name(folder)}` shows no job, start it again",
        }
    job = _watch.job(run.job, job_name(folder))
    if locked and job.ended:  # Slurm's database may be late; the lock is not
        job = Job("RUNNING", nodes=job.nodes)
    found = in_words(job, status, minutes=run.settings.minutes)
    if not job.ended and (folder / CANCEL).exists():
        found["state"] = "cancelling"
    return found


def stop_job(folder: Path, run: SlurmRun, *, patience_s: float) -> None:
    """Wait ``patience_s`` for a running job to end by itself, then use ``scancel``.

    Returns when the job has ended; RunError if it does not within 15 minutes.
    """
    begin = time.monotonic()
    while run.job is not None:
        name = job_name(folder)
        job = ask({run.job: name})[run.job]
        waited = time.monotonic() - begin
        if job.ended:
            return
        if waited > GIVE_UP_S:
            raise RunError(
                f"job {run.job} has not ended ({job.state}: {job.reason}); end it with "
                f"`scancel {run.job}`"
            )
        if job.waits or waited > patience_s:
            with suppress(RunError):  # asked again until the job has ended
                call(["scancel", f"--name={name}", run.job])
        time.sleep(min(POLL_S, max(patience_s, 0.1)))


def _device(folder: Path) -> DeviceConfig:
    config = read_json(folder / CONFIG)
    return read_dataclass(DeviceConfig, config.get("device", {}), at="device")


def _as_pattern(path: Path) -> str:
    """A path as ``--output``, where % begins a replacement."""
    return str(path).replace("%", "%%")
