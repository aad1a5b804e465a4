"""Runs in the bin: deleted, restored, deleted for good."""

import os

import pytest

from morph.errors import RunError
from morph.runs import bin as run_bin
from morph.runs.lifecycle import create_run, list_runs
from morph.runs.run_files import LOCK, take_lock

CONFIG = {"kind": "source", "stores": ["a"]}


def test_a_deleted_run_is_restored_as_it_was(tmp_path):
    folder = create_run(tmp_path, "one", CONFIG)
    (folder / "weights").write_bytes(bytes(1000))
    run_bin.delete(tmp_path, "one")
    assert list_runs(tmp_path) == []
    (deleted,) = run_bin.in_bin(tmp_path)
    assert (deleted.run_id, deleted.bytes > 1000) == ("one", True)
    run_bin.restore(tmp_path, deleted)
    assert [run.run_id for run in list_runs(tmp_path)] == ["one"]
    assert (folder / "weights").read_bytes() == bytes(1000)
    assert run_bin.in_bin(tmp_path) == []


def test_two_runs_of_one_name_can_be_in_the_bin(tmp_path):
    for _ in range(2):
        create_run(tmp_path, "one", CONFIG)
        run_bin.delete(tmp_path, "one")
    first, second = run_bin.in_bin(tmp_path)
    run_bin.restore(tmp_path, second)
    with pytest.raises(RunError, match="another run is now called 'one'"):
        run_bin.restore(tmp_path, first)


def test_an_active_or_absent_run_is_not_deleted(tmp_path):
    folder = create_run(tmp_path, "one", CONFIG)
    lock = take_lock(folder / LOCK)
    with pytest.raises(RunError, match="one is queued; cancel it before"):
        run_bin.delete(tmp_path, "one")
    os.close(lock)
    run_bin.delete(tmp_path, "one")
    with pytest.raises(RunError, match="there is no run 'one'"):
        run_bin.delete(tmp_path, "one")


def test_emptying_frees_what_was_said(tmp_path):
    folder = create_run(tmp_path, "one", CONFIG)
    (folder / "weights").write_bytes(bytes(1000))
    run_bin.delete(tmp_path, "one")
    (deleted,) = run_bin.in_bin(tmp_path)
    with pytest.MonkeyPatch.context() as refused:
        refused.setattr(run_bin.shutil, "rmtree", lambda *_, **__: None)
        assert run_bin.empty(tmp_path) == 0
    assert run_bin.in_bin(tmp_path) == [deleted]
    assert run_bin.empty(tmp_path) == deleted.bytes
    assert run_bin.in_bin(tmp_path) == []
    with pytest.raises(RunError, match="no longer in the bin"):
        run_bin.restore(tmp_path, deleted)
