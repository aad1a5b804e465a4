"""Runs on Slurm are cancelled: waiting, running, being submitted, forgotten."""

import subprocess
import threading

import pytest

from morph.errors import RunError
from morph.runs.cancel import end_run, stop_run
from morph.runs.lifecycle import cancel_run, create_run, read_run, start_run
from morph.runs.run_files import read_json
from morph.runs.slurm import job as slurm_job
from morph.runs.slurm.job import use_slurm
from tests.morph.runs.counting import COUNTING, LONG, wait_for, wait_for_stage
from tests.morph.runs.fake_slurm import CPU, ON_CPU, RUNS_HERE, in_a_job

WAITS = "12|morph-counting|PENDING|Resources||gpu"
CANCELLED = "12|morph-counting|CANCELLED|None||gpu"


def test_a_waiting_job_is_cancelled_at_once(submitted, slurm):
    cancel_run(submitted)
    assert read_run(submitted).state in ("cancelling", "cancelled")
    wait_for(lambda: slurm.calls("scancel"))
    assert slurm.calls("scancel")[0] == ["--name=morph-counting", "12"]
    assert read_run(submitted).state == "cancelling"  # until Slurm has ended it
    slurm.queue("12|morph-counting|CANCELLED|None||gpu")
    wait_for(lambda: not (submitted / "cancel").exists())
    state = read_run(submitted)
    assert (state.state, state.message) == ("cancelled", "cancelled")


def test_a_running_job_may_end_by_itself_before_it_is_ended(submitted, slurm):
    slurm.queue(RUNS_HERE)
    process = in_a_job(submitted)
    wait_for_stage(submitted, "one")
    cancel_run(submitted)
    assert process.wait(timeout=30) == 130
    slurm.queue("12|morph-counting|FAILED|NonZeroExitCode|node1|gpu")
    wait_for(lambda: "cancelled" in read_json(submitted / "status.json")["state"])
    assert slurm.calls("scancel") == []


def test_a_deaf_job_is_ended_by_slurm(submitted, slurm):
    slurm.queue(RUNS_HERE)
    slurm.ends("scancel", "12|morph-counting|CANCELLED|None|node1|gpu")
    stop_run(submitted, patience_s=0.1)
    assert read_run(submitted).state == "cancelled"


def test_a_run_that_is_being_submitted_is_cancelled_once_it_has_a_job(tmp_path, slurm):
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    slurm.queue(WAITS)
    slurm.ends("scancel", CANCELLED)
    slurm.answers("sbatch", "12\n", sleeps_s=1.5)
    submission = threading.Thread(
        target=start_run, args=(folder,), kwargs={"command": COUNTING}
    )
    submission.start()
    wait_for(lambda: slurm.calls("sbatch"))
    assert read_run(folder).message == "being submitted to Slurm"
    (folder / "cancel").touch()
    assert read_run(folder).state == "cancelling"
    stop_run(folder)
    submission.join()
    assert slurm.calls("scancel") == [["--name=morph-counting", "12"]]
    assert read_run(folder).state == "cancelled"


@pytest.mark.parametrize("silent", ["no route to slurmdbd\n", ""])
def test_a_job_that_has_left_the_queue_needs_no_accounts_to_be_cancelled(
    submitted, slurm, monkeypatch, silent
):
    monkeypatch.setattr(slurm_job, "GIVE_UP_S", 2.0)
    slurm.forgets()
    slurm.answers("sacct", error=silent, status=1)
    assert read_run(submitted).state == "queued"  # it may have finished
    stop_run(submitted, patience_s=0.1)
    state = read_run(submitted)
    assert state.state == "cancelled" and state.startable
    assert slurm.calls("scancel") == []


def test_a_job_that_does_not_end_is_given_up_with_what_to_do(
    submitted, slurm, monkeypatch
):
    monkeypatch.setattr(slurm_job, "GIVE_UP_S", 0.3)
    slurm.queue(RUNS_HERE)
    with pytest.raises(RunError, match="`scancel --name=morph-counting`"):
        stop_run(submitted, patience_s=0.1)
    assert read_run(submitted).state == "cancelling"


def test_a_run_of_slurm_that_was_started_by_hand_is_seen_to_stop(tmp_path, slurm):
    folder = create_run(tmp_path, "counting", LONG | CPU | {"deaf": True})
    use_slurm(folder, ON_CPU)
    process = subprocess.Popen([*COUNTING, str(folder)])
    wait_for((folder / "did.txt").exists)
    assert read_run(folder).state == "running"
    (folder / "cancel").touch()
    assert read_run(folder).state == "cancelling"
    stop_run(folder, patience_s=0.1)
    assert process.wait(timeout=30) != 0
    assert read_run(folder).state == "cancelled"
    assert slurm.calls("scancel") == []


def test_a_run_that_was_started_again_is_not_ended_by_a_late_request(submitted, slurm):
    slurm.queue(RUNS_HERE)
    process = in_a_job(submitted)
    wait_for_stage(submitted, "one")
    end_run(submitted, patience_s=0.1)  # the request of an earlier start
    assert process.poll() is None
    assert read_run(submitted).state == "running"
    assert slurm.calls("scancel") == []
    (submitted / "cancel").touch()
    assert process.wait(timeout=30) == 130
