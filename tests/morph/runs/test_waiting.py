"""A run waits for the runs that make its models, and ends if one of them does not."""

import os
from pathlib import Path

import pytest

from morph.errors import MorphError, RunError
from morph.runs import slots
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import cancel_run, create_run, read_run
from morph.runs.run_files import LOCK, STATUS, read_events, take_lock
from tests.morph.runs.counting import (
    LONG,
    SHORT,
    stages_done,
    start,
    wait_for,
    wait_for_state,
)

ADAPT = SHORT | {"model_run": "source"}
WAITING = "waiting for the model of source"


@pytest.fixture
def source(tmp_path, kill_left_over) -> Path:
    """A running run that makes a model."""
    folder = create_run(tmp_path, "source", LONG)
    kill_left_over(folder)
    start(folder)
    wait_for_state(folder, "running")
    return folder


@pytest.fixture
def waiting(tmp_path, source, kill_left_over) -> Path:
    """A run that has been started and needs the model of ``source``."""
    folder = create_run(tmp_path, "adapted", ADAPT)
    kill_left_over(folder)
    start(folder)
    wait_for(lambda: read_run(folder).message == WAITING)
    return folder


def test_a_run_starts_when_the_run_that_makes_its_model_has_finished(
    tmp_path, kill_left_over
):
    source = create_run(tmp_path, "source", SHORT | {"steps": 40})
    adapted = create_run(tmp_path, "adapted", ADAPT)
    for folder in (source, adapted):
        kill_left_over(folder)
        start(folder)
    wait_for(lambda: read_run(adapted).message == WAITING)
    assert read_run(adapted).state == "queued"
    assert slots.queue(tmp_path / "runs") == []  # it keeps nobody else waiting
    wait_for_state(adapted, "finished")
    assert read_run(source).state == "finished"
    assert stages_done(adapted) == ["one", "two"]
    ended = read_events(source)[-1]["time"]
    stages = [e for e in read_events(adapted) if e["event"] == "stage_started"]
    assert stages[0]["time"] >= ended


def test_a_run_ends_with_a_sentence_when_the_other_is_cancelled(source, waiting):
    cancel_run(source)
    wait_for_state(waiting, "failed")
    assert read_run(waiting).error == (
        "the run source, whose model this one waited for, was cancelled; start source "
        "again, then this one, or name another model_run"
    )
    assert not (waiting / "did.txt").exists()


def test_a_run_ends_with_a_sentence_when_the_other_dies(source, waiting):
    os.killpg(read_run(source).pid, 9)
    wait_for_state(waiting, "failed")
    assert "waited for, has failed; start source again" in read_run(waiting).error


def test_a_run_that_waits_for_a_model_can_be_cancelled(source, waiting):
    stop_run(waiting)
    assert read_run(waiting).state == "cancelled"
    assert read_run(source).state == "running"


def test_a_run_that_failed_so_starts_again_after_the_other(source, waiting):
    cancel_run(source)
    wait_for_state(waiting, "failed")
    (source / STATUS).write_text('{"state": "finished"}')
    start(waiting)
    wait_for_state(waiting, "finished")


def test_only_living_runs_are_waited_for_and_never_oneself(tmp_path):
    folder = create_run(tmp_path, "adapted", {})
    names = {"model_run": "a", "ensemble": ["b", "adapted", "a", 7]}
    assert slots.makers(folder, names) == []
    locks = [
        take_lock(create_run(tmp_path, "b", {}) / LOCK),
        take_lock(folder / LOCK),
    ]
    assert slots.makers(folder, names) == ["b"]
    assert slots.makers(folder, {"model_run": ["b"], "ensemble": "b"}) == []
    with pytest.raises(MorphError, match="cannot be the name of a run"):
        slots.makers(folder, {"model_run": "../b"})
    for lock in locks:
        os.close(lock)


def test_a_deleted_run_makes_no_model(tmp_path):
    with pytest.raises(RunError, match="waited for, was deleted"):
        slots.check_made(tmp_path / "runs", ["gone"])
