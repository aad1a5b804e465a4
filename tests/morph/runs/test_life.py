"""The life of a run: started, watched, cancelled, killed, started again."""

import os
import signal
import sys

import psutil
import pytest

from morph.errors import MorphError, RunError
from morph.runs import run_files
from morph.runs.active_run import ActiveRun, RunCancelled, execute
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import cancel_run, create_run, read_run, start_run
from morph.runs.run_files import tail_log
from morph.runs.slots import AT_ONCE
from tests.morph.runs.counting import (
    LONG,
    SHORT,
    stages_done,
    start,
    wait_for,
    wait_for_stage,
    wait_for_state,
)


def test_a_started_run_goes_through_its_stages_and_finishes(tmp_path):
    folder = create_run(tmp_path, "counting", SHORT)
    assert read_run(folder).state == "created"
    start(folder)
    wait_for_state(folder, "finished")
    state = read_run(folder)
    assert state.progress == 1.0 and state.error is None
    assert stages_done(folder) == ["one", "two"]
    events = [e["event"] for e in run_files.read_events(folder)]
    assert events == [
        "run_started",
        *("stage_started", "stage_finished") * 2,
        "run_finished",
    ]


def test_a_started_run_is_in_a_session_of_its_own_and_nobody_s_child_here(
    tmp_path, kill_left_over
):
    folder = create_run(tmp_path, "counting", LONG)
    kill_left_over(folder)
    start(folder)
    wait_for_state(folder, "running")
    pid = read_run(folder).pid
    assert os.getsid(pid) == pid and os.getpgid(pid) == pid
    assert pid not in [child.pid for child in psutil.Process().children(recursive=True)]


def test_a_run_inherits_only_what_it_needs_of_the_environment(
    tmp_path, monkeypatch, kill_left_over
):
    monkeypatch.setenv("SECRET_TOKEN", "not for runs")
    folder = create_run(tmp_path, "counting", LONG)
    kill_left_over(folder)
    start(folder)
    wait_for_state(folder, "running")
    environment = psutil.Process(read_run(folder).pid).environ()
    assert "SECRET_TOKEN" not in environment
    assert environment["MORPH_HOME"] == str(tmp_path)


def test_a_second_start_is_refused_while_the_run_lives(tmp_path, kill_left_over):
    folder = create_run(tmp_path, "counting", LONG)
    kill_left_over(folder)
    start(folder)
    with pytest.raises(RunError, match="another process"):
        start(folder)  # at once: the new process cannot have opened anything yet
    wait_for_state(folder, "running")
    with pytest.raises(RunError, match="another process"):
        start(folder)
    assert execute(folder, lambda run: None) == 1  # nor in this process


def test_a_finished_run_cannot_be_started_again(tmp_path):
    folder = create_run(tmp_path, "counting", SHORT)
    assert execute(folder, lambda run: None) == 0
    with pytest.raises(RunError, match="finished"):
        start(folder)


def test_killed_at_any_stage_it_goes_on_from_the_last_finished_one(
    tmp_path, kill_left_over
):
    folder = create_run(tmp_path, "counting", SHORT | {"steps": 20})
    kill_left_over(folder)
    start(folder)
    wait_for(lambda: (folder / "did.txt").exists() and "two" in stages_done(folder))
    os.killpg(read_run(folder).pid, signal.SIGKILL)
    wait_for_state(folder, "lost")
    start(folder)
    wait_for_state(folder, "finished")
    assert stages_done(folder) == ["one", "two", "two"]
    started = [e for e in run_files.read_events(folder) if e["event"] == "run_started"]
    assert [e["resumed"] for e in started] == [False, True]


def test_a_cancelled_run_stops_at_its_next_step_and_can_go_on(tmp_path, kill_left_over):
    folder = create_run(tmp_path, "counting", LONG)
    kill_left_over(folder)
    start(folder)
    wait_for_stage(folder, "one")
    cancel_run(folder)
    assert read_run(folder).state in ("cancelling", "cancelled")
    wait_for_state(folder, "cancelled")
    assert read_run(folder).startable
    wait_for(lambda: not (folder / "cancel").exists())
    with pytest.raises(RunError, match="nothing to cancel"):
        cancel_run(folder)


@pytest.mark.parametrize("deaf", ["to the cancel file", "to SIGTERM too"])
def test_a_deaf_run_is_stopped_by_a_signal(tmp_path, kill_left_over, deaf):
    folder = create_run(tmp_path, "counting", SHORT | {"deaf": deaf})
    kill_left_over(folder)
    start(folder)
    wait_for_stage(folder, "one")
    wait_for(lambda: (folder / "did.txt").exists())
    pid = read_run(folder).pid
    stop_run(folder, patience_s=0.3)
    assert read_run(folder).state == "cancelled"
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"


def started_in_turn(root, kill_left_over):
    """A long run that has the machine, and a short one started after it."""
    first, second = create_run(root, "first", LONG), create_run(root, "second", SHORT)
    for folder in (first, second):
        kill_left_over(folder)
        start(folder)
        wait_for(lambda folder=folder: read_run(folder).pid)
    return first, second


def test_a_run_waits_in_the_queue_while_another_has_the_machine(
    tmp_path, kill_left_over
):
    first, second = started_in_turn(tmp_path, kill_left_over)
    wait_for(lambda: "waiting for first" in read_run(second).message)
    assert read_run(second).state == "queued"
    os.killpg(read_run(first).pid, signal.SIGKILL)
    wait_for_state(second, "finished")
    assert not (first / "did.txt").exists() or "two" not in stages_done(first)


def test_more_runs_than_one_have_the_machine_where_it_is_said(
    tmp_path, kill_left_over, monkeypatch
):
    monkeypatch.setenv(AT_ONCE, "2")
    first, third = create_run(tmp_path, "first", LONG), create_run(tmp_path, "c", LONG)
    second = create_run(tmp_path, "second", SHORT)
    for folder in (first, second, third):
        kill_left_over(folder)
    start(first)
    wait_for_stage(first, "one")
    start(second)
    wait_for_state(second, "finished")
    assert read_run(first).state == "running"
    start(third)
    wait_for_state(third, "running")
    monkeypatch.setenv(AT_ONCE, "none")
    start(second := create_run(tmp_path, "fourth", SHORT))
    wait_for_state(second, "failed")
    assert "expected a number of runs" in read_run(second).error


def test_a_queued_run_can_be_cancelled(tmp_path, kill_left_over):
    _, second = started_in_turn(tmp_path, kill_left_over)
    cancel_run(second)
    wait_for_state(second, "cancelled")
    assert not (second / "did.txt").exists()


def test_a_failed_run_says_why_and_its_log_says_where(tmp_path):
    folder = create_run(tmp_path, "counting", SHORT | {"fails_in": "two"})
    start(folder)
    wait_for_state(folder, "failed")
    assert read_run(folder).error == "ValueError: the stage was told to fail"
    assert any("Traceback" in line for line in tail_log(folder))
    assert run_files.finished_stages(folder) == {"one"}


def test_a_run_that_dies_before_it_can_open_its_folder_is_lost(tmp_path):
    folder = create_run(tmp_path, "counting", SHORT)
    start_run(folder, command=(sys.executable, "-c", "raise SystemExit('no torch')"))
    wait_for_state(folder, "lost")
    assert tail_log(folder) == ["no torch"]
    start(folder)
    wait_for_state(folder, "finished")


def test_an_error_of_the_user_is_told_in_its_own_words(tmp_path):
    folder = create_run(tmp_path, "counting", SHORT)

    def work(run: ActiveRun) -> None:
        raise MorphError("no such store; make it first")

    assert execute(folder, work) == 1
    assert read_run(folder).error == "no such store; make it first"
    assert not any("Traceback" in line for line in tail_log(folder))


def test_sigterm_ends_the_run_at_its_next_check(tmp_path):
    folder = create_run(tmp_path, "counting", SHORT)
    reached = []

    def work(run: ActiveRun) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        reached.append("past the signal")
        with pytest.raises(RunCancelled):
            run.progress(1, 2)
        run.check_cancelled()

    before = signal.getsignal(signal.SIGTERM)
    assert execute(folder, work) == 130
    assert read_run(folder).state == "cancelled" and reached
    assert signal.getsignal(signal.SIGTERM) is before
