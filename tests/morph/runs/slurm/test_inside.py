"""The process of a run in its job: whose job it is, signals, and requeueing."""

import signal
from pathlib import Path

import pytest

from morph.atomic import write_json
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import create_run, read_run, start_run
from morph.runs.run_files import LOCK, holding_lock, read_json
from morph.runs.slurm.job import read_slurm_run, use_slurm
from tests.morph.runs.counting import (
    COUNTING,
    LONG,
    SHORT,
    stages_done,
    wait_for,
    wait_for_stage,
    wait_for_state,
)
from tests.morph.runs.fake_slurm import CPU, ON_CPU, RUNS_HERE, in_a_job


def test_a_submission_that_was_killed_is_lost_until_its_job_begins(submitted, slurm):
    record = read_json(submitted / "slurm.json")
    write_json(submitted / "slurm.json", record | {"job": None})
    state = read_run(submitted)
    assert state.state == "lost" and "morph-counting" in state.error
    process = in_a_job(submitted)
    wait_for(lambda: read_slurm_run(submitted).job == "12")
    (submitted / "cancel").touch()
    assert process.wait(timeout=30) == 130


def test_the_process_in_a_job_needs_no_slot_and_writes_the_folder(submitted, slurm):
    other = create_run(submitted.parent.parent, "here", LONG)
    start_run(other, command=COUNTING)  # has the slot of this machine
    wait_for_state(other, "running")
    slurm.queue(RUNS_HERE)
    assert read_run(submitted).message == "starting on node1"
    process = in_a_job(submitted)
    wait_for_stage(submitted, "one")
    assert read_run(submitted).state == "running"
    (submitted / "cancel").touch()
    assert process.wait(timeout=30) == 130
    assert read_run(submitted).state == "cancelled"
    stop_run(other)


def test_a_run_stops_at_the_signal_of_slurm_and_its_job_is_requeued(tmp_path, slurm):
    folder = create_run(tmp_path, "counting", SHORT | CPU | {"steps": 40})
    use_slurm(folder, ON_CPU)
    slurm.answers("sbatch", "12\n")
    start_run(folder, command=COUNTING)
    process = in_a_job(folder)
    wait_for(lambda: (folder / "did.txt").exists() and "two" in stages_done(folder))
    process.send_signal(signal.SIGUSR2)
    assert process.wait(timeout=30) == 143
    assert slurm.calls("scontrol") == [["requeue", "12"]]
    slurm.queue("12|morph-counting|PENDING|BeginTime||gpu")
    state = read_run(folder)
    assert state.state == "queued" and "delays a requeued job" in state.message
    slurm.queue(RUNS_HERE)
    assert in_a_job(folder, SLURM_RESTART_COUNT="1").wait(timeout=60) == 0
    assert read_run(folder).state == "finished"
    assert stages_done(folder) == ["one", "two", "two"]


@pytest.mark.parametrize(
    ("restarts", "refusal", "words"),
    [
        ("20", "", "after 20 requeues"),
        ("0", "Requested operation is disabled", "disab"),
    ],
)
def test_a_job_that_is_not_requeued_has_failed_and_says_why(
    submitted, slurm, restarts, refusal, words
):
    slurm.answers("scontrol", error=refusal, status=1)
    process = in_a_job(submitted, SLURM_RESTART_COUNT=restarts)
    wait_for(lambda: (submitted / "did.txt").exists())
    process.send_signal(signal.SIGUSR2)
    assert process.wait(timeout=30) == 1
    state = read_run(submitted)
    assert state.state == "failed" and words in state.error and state.startable


def test_a_preempted_run_is_queued_until_slurm_gives_it_a_machine(submitted, slurm):
    process = in_a_job(submitted)
    wait_for(lambda: (submitted / "did.txt").exists())
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 143
    assert slurm.calls("scontrol") == []  # Slurm requeues it, or a person ended it
    assert read_run(submitted).state == "queued"
    slurm.forgets()
    slurm.accounts("12|morph-counting|CANCELLED by 0|node1|gpu|0:0")
    assert read_run(submitted).state == "cancelled"


def test_a_run_submitted_again_is_left_alone_by_its_earlier_job(submitted, slurm):
    process = in_a_job(submitted, SLURM_JOB_ID="11")
    assert process.wait(timeout=30) == 1
    assert not (submitted / "did.txt").exists()
    assert read_run(submitted).state == "queued"


def test_a_signal_that_comes_before_the_run_has_begun_is_not_lost(submitted, slurm):
    with holding_lock(submitted / LOCK):  # by an earlier process of the job
        process = in_a_job(submitted)
        wait_for(lambda: signal.SIGUSR2 in held_back_by(process.pid))
        process.send_signal(signal.SIGUSR2)
    assert process.wait(timeout=30) == 143
    assert slurm.calls("scontrol") == [["requeue", "12"]]
    assert read_run(submitted).state == "queued"


def held_back_by(pid: int) -> set[int]:
    """The signals that a process holds back, from Linux."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (mask,) = (int(line.split()[1], 16) for line in lines if line.startswith("SigBlk"))
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}
