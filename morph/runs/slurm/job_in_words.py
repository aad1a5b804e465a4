"""Say in our words what has become of a job.

No run is called lost because Slurm is silent.
"""

from collections.abc import Mapping
from typing import Any

from morph.runs.slurm.states import RUNS, Job

# Why a job waits, by the beginning of Slurm's reason; {} is the partition.
_REASONS = {
    "None": "waiting for Slurm to consider it",
    "Resources": "waiting for resources in {}",
    "Priority": "waiting in {} behind jobs of higher priority",
    "BeginTime": "waiting for its start time: Slurm delays a requeued job by 2 min",
    "Nodes required for job are DOWN": "the nodes of {} are down, drained or reserved",
    "ReqNodeNotAvail": "the nodes of {} are down, drained or reserved",
    "Partition": "{} does not accept the job",
    "JobHeld": "held; `scontrol release` releases it",
    "launch failed": (
        "held because it could not be started; `scontrol release` releases it"
    ),
    "QOS": "waiting: a limit of the quality of service is reached",
    "Assoc": "waiting: a limit of the account is reached",
    "Dependency": "waiting for another job",
}
# How a job ended that did not say so itself: our state, and the words for it.
_ENDS = {
    "TIMEOUT": (
        "failed",
        "Slurm ended the job at its time limit of {minutes} min, before the run could "
        "stop by itself; to resume, start it again with a longer time limit "
        "(`minutes`)",
    ),
    "OUT_OF_MEMORY": (
        "failed",
        "the job used more memory than it requested; set memory_gb higher, or "
        "batch_size lower, and start it again to resume",
    ),
    "DEADLINE": ("failed", "the job could not end before its deadline in Slurm"),
    "NODE_FAIL": ("lost", "the machine {nodes} failed; start it again to resume"),
    "BOOT_FAIL": ("lost", "the machine {nodes} could not be booted; start it again"),
    "PREEMPTED": (
        "lost",
        "its job was preempted by one of higher priority, and Slurm did not requeue "
        "it; start the run again to resume",
    ),
    "FAILED": (
        "lost",
        "its process ended unexpectedly{exit}; the log may say why. Start it again to "
        "resume",
    ),
    "GONE": (
        "lost",
        "Slurm has no record of how the job ended ({reason}); start the run again",
    ),
}
_OTHER_END = (
    "lost",
    "its job ended ({state}) before the run had finished; start the run again",
)


def in_words(job: Job, status: Mapping[str, Any], *, minutes: int) -> dict[str, Any]:
    """State, message and error of a run whose status is active and whose job is so."""
    if job.waits:
        return {"state": "queued", "message": _why_it_waits(job), "eta_s": None}
    if job.state.startswith("CANCELLED"):
        by = job.state.removeprefix("CANCELLED").strip()
        by = by.replace("by ", "by user ") or "in Slurm"
        return {"state": "cancelled", "message": f"its job was cancelled {by}"}
    if job.ended:
        return _end_in_words(job, minutes)
    started = status.get("pid") is not None
    if job.state.startswith(RUNS):
        if not started and not status.get("stages"):  # else it has been interrupted
            return {"state": "queued", "message": f"starting on {job.nodes}"}
        paused = job.state.startswith(("SUSPENDED", "STOPPED"))
        return {"message": "suspended by Slurm"} if paused else {}
    silent = f"Slurm cannot be queried about its job: {job.reason or job.state}"
    return {} if started and status.get("state") == "running" else {"message": silent}


def _why_it_waits(job: Job) -> str:
    partition = f"partition {job.partition}" if job.partition else "its partition"
    if job.state.startswith("REQUEUE") and not job.reason:
        return "requeued; it resumes from its last checkpoint"
    for beginning, words in _REASONS.items():
        if job.reason.strip("()").startswith(beginning):
            said = words.format(partition)
            known = beginning in ("None", "Resources", "Priority", "BeginTime")
            return said if known else f"{said} ({job.reason})"
    return f"waiting in {partition} ({job.reason or job.state})"


def _end_in_words(job: Job, minutes: int) -> dict[str, Any]:
    state, words = next(
        (end for word, end in _ENDS.items() if job.state.startswith(word)), _OTHER_END
    )
    status, _, signal = job.exit_code.partition(":")
    code = f" (signal {signal})" if signal not in ("", "0") else ""
    code = code or (f" (exit status {status})" if status not in ("", "0") else "")
    error = words.format(
        minutes=minutes,
        nodes=job.nodes or "of the job",
        reason=job.reason,
        state=job.state,
        exit=code,
    )
    return {"state": state, "error": error, "eta_s": None}
