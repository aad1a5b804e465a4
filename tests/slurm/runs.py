"""Small runs for a real Slurm, and what is asked of them."""

from pathlib import Path

import psutil

from morph.atomic import sha256_of
from morph.runs.lifecycle import create_run, read_run, start_run
from morph.runs.run_files import read_events
from morph.runs.slurm.job import read_slurm_run, use_slurm
from morph.runs.slurm.job_settings import SlurmSettings
from tests.morph.runs.counting import wait_for
from tests.slurm.cluster import Cluster, said, steps_of
from tests.training.tiny_stores import write_tiny_store

EPOCHS = 30
JOB = SlurmSettings(partition="gpu", gpus=0, cpus=1, minutes=30)


def make_store(root: Path) -> None:
    """A store of 48 galaxies with votes."""
    write_tiny_store(root, "few", size=32)


def fit(epochs: int = EPOCHS, *, devices: int = 1) -> dict:
    """A fit that takes some seconds."""
    return {
        "kind": "source",
        "stores": ["few"],
        "model": {"encoder": "test_convnext", "dropout": 0.0},
        "fit": {"epochs": epochs, "batch_size": 8, "learning_rate": 1e-3},
        "held_out": 0.2,
        "device": {"accelerator": "cpu", "devices": devices, "threads": 1},
    }


def submit(root: Path, name: str, config: dict, job=JOB, **command) -> Path:
    """A run as a Slurm job."""
    folder = create_run(root, name, config)
    use_slurm(folder, job)
    start_run(folder, **command)
    return folder


def reaches(folder: Path, *states: str, seconds: float = 60.0) -> str:
    """Wait until the run has one of these states; return it."""
    try:
        wait_for(lambda: read_run(folder).state in states, seconds=seconds)
    except AssertionError as error:
        raise AssertionError(f"waited for {states}: {read_run(folder)}") from error
    return read_run(folder).state


def epochs(folder: Path) -> list[int]:
    """Numbers of the epochs that were trained, in order."""
    return [e["epoch"] for e in read_events(folder) if e["event"] == "epoch"]


def trains(folder: Path, *, after: int = 2) -> int:
    """Wait until some epochs are done; return the process of the run."""
    wait_for(lambda: len(epochs(folder)) >= after, seconds=120)
    return read_run(folder).pid


def job_of(folder: Path) -> str:
    """The number of the run's job."""
    return read_slurm_run(folder).job


def waits(folder: Path) -> bool:
    """Whether the job waits in the queue."""
    queue = said("squeue", "-h", "-o", "%i %T").split("\n")
    return f"{job_of(folder)} PENDING" in queue


def go_on(folder: Path, slurm: Cluster) -> None:
    """Once the job waits again, spare it most of the two minutes of a requeued one.

    They are there for Slurm to forget its processes: too early a start is held, and one
    in the very second in which it was requeued is refused, which ends the job.
    """
    job = job_of(folder)
    wait_for(lambda: waits(folder) and not steps_of(job), seconds=60)
    soon = ("scontrol", "update", f"JobId={job}", "StartTime=now+3")
    said(*soon)

    def begins() -> bool:
        if "launch failed" in said("scontrol", "show", f"JobId={job}"):
            slurm.resume_node()
            said("scontrol", "release", job)
            said(*soon)
        return bool(steps_of(job))

    wait_for(begins, seconds=120)


def gone(pid: int) -> bool:
    """Wait until a process has ended."""
    wait_for(lambda: not psutil.pid_exists(pid), seconds=30)
    return True


def trainers(folder: Path) -> list[int]:
    """Processes of the run: ``python -m training FOLDER``."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if (line := process.info["cmdline"])
        and line[-3:] == ["-m", "training", str(folder)]
        and "srun" not in line[0]
    ]


def undisturbed(root: Path) -> Path:
    """A finished run that nothing disturbed; carried out once."""
    folder = root / "runs" / "undisturbed"
    if not folder.exists():
        submit(root, folder.name, fit())
    reaches(folder, "finished")
    return folder


def same_weights(folder: Path) -> bool:
    """Whether the fitted model is bit by bit that of the undisturbed run."""
    found = [
        sha256_of(run / "checkpoints" / "model.safetensors")
        for run in (folder, undisturbed(folder.parent.parent))
    ]
    return found[0] == found[1]


def resumed(folder: Path) -> bool:
    """Whether the fit went on after its last saved epoch, and all were trained.

    The epoch that was not yet saved may be there twice.
    """
    done = epochs(folder)
    return sorted(done) == done and set(done) == set(range(1, EPOCHS + 1))
