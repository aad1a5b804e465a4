"""The training loop: resuming is exact; early stopping; failures."""

import errno
import json
import resource
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from morph.errors import MorphError
from morph.runs.active_run import RunCancelled
from morph.runs.config_parts import DeviceConfig, FitConfig
from morph.runs.run_files import read_json
from training.fit.loop import Fit, fit, learning_rate
from training.fit.ranks_and_devices import start_fabric
from training.network import checkpoints
from training.network.checkpoints import write_weights

CPU = DeviceConfig(accelerator="cpu")
CONFIG = FitConfig(epochs=4, batch_size=8, learning_rate=0.05)
X = torch.randn(40, 6, generator=torch.Generator().manual_seed(1))
Y = X[:, :1].square()


class Killed(Exception):
    """The process was killed."""


def make_net() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1)
    )


def make_task(*, die_at: int | None = None, scale: float = 1.0, config=CONFIG) -> Fit:
    """A regression with random noise on its inputs; may die before a batch."""
    batches = iter(range(10_000))

    def loss(module, rows, drawn, _done):
        if next(batches) == die_at:
            raise Killed
        noise = 0.1 * drawn.normal(*X[rows].shape)
        error = scale * (module(X[rows] + noise) - Y[rows]).square().mean()
        return error, error

    return Fit("net", lambda *_: np.arange(40), loss, config, seed=3)


def with_validation(task: Fit, losses: list[float]) -> Fit:
    """``task`` whose epochs get these losses on held-out galaxies in turn."""
    told = iter(losses)
    return replace(
        task,
        validate=lambda _model: {"held_out_loss": next(told)},
        kept="held_out_loss",
    )


def with_hook(task: Fit, look: Callable[[nn.Module], None]) -> Fit:
    """``task``, its model shown to ``look`` before each step."""

    def loss(module, rows, drawn, done):
        look(module)
        return task.loss(module, rows, drawn, done)

    return replace(task, loss=loss)


def first_layer(module: nn.Module) -> torch.Tensor:
    """A copy of the (8, 6) weights of the net inside Fabric's wrappers."""
    return next(module.parameters()).detach().clone()


def last_weights(make_run, config: FitConfig) -> torch.Tensor:
    """The first layer after all steps of a fit without averaging."""
    net = make_net()
    task = make_task(config=replace(config, average=0.0))
    fit(make_run({}, "plain"), start_fabric(CPU), net, task)
    return net[0].weight


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def events(run, name: str) -> list[dict]:
    lines = (run.folder / "events.jsonl").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e["event"] == name]


@pytest.fixture
def run(make_run):
    return make_run({})


@pytest.mark.parametrize("average", [0.0, 0.9])
@pytest.mark.parametrize("die_at", [0, 1, 4, 5, 13, 19])
def test_killed_at_any_step_and_resumed_it_ends_as_if_undisturbed(
    make_run, die_at, average
):
    fabric, config = start_fabric(CPU), replace(CONFIG, average=average)
    whole, broken, resumed = make_net(), make_net(), make_net()
    fit(make_run({}, "whole"), fabric, whole, make_task(config=config))
    run = make_run({}, "broken")
    with pytest.raises(Killed):
        fit(run, fabric, broken, make_task(die_at=die_at, config=config))
    fit(run, fabric, resumed, make_task(config=config))
    assert same_weights(whole, resumed)
    assert [e["epoch"] for e in events(run, "epoch")] == [1, 2, 3, 4]


def test_the_running_mean_of_the_weights_is_what_a_fit_ends_with(make_run):
    """Compared with 0.9 of the previous mean and 0.1 of the last weights."""
    decay, taken = 0.9, []
    config = replace(CONFIG, epochs=1, average=decay)
    task, net = make_task(config=config), make_net()
    watched = with_hook(task, lambda module: taken.append(first_layer(module)))
    fit(make_run({}, "watched"), start_fabric(CPU), net, watched)
    after_each = [*taken[1:], last_weights(make_run, config)]
    mean = after_each[0]
    for weights in after_each[1:]:
        mean = decay * mean + (1 - decay) * weights
    torch.testing.assert_close(net[0].weight, mean)


def test_a_fit_without_gain_ends_and_keeps_its_best_epoch(run, make_run):
    config = replace(CONFIG, epochs=9, patience=2)
    task = with_validation(make_task(config=config), [3.0, 2.0, 2.5, 2.0])
    net, two_epochs = make_net(), make_net()
    fit(run, start_fabric(CPU), net, task)
    assert [e["epoch"] for e in events(run, "epoch")] == [1, 2, 3, 4]
    shorter = with_validation(make_task(config=config), [3.0, 2.0])
    with pytest.raises(StopIteration):  # whatever ends it after two epochs
        fit(make_run({}, "two"), start_fabric(CPU), two_epochs, shorter)
    folder = run.folder.parent / "two" / "checkpoints"
    kept = load_file(folder / "net-0002.safetensors")
    assert torch.equal(net[0].weight, kept["0.weight"])


def test_patience_without_held_out_galaxies_is_an_error(run):
    with pytest.raises(MorphError, match="held_out"):
        fit(
            run,
            start_fabric(CPU),
            make_net(),
            make_task(config=replace(CONFIG, patience=2)),
        )


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


def test_a_fit_that_fails_later_leaves_its_last_whole_epoch(run):
    """Epochs have five steps; the loss is not finite from the twelfth on."""
    task = make_task()
    steps = iter(range(1000))

    def loss(module, rows, drawn, done):
        minimised, reported = task.loss(module, rows, drawn, done)
        return minimised * (float("nan") if next(steps) >= 11 else 1), reported

    with pytest.raises(MorphError, match="lower learning_rate"):
        fit(run, start_fabric(CPU), make_net(), replace(task, loss=loss))
    kept = load_file(run.folder / "checkpoints" / "net-0002.safetensors")
    assert all(torch.isfinite(weights).all() for weights in kept.values())


def test_a_full_disk_leaves_the_epoch_before_and_the_fit_goes_on(make_run, monkeypatch):
    run, undisturbed, resumed = make_run({}, "full"), make_net(), make_net()
    fit(make_run({}, "whole"), start_fabric(CPU), undisturbed, make_task())
    replacing = checkpoints.replacing

    def full(path):
        if path.name == "net-0003.safetensors":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return replacing(path)

    monkeypatch.setattr(checkpoints, "replacing", full)
    with pytest.raises(OSError, match="No space"):
        fit(run, start_fabric(CPU), make_net(), make_task())
    assert read_json(run.folder / "checkpoints" / "net.json")["epoch"] == 2
    monkeypatch.setattr(checkpoints, "replacing", replacing)
    fit(run, start_fabric(CPU), resumed, make_task())
    assert same_weights(undisturbed, resumed)


def test_weights_that_do_not_fit_are_an_oserror_and_leave_what_stood(tmp_path):
    """The error of a full disk; safetensors would raise another."""
    path, stood = tmp_path / "w.safetensors", {"w": torch.arange(8.0)}
    write_weights(path, stood)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_weights(path, {"w": torch.zeros(10_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert torch.equal(load_file(path)["w"], stood["w"])


def test_the_learning_rate_warms_up_and_falls_to_nothing():
    config = FitConfig(learning_rate=2.0, warm_up=0.25)
    rates = [learning_rate(done, config) for done in np.linspace(0, 1, 41)]
    assert rates[0] == 0 and rates[-1] == pytest.approx(0)
    assert max(rates) == rates[10] == 2.0
    assert rates[25] == pytest.approx(1.0)  # half-way down the cosine
    constant = FitConfig(learning_rate=2.0, warm_up=0.0, schedule="constant")
    assert {learning_rate(done, constant) for done in np.linspace(0, 1, 9)} == {2.0}
