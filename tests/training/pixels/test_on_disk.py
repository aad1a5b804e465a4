"""Pixels on disk: row i is galaxy i, read ahead or not, with the same fit."""

import time
from functools import partial

import numpy as np
import psutil
import pytest
import torch
from torch import nn

from morph.images.store import open_store
from morph.runs.config import read_config
from morph.runs.run_files import read_events
from morph.trees.decision_tree import GZD5
from tests.training.fit.test_loop import CPU
from training.fit.ranks_and_devices import start_fabric
from training.fit.source import fit_source
from training.network.checkpoints import load_model
from training.pixels.galaxy_images import read_galaxies
from training.pixels.on_disk import MappedPixels, at_once, each, shuffled_blocks
from training.pixels.read_ahead import DEPTH, THREADS, Pace, read_ahead

DEVICE = torch.device("cpu")


@pytest.fixture
def stores(make_store):
    return [
        open_store(make_store("first", galaxies=30, size=8)),
        open_store(make_store("second", galaxies=20, size=8, seed=1)),
    ]


def test_rows_on_disk_are_those_in_memory(stores):
    held = read_galaxies(stores, DEVICE, "memory").flux
    disk = read_galaxies(stores, DEVICE, "disk").flux
    assert isinstance(disk, MappedPixels)
    assert disk.shape == held.shape
    assert (len(disk), disk.dtype) == (len(held), held.dtype)
    for rows in (torch.tensor([49, 0, 29, 30, 31, 0]), torch.arange(50)):
        assert torch.equal(disk[rows], held[rows])


def test_bad_pixels_are_empty_sky_for_networks_and_counted(make_store):
    folder = make_store("gaps", galaxies=6, size=8)
    pixels = np.load(folder / "pixels.npy")
    pixels[2, 1, :3, :3] = np.nan
    pixels[3, 0, 4, 4], pixels[3, 2, 5, 5] = np.inf, -np.inf
    np.save(folder / "pixels.npy", pixels)
    store = open_store(folder)
    expected = np.where(np.isfinite(pixels), pixels, 0)
    for keep in ("memory", "disk"):
        galaxies = read_galaxies([store], DEVICE, keep)
        flux = galaxies.flux[torch.arange(6)].numpy()
        np.testing.assert_array_equal(flux, expected)
        counted = galaxies.bad.fraction.tolist()
        assert counted == [0, 0, 9 / 64, 2 / 64, 0, 0]


@pytest.mark.parametrize(("side", "pictures"), [(64, 64), (128, 16), (512, 8)])
def test_batches_fit_in_caches_and_are_larger_on_a_gpu(side, pictures):
    assert at_once(side, torch.device("cpu")) == pictures
    assert at_once(side, torch.device("cuda")) == max(8, 2**24 // side**2)


def test_batches_that_are_expected_come_as_asked_for(stores):
    held = read_galaxies(stores, DEVICE, "memory").flux
    disk = read_galaxies(stores, DEVICE, "disk").flux
    batches = list(torch.randperm(50).split(3))
    for rows, flux in zip(batches, each(disk, batches), strict=True):
        assert torch.equal(flux, held[rows])
        other = torch.tensor([1, 40])  # asked for between two that are expected
        assert torch.equal(disk[other], held[other])


def test_reading_restarts_if_an_epoch_was_left(stores):
    held = read_galaxies(stores, DEVICE, "memory").flux
    disk = read_galaxies(stores, DEVICE, "disk").flux
    left, next_epoch = (list(torch.randperm(50).split(4)) for _ in range(2))
    disk.expect(left, Pace())
    assert torch.equal(disk[left[0]], held[left[0]])
    disk.expect(next_epoch, Pace())
    for rows in next_epoch:
        assert torch.equal(disk[rows], held[rows])


def test_a_survey_is_left_on_disk_where_it_takes_more_than_half_the_memory(
    stores, monkeypatch
):
    size = sum(store.pixels.nbytes for store in stores)

    def free(amount):
        memory = partial(
            lambda available: type("M", (), {"available": available}), amount
        )
        monkeypatch.setattr(psutil, "virtual_memory", memory)
        return read_galaxies(stores, DEVICE).flux

    assert isinstance(free(2 * size), torch.Tensor)
    assert isinstance(free(2 * size - 1), MappedPixels)


@pytest.mark.parametrize("galaxies", [1, 255, 256, 257, 20_000])
def test_shuffled_blocks_are_every_row_once_and_neighbours_together(galaxies):
    rows = np.arange(galaxies) * 3
    order = shuffled_blocks(rows, np.random.default_rng(4))
    assert np.array_equal(np.sort(order), rows)
    if galaxies > 256:
        assert not np.array_equal(order, rows)
    for start in range(0, galaxies, 512):  # a batch lies in few blocks
        assert len(np.unique(order[start : start + 512] // 3 // 256)) <= 64


def test_jobs_are_done_ahead_and_returned_in_order():
    begun, pace = [], Pace()

    def job(number: int) -> int:
        begun.append(number)
        return number

    results = read_ahead((partial(job, n) for n in range(30)), pace)
    assert next(results) == 0
    assert set(begun) <= set(range(DEPTH + THREADS))  # no more than may lie ready
    assert list(results) == list(range(1, 30))


def test_waiting_time_is_measured(monkeypatch):
    pace = Pace()
    list(read_ahead([partial(time.sleep, 0.02)], pace))
    assert pace.waited_s > 0
    monkeypatch.setattr(time, "monotonic", lambda: 103.0)
    speed = Pace(galaxies=12, waited_s=0.5, begun=101.0).speed()
    assert speed == {"images_per_s": 6.0, "data_wait": 0.25}


def test_an_error_of_a_job_is_raised():
    def broken():
        raise OSError("no such disk")

    with pytest.raises(OSError, match="no such disk"):
        list(read_ahead([broken], Pace()))


def test_the_encoder_is_compiled_where_the_config_asks_for_it(
    make_store, make_run, monkeypatch
):
    asked = []
    monkeypatch.setattr(nn.Module, "compile", lambda module: asked.append(module))
    make_store("votes", galaxies=8)
    fit = {"epochs": 1, "batch_size": 8}
    config = {"kind": "source", "stores": ["votes"], "fit": fit, "held_out": 0.0}
    config["calibrate"] = False
    for on in (False, True):
        device = {"device": {"accelerator": "cpu", "compile": on}}
        run = make_run(config | device, f"run-{int(on)}")
        fit_source(run, start_fabric(CPU), read_config(config | device), GZD5)
        assert len(asked) == on


def test_a_fit_from_disk_reports_its_wait_and_is_reproducible(make_store, make_run):
    make_store("votes", galaxies=40)
    fit = {"epochs": 2, "batch_size": 8, "augment": {"turn": "quarter"}}
    config = {"kind": "source", "stores": ["votes"], "fit": fit, "held_out": 0.2}
    config["device"] = {"accelerator": "cpu", "pixels": "disk"}
    read, weights = read_config(config), []
    for name in ("whole", "again"):
        run = make_run(config, name)
        fit_source(run, start_fabric(CPU), read, GZD5)
        model, _ = load_model(run.folder / "checkpoints")
        weights.append(model.state_dict())
    assert all(torch.equal(weights[0][n], weights[1][n]) for n in weights[0])
    epochs = [e for e in read_events(run.folder) if e["event"] == "epoch"]
    assert len(epochs) == 2
    assert all(0 <= epoch["data_wait"] <= 1 for epoch in epochs)
