"""The life of a run: started, watched, cancelled, killed, started again."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from morph import run_files
from morph.cancel import stop_run
from morph.errors import MorphError, RunError
from morph.run_folder import ActiveRun, RunCancelled, carry_out
from morph.runs import (
    cancel_run,
    create_run,
    create_run_like,
    list_runs,
    read_run,
    start_run,
    tail_log,
)

COUNTING = (sys.executable, "-m", "tests.morph.counting_run")
SHORT = {"kind": "count", "stages": ["one", "two"], "steps": 2}
LONG = SHORT | {"steps": 400}


def wait_for(condition, *, seconds: float = 20.0):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def start(folder: Path) -> None:
    start_run(folder, command=COUNTING)


def wait_for_state(folder: Path, *states: str) -> None:
    wait_for(lambda: read_run(folder).state in states)


def wait_for_stage(folder: Path, stage: str) -> None:
    wait_for(lambda: read_run(folder).stage == stage)


def stages_done(folder: Path) -> list[str]:
    return (folder / "did.txt").read_text().split()


@pytest.fixture
def kill_left_over():
    """Whatever a test leaves running is killed by the id its folder names."""
    folders = []
    yield folders.append
    for folder in folders:
        state = read_run(folder)
        if state.active and state.pid is not None:
            os.killpg(state.pid, signal.SIGKILL)


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
    assert carry_out(folder, lambda run: None) == 1  # nor in this process


def test_a_finished_run_cannot_be_started_again(tmp_path):
    folder = create_run(tmp_path, "counting", SHORT)
    assert carry_out(folder, lambda run: None) == 0
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
    assert not (folder / "cancel").exists()
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


def test_a_run_waits_in_the_queue_while_another_has_the_machine(
    tmp_path, kill_left_over
):
    first = create_run(tmp_path, "first", LONG)
    second = create_run(tmp_path, "second", SHORT)
    for folder in (first, second):
        kill_left_over(folder)
        start(folder)
        wait_for(lambda folder=folder: read_run(folder).pid)
    wait_for(lambda: "waiting for first" in read_run(second).message)
    assert read_run(second).state == "queued"
    os.killpg(read_run(first).pid, signal.SIGKILL)
    wait_for_state(second, "finished")
    assert not (first / "did.txt").exists() or "two" not in stages_done(first)


def test_a_queued_run_can_be_cancelled(tmp_path, kill_left_over):
    first = create_run(tmp_path, "first", LONG)
    second = create_run(tmp_path, "second", SHORT)
    for folder in (first, second):
        kill_left_over(folder)
        start(folder)
        wait_for(lambda folder=folder: read_run(folder).pid)
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

    assert carry_out(folder, work) == 1
    assert read_run(folder).error == "no such store; make it first"


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
    assert carry_out(folder, work) == 130
    assert read_run(folder).state == "cancelled" and reached
    assert signal.getsignal(signal.SIGTERM) is before


def test_progress_counts_the_finished_stages_and_estimates_the_rest(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("morph.run_folder.STATUS_INTERVAL_S", 0.0)
    folder = create_run(tmp_path, "counting", SHORT)
    seen = []

    def two(run: ActiveRun) -> None:
        run.progress(0, 10)
        time.sleep(0.05)
        run.progress(5, 10, "half")
        seen.append(read_run(folder))

    def work(run: ActiveRun) -> None:
        run.plan(("one", "two"))
        run.stage("one", lambda: None)
        run.stage("two", lambda: two(run))

    carry_out(folder, work)
    assert seen[0].progress == 0.75 and seen[0].message == "half"
    assert 0.04 < seen[0].eta_s < 1.0


def test_fitting_counts_for_most_of_a_run(tmp_path):
    folder = create_run(tmp_path, "fitting", SHORT)
    status = {
        "state": "running",
        "host": "gpu-7",
        "stages": ["fit", "predict", "map", "release"],
        "stage": "predict",
        "step": 1,
        "total": 2,
    }
    (folder / "status.json").write_text(json.dumps(status))
    assert read_run(folder).progress == (30 + 0.5) / (30 + 1 + 3 + 0.1)


def test_status_is_written_once_a_second_at_most(tmp_path, monkeypatch):
    folder = create_run(tmp_path, "counting", SHORT)
    writes = []
    monkeypatch.setattr("morph.run_folder.write_json", lambda *a: writes.append(a))

    def work(run: ActiveRun) -> None:
        writes.clear()
        for step in range(2000):
            run.progress(step, 2000)
        assert len(writes) <= 1

    monkeypatch.setattr("morph.run_folder.STATUS_INTERVAL_S", 1e6)
    assert carry_out(folder, work) == 0


def test_an_event_keeps_numbers_and_makes_null_of_those_that_are_not_finite(tmp_path):
    run_files.append_event(
        tmp_path, "epoch", loss=np.float32(0.5), rmse=[np.nan, 1.0], n=np.int64(3)
    )
    event = run_files.read_events(tmp_path)[0]
    assert (event["loss"], event["rmse"], event["n"]) == (0.5, [None, 1.0], 3)


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_torn_last_line_is_not_read_and_does_not_spoil_the_next(tmp_path, cut):
    run_files.append_event(tmp_path, "stage_finished", stage="one")
    whole = (tmp_path / "events.jsonl").read_bytes()
    run_files.append_event(tmp_path, "stage_finished", stage="two")
    torn = (tmp_path / "events.jsonl").read_bytes()[: len(whole) + cut]
    (tmp_path / "events.jsonl").write_bytes(torn)
    assert run_files.finished_stages(tmp_path) == {"one"}
    run_files.cut_torn_line(tmp_path)
    run_files.append_event(tmp_path, "stage_finished", stage="three")
    assert run_files.finished_stages(tmp_path) == {"one", "three"}
    for line in (tmp_path / "events.jsonl").read_text().splitlines():
        json.loads(line)


def test_of_many_who_make_the_same_run_at_once_one_succeeds(tmp_path):
    outcomes = []

    def make() -> None:
        try:
            create_run(tmp_path, "mine", SHORT | {"by": threading.get_ident()})
            outcomes.append("made")
        except RunError:
            outcomes.append("refused")

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", *["refused"] * 7]
    assert [f.name for f in (tmp_path / "runs").iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["", "..", "../out", "a/b", "Größe", "x" * 65, ".git"])
def test_a_run_cannot_be_made_outside_its_folder(tmp_path, name):
    with pytest.raises(MorphError, match="cannot be the name of a run"):
        create_run(tmp_path, name, SHORT)
    assert not (tmp_path / "runs").exists()


def test_a_run_like_another_has_its_own_name_and_release(tmp_path):
    config = SHORT | {"release": {"release_id": "demo-bmz", "stores": ["demo-bmz"]}}
    create_run(tmp_path, "demo-adapted", config)
    first = create_run_like(tmp_path, "demo-adapted")
    second = create_run_like(tmp_path, "demo-adapted")
    assert (first.name, second.name) == ("adaptation-1", "adaptation-2")
    release = read_run(second).config["release"]
    assert release == {"release_id": "adaptation-2", "stores": ["demo-bmz"]}


def test_runs_are_listed_newest_first_and_broken_folders_say_so(tmp_path):
    for age, name in enumerate(("new", "old", "oldest")):
        folder = create_run(tmp_path, name, SHORT)
        os.utime(folder / "config.json", (1e9 - age, 1e9 - age))
    (tmp_path / "runs" / "empty").mkdir()
    (tmp_path / "runs" / "half").mkdir()
    (tmp_path / "runs" / "half" / "config.json").write_text('{"kind": ')
    (tmp_path / "runs" / "new" / "status.json").write_text("[]")
    (tmp_path / "runs" / ".slot.lock").touch()
    listed = list_runs(tmp_path)
    assert [run.run_id for run in listed if run.state != "unreadable"] == [
        "old",
        "oldest",
    ]
    broken = {run.run_id: run.error for run in listed if run.state == "unreadable"}
    assert set(broken) == {"empty", "half", "new"}
    assert "config.json" in broken["empty"] and "object" in broken["new"]


def test_there_are_no_runs_where_there_is_no_folder(tmp_path):
    assert list_runs(tmp_path) == []


def test_the_end_of_the_log_is_read_whatever_bytes_are_in_it(tmp_path):
    (tmp_path / "log.txt").write_bytes(b"one\ntwo \xff\nthree\n")
    assert tail_log(tmp_path, lines=2) == ["two �", "three"]
    assert tail_log(tmp_path / "missing") == []


def test_a_run_of_another_machine_is_believed_by_its_lock_alone(tmp_path):
    folder = create_run(tmp_path, "elsewhere", SHORT)
    status = {"state": "running", "pid": 1, "pid_create_time": 0.0, "host": "gpu-7"}
    (folder / "status.json").write_text(json.dumps(status))
    assert read_run(folder).state == "lost"
    lock = run_files.try_lock(folder / "lock")
    assert read_run(folder).state == "running"
    os.close(lock)


def test_a_process_that_only_has_the_number_of_the_run_s_is_another(tmp_path):
    folder = create_run(tmp_path, "recycled", SHORT)
    own = psutil.Process()
    status = {
        "state": "running",
        "pid": own.pid,
        "pid_create_time": own.create_time() - 3600,
        "host": os.uname().nodename,
    }
    (folder / "status.json").write_text(json.dumps(status))
    lock = run_files.try_lock(folder / "lock")
    assert read_run(folder).state == "lost"
    os.close(lock)


def test_looking_at_a_lock_never_keeps_its_owner_out(tmp_path):
    path = tmp_path / "lock"
    path.touch()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            run_files.is_locked(path)

    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(50):
        os.close(run_files.take_lock(path))
    stop.set()
    watcher.join()
