"""Check runs on a real Slurm of one node: ``python -m tests.slurm [CHECK ...]``.

Prints right / tried of every check, and exits with 1 if one is wrong, with 2 if Slurm
cannot be started. Needs root, and the packages of `tests.slurm.cluster`.
"""

import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from morph.errors import RunError
from morph.runs.lifecycle import cancel_run, read_run, start_run
from morph.runs.run_files import tail_log
from tests.morph.runs.counting import COUNTING, LONG, wait_for
from tests.slurm import cluster, runs

Results = Iterator[tuple[str, bool]]


def submits_and_watches(root: Path, _slurm: cluster.Cluster) -> Results:
    """The run that nothing disturbs; others are compared with it."""
    folder = runs.submit(root, "undisturbed", runs.fit())
    seen, shares = set(), set()
    while (state := read_run(folder)).active:
        seen.add(state.state)
        shares.add(state.progress)
        time.sleep(0.1)
    yield "finishes", state.state == "finished"
    yield "is seen to wait or start, then to run", seen == {"queued", "running"}
    yield "its progress grows", len(shares) > 3
    yield "has a log", bool(tail_log(folder))
    yield "every epoch once", runs.resumed(folder)
    query = ("sacct", "-nXo", "State", "-j", runs.job_of(folder))
    wait_for(lambda: "COMPLETED" in cluster.said(*query), seconds=30)
    yield "COMPLETED in the accounts", True
    yield "no pickle was written", not list(root.rglob("*.pkl"))


def cancels(root: Path, _slurm: cluster.Cluster) -> Results:
    """A running job, which is resumed afterwards."""
    folder = runs.submit(root, "cancelled", runs.fit())
    pid = runs.trains(folder)
    cancel_run(folder)
    yield "cancelling", read_run(folder).state in ("cancelling", "cancelled")
    yield "cancelled", runs.reaches(folder, "cancelled") == "cancelled"
    yield "its process is gone", runs.gone(pid)
    wait_for(lambda: not (folder / "cancel").exists(), seconds=60)
    start_run(folder)
    yield "resumes as another job", runs.reaches(folder, "finished") == "finished"
    yield "same weights", runs.same_weights(folder)


def cancels_a_deaf_one(root: Path, _slurm: cluster.Cluster) -> Results:
    """A run that heeds neither request nor SIGTERM."""
    config = LONG | {"deaf": "to SIGTERM too", "device": {"accelerator": "cpu"}}
    folder = runs.submit(root, "deaf", config, command=COUNTING)
    wait_for((folder / "did.txt").exists, seconds=60)
    pid = read_run(folder).pid
    cancel_run(folder)
    yield "cancelled", runs.reaches(folder, "cancelled") == "cancelled"
    yield "its process is gone", runs.gone(pid)


def survives_kill(root: Path, _slurm: cluster.Cluster) -> Results:
    """kill -9 of the trainer, then started again."""
    folder = runs.submit(root, "killed", runs.fit())
    os.kill(runs.trains(folder), signal.SIGKILL)
    yield "lost", runs.reaches(folder, "lost", "failed") == "lost"
    yield "the signal is named", "ended unexpectedly" in read_run(folder).error
    start_run(folder)
    yield "resumes", runs.reaches(folder, "finished") == "finished"
    yield "no epoch from the start", runs.resumed(folder)
    yield "same weights", runs.same_weights(folder)


def requeues(root: Path, slurm: cluster.Cluster) -> Results:
    """``scontrol requeue`` by the administrator."""
    folder = runs.submit(root, "requeued", runs.fit())
    pid, job = runs.trains(folder), runs.job_of(folder)
    cluster.said("scontrol", "requeue", job)
    yield "queued", runs.reaches(folder, "queued", "lost") == "queued"
    yield "its process is gone", runs.gone(pid)
    wait_for(lambda: "delays a requeued job" in read_run(folder).message, seconds=60)
    yield "says that Slurm delays it", read_run(folder).state == "queued"
    runs.go_on(folder, slurm)
    yield "resumes", runs.reaches(folder, "finished", "lost") == "finished"
    yield "the same job", runs.job_of(folder) == job
    yield "same weights", runs.same_weights(folder)


def requeues_at_the_time_limit(root: Path, slurm: cluster.Cluster) -> Results:
    """A time limit of two minutes; Slurm sends its signal up to a minute early."""
    job = replace(runs.JOB, minutes=2, stop_before_s=30)
    folder = runs.submit(root, "limited", runs.fit(10_000), job)
    pid = runs.trains(folder)
    wait_for(lambda: runs.waits(folder), seconds=150)
    before = runs.epochs(folder)[-1]
    yield "queued", read_run(folder).state == "queued"
    yield "its process is gone", runs.gone(pid)
    runs.go_on(folder, slurm)
    runs.trains(folder, after=len(runs.epochs(folder)) + 1)
    later = runs.epochs(folder)
    yield "resumes", later == sorted(later) and later[-1] > before
    cancel_run(folder)
    yield "and is cancelled", runs.reaches(folder, "cancelled") == "cancelled"


def does_not_requeue_for_ever(root: Path, _slurm: cluster.Cluster) -> Results:
    """The signal of the time limit, where no requeue is left."""
    folder = runs.submit(root, "once", runs.fit(), replace(runs.JOB, requeues=0))
    runs.trains(folder)
    cluster.said("scancel", "--signal=USR2", runs.job_of(folder))
    yield "failed", runs.reaches(folder, "failed", "lost") == "failed"
    yield "says why", "after 0 requeues" in read_run(folder).error


def gives_way(root: Path, slurm: cluster.Cluster) -> Results:
    """A job of higher priority takes the node."""
    folder = runs.submit(root, "preempted", runs.fit())
    pid = runs.trains(folder)
    cluster.said(
        *("sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null"),
        *("--wrap", "sleep 5"),
    )
    yield "queued", runs.reaches(folder, "queued", "lost") == "queued"
    yield "its process is gone", runs.gone(pid)
    runs.go_on(folder, slurm)
    yield "resumes", runs.reaches(folder, "finished", "lost") == "finished"
    yield "same weights", runs.same_weights(folder)


def waits_for_a_drained_node(root: Path, slurm: cluster.Cluster) -> Results:
    """A node that takes no jobs; one run is cancelled meanwhile, one waits."""
    slurm.node_is("drain")
    folder = runs.submit(root, "waiting", runs.fit(2))
    wait_for(lambda: "drained" in read_run(folder).message, seconds=60)
    yield "queued", read_run(folder).state == "queued"
    other = runs.submit(root, "unwanted", runs.fit(2))
    cancel_run(other)
    yield "cancelled", runs.reaches(other, "cancelled") == "cancelled"
    yield "never begun", read_run(other).pid is None
    slurm.resume_node()
    yield "finishes", runs.reaches(folder, "finished") == "finished"


def outlives_the_node(root: Path, slurm: cluster.Cluster) -> Results:
    """The node fails; Slurm requeues its job, and starts it after two minutes."""
    folder = runs.submit(root, "node", runs.fit())
    runs.trains(folder)
    slurm.node_is("down")
    yield "queued", runs.reaches(folder, "queued", "lost") == "queued"
    slurm.resume_node()
    end = runs.reaches(folder, "finished", "lost", seconds=300)
    yield "resumes", end == "finished"
    yield "same weights", runs.same_weights(folder)


def outlives_the_controller(root: Path, slurm: cluster.Cluster) -> Results:
    """slurmctld is ended and started again during a run."""
    folder = runs.submit(root, "silent", runs.fit())
    runs.trains(folder)
    slurm.stop("slurmctld")
    done = len(runs.epochs(folder))
    runs.trains(folder, after=min(done + 3, runs.EPOCHS))
    yield "not lost", read_run(folder).state in ("running", "finished")
    slurm.start_controller()
    yield "finishes", runs.reaches(folder, "finished", "lost") == "finished"


def shares_a_run(root: Path, slurm: cluster.Cluster) -> Results:
    """Two processes; stopped, requeued and cancelled together."""
    job = replace(runs.JOB, cpus=1)
    folder = runs.submit(root, "pair", runs.fit(10_000, devices=2), job)
    runs.trains(folder)
    pids = runs.trainers(folder)
    yield "two processes", len(pids) == 2
    cluster.said("scancel", "--signal=USR2", runs.job_of(folder))
    yield "both are gone", all(map(runs.gone, pids))
    yield "queued", runs.reaches(folder, "queued", "lost", "failed") == "queued"
    runs.go_on(folder, slurm)
    runs.trains(folder, after=len(runs.epochs(folder)) + 1)
    pids = runs.trainers(folder)
    cancel_run(folder)
    yield "cancelled", runs.reaches(folder, "cancelled", "failed") == "cancelled"
    yield "both are gone again", all(map(runs.gone, pids))


def keeps_odd_paths(root: Path, _slurm: cluster.Cluster) -> Results:
    """A home whose name a shell, and Slurm in ``--output``, could read differently."""
    odd = root.parent / 'a b\'s "c" $HOME `id` 100%j #1 é'
    runs.make_store(odd)
    folder = runs.submit(odd, "odd", runs.fit(2))
    yield "finishes", runs.reaches(folder, "finished", "lost", "failed") == "finished"
    yield "its log is in its folder", any("epoch 2" in one for one in tail_log(folder))
    yield (
        "and no other",
        sorted(p.name for p in root.parent.iterdir())
        == sorted(("home", "slurm", odd.name)),
    )


def asks_for_gpus(root: Path, _slurm: cluster.Cluster) -> Results:
    """The node has one GPU in its configuration, and no other."""
    config = runs.fit(2) | {"device": {"threads": 1}}
    folder = runs.submit(root, "one-gpu", config, replace(runs.JOB, gpus=1))
    query = ("squeue", "-h", "-o", "%b", "-j", runs.job_of(folder))
    yield "gets it", "gpu:1" in cluster.said(*query)
    yield "finishes", runs.reaches(folder, "finished", "lost") == "finished"


def is_refused(root: Path, _slurm: cluster.Cluster) -> Results:
    """A partition that there is not, and more GPUs than any node has."""
    two = runs.fit() | {"device": {"devices": 2}}
    for name, config, job in (
        ("partition", runs.fit(), replace(runs.JOB, partition="no")),
        ("node", two, replace(runs.JOB, gpus=2)),
    ):
        try:
            runs.submit(root, f"no-{name}", config, job)
            yield f"no such {name}", False
        except RunError as error:
            yield f"no such {name}, in Slurm's words", name in str(error)
        yield "failed", read_run(root / "runs" / f"no-{name}").state == "failed"


CHECKS: tuple[Callable[[Path, cluster.Cluster], Results], ...] = (
    submits_and_watches,
    cancels,
    cancels_a_deaf_one,
    survives_kill,
    requeues,
    requeues_at_the_time_limit,
    does_not_requeue_for_ever,
    gives_way,
    waits_for_a_drained_node,
    outlives_the_node,
    outlives_the_controller,
    shares_a_run,
    keeps_odd_paths,
    asks_for_gpus,
    is_refused,
)


def main(wanted: list[str]) -> int:
    """Print the table; 0 if everything is right."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the daemons too
    if why := cluster.missing():
        sys.stderr.write(f"{why}\n")
        return 2
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="morph-slurm-") as name:
        root = Path(name) / "home"
        runs.make_store(root)
        (folder := Path(name) / "slurm").mkdir()
        Path(name).chmod(0o755)
        with cluster.cluster(folder) as found:
            for check in CHECKS:
                if not wanted or check.__name__ in wanted:
                    wrong += _carry_out(check, root, found)
    return int(wrong > 0)


def _carry_out(check: Callable, root: Path, found: cluster.Cluster) -> int:
    """Print the line of one check; the number of its results that are wrong."""
    begin, results = time.monotonic(), []
    try:
        results.extend(check(root, found))
    except Exception:  # the other checks are still of interest
        queue = cluster.said("squeue", "--format=%i %j %T %r %S")
        results.append((f"{traceback.format_exc()}{queue}", False))
    found.end_jobs()
    found.resume_node()
    wrong = [what for what, right in results if not right]
    took = time.monotonic() - begin
    counted = f"{len(results) - len(wrong)} / {len(results)}"
    print(f"{check.__name__:<28} {counted:>7} {took:6.0f} s", flush=True)
    for what in wrong:
        print(f"    wrong: {what}", flush=True)
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
