"""Slots of the CPU and of GPUs, and the order of the runs that wait."""

import os
from pathlib import Path

import pytest

from morph.errors import RunError
from morph.runs import slots
from morph.runs.lifecycle import create_run
from morph.runs.run_files import LOCK, take_lock

CPU = {"device": {"accelerator": "cpu"}}
DOWNLOAD = {"kind": "download"}
GPU = {"device": {"accelerator": "cuda"}}


@pytest.fixture
def gpus(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")


@pytest.fixture
def held():
    """Locks that are released at the end."""
    locks: list[int] = []
    yield locks
    for lock in locks:
        os.close(lock)


def waiting(root: Path, name: str, config: dict, held: list[int]) -> Path:
    """A living run that waits for a slot."""
    folder = create_run(root, name, config)
    held.append(take_lock(folder / LOCK))
    slots.enter_queue(folder)
    return folder


@pytest.mark.parametrize(
    ("device", "number"),
    [
        ({}, 1),  # "auto" prefers GPUs
        ({"accelerator": "cpu"}, 0),
        ({"accelerator": "cpu", "devices": 2}, 0),
        ({"accelerator": "cuda", "devices": 2}, 2),
    ],
)
def test_a_run_needs_a_slot_of_each_gpu_or_that_of_the_cpu(gpus, device, number):
    assert slots.needed({"device": device}) == number


def test_without_gpus_any_run_but_one_that_insists_uses_the_cpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert slots.needed({}) == 0
    assert slots.needed(GPU) == 1


def test_a_download_runs_beside_a_training_and_waits_for_another_download(
    tmp_path, gpus, held
):
    assert slots.needed(DOWNLOAD) == 0
    training = waiting(tmp_path, "training", CPU, held)
    held += slots.take(training, CPU)[0]
    waiting(tmp_path, "next", CPU, held)
    first = waiting(tmp_path, "first", DOWNLOAD, held)
    locks, names = slots.take(first, DOWNLOAD)
    held += locks
    assert names == []
    slots.leave_queue(first)
    second = waiting(tmp_path, "second", DOWNLOAD, held)
    assert slots.take(second, DOWNLOAD) is None
    with slots.holding([os.dup(locks[0])], [], "first"):
        assert slots.holders(tmp_path / "runs", DOWNLOAD) == ["first"]


def test_each_gpu_is_a_slot_and_a_run_sees_only_its_own(
    tmp_path, gpus, held, monkeypatch
):
    first, second = (create_run(tmp_path, name, GPU) for name in ("a", "b"))
    locks, names = slots.take(first, GPU)
    held += locks
    assert names == ["0"]
    other, others = slots.take(second, GPU)
    assert others == ["3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")  # restored at the end
    with slots.holding(other, others, "b"):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "3"
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")
        assert slots.holders(tmp_path / "runs", GPU)[1] == "b"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")
    assert (
        slots.take(second, GPU | {"device": {"accelerator": "cuda", "devices": 2}})
        is None
    )


def test_more_gpus_than_there_are_is_an_error_not_a_wait(tmp_path, gpus):
    run = create_run(tmp_path, "a", GPU)
    with pytest.raises(RunError, match="devices is 3, but this computer has 2 GPUs"):
        slots.take(run, {"device": {"accelerator": "cuda", "devices": 3}})


def test_the_first_that_waits_is_the_next_and_can_be_overtaken(tmp_path, held):
    runs = [waiting(tmp_path, name, CPU, held) for name in ("a", "b", "c")]
    folder = tmp_path / "runs"
    assert slots.queue(folder) == ["a", "b", "c"]
    assert [slots.is_next(run, CPU) for run in runs] == [True, False, False]
    slots.move(folder, "c", before="a")
    assert slots.queue(folder) == ["c", "a", "b"]
    assert slots.take(runs[0], CPU) is None
    locks, _ = slots.take(runs[2], CPU)
    held += locks
    slots.leave_queue(runs[2])
    assert slots.is_next(runs[0], CPU)
    assert slots.take(runs[0], CPU) is None  # the slot is in use


def test_a_dead_run_in_the_queue_holds_nobody_up(tmp_path, held):
    waiting(tmp_path, "dead", CPU, held)
    run = waiting(tmp_path, "alive", CPU, held)
    os.close(held.pop(0))
    assert slots.queue(tmp_path / "runs") == ["alive"]
    assert slots.is_next(run, CPU)
    with pytest.raises(RunError, match="no longer waiting"):
        slots.move(tmp_path / "runs", "alive", before="dead")


def test_a_run_for_the_cpu_does_not_wait_for_those_for_gpus(tmp_path, gpus, held):
    waiting(tmp_path, "on-gpu", GPU, held)
    run = waiting(tmp_path, "on-cpu", CPU, held)
    assert slots.is_next(run, CPU)
