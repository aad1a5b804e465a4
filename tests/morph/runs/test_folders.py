"""Folders of runs: made once, listed, and locked by their own process."""

import errno
import json
import os
import socket
import threading
from pathlib import Path

import psutil
import pytest

from morph.atomic import write_json
from morph.errors import CannotWrite, MorphError, RunError
from morph.runs import bin as run_bin
from morph.runs import lifecycle, run_files
from morph.runs.active_run import EXIT_FAILED, execute
from morph.runs.cancel import since_boot_s, stop_run
from morph.runs.lifecycle import create_run, list_runs, read_run, start_run
from tests.morph.runs.counting import SHORT


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


@pytest.mark.parametrize(
    ("where", "what"), [(lifecycle, "write_json"), (Path, "rename")]
)
def test_a_full_disk_is_no_run_of_that_name(tmp_path, monkeypatch, where, what):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(where, what, full)
        with pytest.raises(CannotWrite, match="is full"):
            create_run(tmp_path, "mine", SHORT)
    assert not [*(tmp_path / "runs").glob("*")]
    create_run(tmp_path, "mine", SHORT)


@pytest.mark.parametrize("name", ["", "..", "../out", "a/b", "Größe", "x" * 65, ".git"])
def test_a_run_cannot_be_made_outside_its_folder(tmp_path, name):
    with pytest.raises(MorphError, match="cannot be the name of a run"):
        create_run(tmp_path, name, SHORT)
    assert not (tmp_path / "runs").exists()


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


def test_a_run_of_another_machine_is_believed_by_its_lock_alone(tmp_path):
    folder = create_run(tmp_path, "elsewhere", SHORT)
    status = {"state": "running", "pid": 1, "pid_create_time": 0.0, "host": "gpu-7"}
    (folder / "status.json").write_text(json.dumps(status))
    assert read_run(folder).state == "lost"
    lock = run_files.try_lock(folder / "lock")
    assert read_run(folder).state == "running"
    os.close(lock)


def test_a_run_goes_on_for_its_page_when_the_clock_is_set(tmp_path, monkeypatch):
    """The kernel counts from boot; with the clock, the time of boot moves."""
    folder = create_run(tmp_path, "clock", SHORT)
    own = psutil.Process()
    status = {
        "state": "running",
        "pid": own.pid,
        "pid_since_boot_s": since_boot_s(own),
        "host": os.uname().nodename,
    }
    (folder / "status.json").write_text(json.dumps(status))
    lock = run_files.try_lock(folder / "lock")
    began, booted = own.create_time(), psutil.boot_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: began - 3600)
    monkeypatch.setattr(psutil, "boot_time", lambda: booted - 3600)
    assert read_run(folder).state == "running"
    monkeypatch.setattr(psutil, "boot_time", lambda: booted)
    assert read_run(folder).state == "lost"  # another process of that number
    os.close(lock)


@pytest.mark.parametrize("name", ["config.json", "status.json", "events.jsonl", "lock"])
def test_a_run_with_a_link_is_neither_read_nor_started(tmp_path, name):
    folder = create_run(tmp_path, "linked", SHORT)
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps(SHORT))
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(outside)
    state = read_run(folder)
    assert state.state == "unreadable" and "is a link; copy" in state.error
    with pytest.raises(RunError, match="is a link"):
        start_run(folder)
    assert outside.read_text() == json.dumps(SHORT)


@pytest.mark.parametrize("name", ["lock", "log.txt", "cancel", "status.json"])
def test_a_link_to_nothing_makes_no_file_elsewhere(tmp_path, name):
    folder = create_run(tmp_path, "dangling", SHORT)
    (folder / name).symlink_to(tmp_path / "outside")
    assert read_run(folder).state == "unreadable"
    with pytest.raises(RunError, match="is a link"):
        start_run(folder)
    with pytest.raises(RunError, match="is a link"):
        stop_run(folder)
    with pytest.raises(RunError, match="link"):
        run_files.take_lock(folder / name)
    assert execute(folder, lambda run: None) == EXIT_FAILED
    run_bin.delete(tmp_path, "dangling")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("odd", [{}, {"pid": -1}, {"pid_since_boot_s": "long"}])
def test_a_locked_run_of_no_process_is_lost(tmp_path, odd):
    folder = create_run(tmp_path, "odd", SHORT)
    status = {"state": "running", "pid": os.getpid(), "host": socket.gethostname()}
    write_json(folder / "status.json", status | odd)
    with run_files.holding_lock(folder / "lock"):
        assert read_run(folder).state == "lost"


def test_a_pipe_in_the_folder_of_a_run_is_not_waited_for(tmp_path):
    folder = create_run(tmp_path, "pipe", SHORT)
    os.mkfifo(folder / "status.json")
    state = read_run(folder)
    assert state.state == "unreadable" and "neither a file nor a folder" in state.error


def test_a_linked_folder_is_deleted_as_a_link(tmp_path):
    outside = create_run(tmp_path / "other", "theirs", SHORT)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "linked").symlink_to(outside, target_is_directory=True)
    with pytest.raises(RunError, match="is a link"):
        start_run(tmp_path / "runs" / "linked")
    run_bin.delete(tmp_path, "linked")
    assert [path.name for path in outside.iterdir()] == ["config.json"]


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


@pytest.fixture
def ended(tmp_path) -> Path:
    folder = create_run(tmp_path, "ended", SHORT)
    write_json(folder / "status.json", {"state": "failed", "error": "first"})
    return folder


def test_the_files_of_an_ended_run_are_read_once(ended, monkeypatch):
    assert read_run(ended).error == "first"
    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "read_json", None)
        patch.setattr(lifecycle, "check_own_files", None)
        assert [run.error for run in list_runs(ended.parent.parent)] == ["first"]


def test_an_ended_run_that_changes_is_read_again(ended):
    assert read_run(ended).state == "failed"
    write_json(ended / "status.json", {"state": "failed", "error": "second"})
    assert read_run(ended).error == "second"
    write_json(ended / "config.json", SHORT | {"seed": 7})
    assert read_run(ended).config["seed"] == 7
    (ended / "notes").symlink_to(ended / "config.json")
    assert read_run(ended).state == "unreadable"
    (ended / "notes").unlink()
    (ended / "status.json").unlink()
    assert read_run(ended).state == "created"


def test_a_runs_folder_that_cannot_be_read_is_an_error_not_an_empty_list(tmp_path):
    assert list_runs(tmp_path) == []
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(RunError, match=r"runs cannot be read \(Not a directory\)"):
        list_runs(tmp_path)
