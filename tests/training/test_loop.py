"""The loop: resumed it ends as if undisturbed; it stops, and fails, when it should."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from morph.errors import MorphError
from morph.run_folder import RunCancelled
from training.config import DeviceConfig, FitConfig
from training.loop import Fit, fit, learning_rate, start_fabric

CPU = DeviceConfig(accelerator="cpu")
CONFIG = FitConfig(epochs=4, batch_size=8, learning_rate=0.05)
X = torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
Y = X[:, :1].square()


class Killed(Exception):
    """The process ended here."""


def make_net() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1)
    )


def make_task(*, die_at: int | None = None, scale: float = 1.0, config=CONFIG) -> Fit:
    """A regression whose inputs are shaken at random; may die before a batch."""
    batches = iter(range(10_000))

    def loss(module, rows, drawn, _done):
        if next(batches) == die_at:
            raise Killed
        noise = 0.1 * torch.randn(X[rows].shape, generator=drawn)
        error = scale * (module(X[rows] + noise) - Y[rows]).square().mean()
        return error, error

    return Fit("net", lambda *_: np.arange(40), loss, config, seed=3)


def events(run, name: str) -> list[dict]:
    lines = (run.folder / "events.jsonl").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e["event"] == name]


@pytest.fixture
def run(make_run):
    return make_run({})


def test_killed_and_resumed_it_ends_with_the_weights_of_an_undisturbed_fit(make_run):
    fabric = start_fabric(CPU)
    whole, broken = make_net(), make_net()
    fit(make_run({}, "whole"), fabric, whole, make_task())
    run = make_run({}, "broken")
    with pytest.raises(Killed):
        fit(run, fabric, broken, make_task(die_at=13))  # in the middle of epoch 3
    resumed = make_net()
    fit(run, fabric, resumed, make_task())
    for one, other in zip(
        whole.state_dict().values(), resumed.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other)
    assert [e["epoch"] for e in events(run, "epoch")] == [1, 2, 3, 4]


def test_a_finished_fit_is_not_fitted_again(run):
    fabric, net = start_fabric(CPU), make_net()
    fit(run, fabric, net, make_task())
    again = make_net()
    fit(run, fabric, again, make_task(die_at=0))
    assert torch.equal(again[0].weight, net[0].weight)


def test_it_learns(run):
    fit(run, start_fabric(CPU), make_net(), make_task())
    losses = [e["loss"] for e in events(run, "epoch")]
    assert losses[-1] < 0.8 * losses[0]


def test_only_the_last_epochs_weights_are_kept(run):
    fit(run, start_fabric(CPU), make_net(), make_task())
    kept = sorted(p.name for p in (run.folder / "checkpoints").iterdir())
    assert kept == ["net-0004.safetensors", "net.json"]


def test_damaged_weights_are_refused(run):
    fit(run, start_fabric(CPU), make_net(), make_task())
    path = run.folder / "checkpoints" / "net-0004.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(MorphError, match="not the file its JSON describes"):
        fit(run, start_fabric(CPU), make_net(), make_task())


def test_cancelled_it_stops_before_the_next_step(run):
    (run.folder / "cancel").touch()
    with pytest.raises(RunCancelled):
        fit(run, start_fabric(CPU), make_net(), make_task(die_at=0))


@pytest.mark.parametrize("scale", [float("nan"), float("inf"), 1e38])
def test_a_loss_that_is_not_finite_says_what_to_change(run, scale):
    with pytest.raises(MorphError, match="lower learning_rate"):
        fit(run, start_fabric(CPU), make_net(), make_task(scale=scale))


def test_the_learning_rate_warms_up_and_falls_to_nothing():
    config = FitConfig(learning_rate=2.0, warm_up=0.25)
    rates = [learning_rate(done, config) for done in np.linspace(0, 1, 41)]
    assert rates[0] == 0 and rates[-1] == pytest.approx(0)
    assert max(rates) == rates[10] == 2.0
    assert rates[25] == pytest.approx(1.0)  # half-way down the cosine
    constant = FitConfig(learning_rate=2.0, warm_up=0.0, schedule="constant")
    assert {learning_rate(done, constant) for done in np.linspace(0, 1, 9)} == {2.0}
