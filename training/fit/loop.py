"""The training loop of every fit: epochs, events, checkpoints, cancel, resume."""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from morph.errors import MorphError
from morph.runs.active_run import Run
from morph.runs.config_parts import AugmentConfig, FitConfig, ImageConfig
from training.fit.layers import SHARE, Layers, whole
from training.fit.ranks_and_devices import check_batch
from training.fit.tensorboard import Write, tensorboard
from training.network.batch_norm import freeze_batch_norm, shared_batch_norm
from training.network.checkpoints import load_progress, read_best, save_progress
from training.network.optimiser_state import Learning, start_learning
from training.pixels.augment import augmented_input
from training.pixels.galaxy_images import Galaxies
from training.pixels.on_disk import MappedPixels, shuffled_blocks
from training.pixels.random_draws import Draws
from training.pixels.read_ahead import Pace

_POINTS = 200  # of the curves of a fit, however long it is
_log = logging.getLogger(__name__)

# The loss of one batch to minimise and that to report, both means over its galaxies,
# from the model, the rows of the batch, random draws and the fraction of steps done.
BatchLoss = Callable[[nn.Module, Tensor, Draws, float], tuple[Tensor, Tensor]]
# The same from the model's output, the rows of the batch and the fraction of steps.
OutputLoss = Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]
Validation = Callable[[nn.Module], dict[str, float]]


@dataclass(frozen=True)
class Fit:
    """Training set, loss and validation of one fit.

    ``choose_rows`` gives the galaxies of each epoch (the first is 0), ``validate``
    metrics after it. If ``kept`` names one of these, the fit ends with the weights of
    the epoch where it was lowest, and may stop early. ``galaxies`` are those whose
    pixels the loss reads by row. An adaptation keeps the last epoch of fits
    ``by_votes`` of volunteers. ``layers`` are what it changes, None for all.
    """

    name: str
    choose_rows: Callable[[int], np.ndarray]
    loss: BatchLoss
    config: FitConfig
    seed: int
    validate: Validation | None = None
    kept: str | None = None
    galaxies: Galaxies | None = None
    by_votes: bool = False
    layers: Layers | None = None


def loss_of_images(
    galaxies: Galaxies, image: ImageConfig, augment: AugmentConfig, loss: OutputLoss
) -> BatchLoss:
    """``loss`` of the model's output for augmented images of the galaxies."""

    def of_batch(
        module: nn.Module, rows: Tensor, drawn: Draws, done: float
    ) -> tuple[Tensor, Tensor]:
        images = augmented_input(galaxies.flux[rows], image, augment, drawn)
        return loss(module(images), rows, done)

    return of_batch


def fit(run: Run, fabric: Fabric, model: nn.Module, task: Fit) -> None:
    """Fit ``model`` in place, resuming after the task's last saved epoch.

    Order, dropout and augmentation of an epoch depend only on the seed and its number,
    so a fit that was killed and resumed ends with the same weights. Several processes
    split each batch; the gradient is that of the whole batch.
    """
    _check(fabric, task)
    config, folder = task.config, run.folder / "checkpoints"
    if config.batch_norm == "train":
        on_gpu = fabric.device.type == "cuda"
        model = shared_batch_norm(model, fabric.world_size, on_gpu=on_gpu)
    layers = task.layers or whole(model)
    optimizer = AdamW(
        layers.groups,
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        fused=True,  # a third of the time on a CPU
    )
    module, stepper = fabric.setup(model, optimizer)  # onto the device, then the state
    learning = start_learning(model, optimizer, config.average)
    done = load_progress(folder, task.name, learning) or {"epoch": 0}
    on = config.tensorboard and fabric.is_global_zero
    with tensorboard(run.folder, task.name, on=on) as write:
        state = FitState(run, fabric, module, stepper, learning, task, layers, write)
        while done["epoch"] < config.epochs and not _waited(done, config, layers):
            done = _next_epoch(state, done)
            if fabric.is_global_zero:
                save_progress(folder, task.name, learning, done)
            fabric.barrier()
    last = learning.judged.state_dict()
    model.load_state_dict(read_best(folder, task.name) if task.kept else last)


@dataclass(frozen=True)
class FitState:
    """A fit in progress: its run, its devices, and what it changes."""

    run: Run
    fabric: Fabric
    module: nn.Module  # the model as Fabric has set it up
    stepper: Optimizer
    learning: Learning
    task: Fit
    layers: Layers
    write: Write  # curves for TensorBoard


def _check(fabric: Fabric, task: Fit) -> None:
    """Raise MorphError for settings that contradict each other."""
    check_batch(task.config.batch_size, fabric)
    if task.config.patience and task.kept is None:
        raise MorphError(
            "patience is set, but there is no metric to select an epoch by: set "
            "patience to 0; or, for a fit to votes, held_out above 0; or, for an "
            'adaptation without votes, choice.epoch to "best" and name stores in '
            "choice. An adaptation that learns from votes keeps its last epoch"
        )


def _waited(done: dict[str, Any], config: FitConfig, layers: Layers) -> bool:
    """Whether the last ``patience`` epochs did not improve on the best one.

    Epochs before the encoder is fitted do not count.
    """
    best = done.get("best")
    if not (config.patience and best):
        return False
    since, thawed = best["epoch"], layers.frozen_epochs
    if thawed < config.epochs:
        since = max(since, thawed)
    return done["epoch"] - since >= config.patience


def _next_epoch(state: FitState, before: dict[str, Any]) -> dict[str, Any]:
    """Train one more epoch; return its number, metrics and the best epoch so far."""
    task, fabric, epoch = state.task, state.fabric, before["epoch"]
    rows = fabric.broadcast(task.choose_rows(epoch))
    with state.layers.of_epoch(epoch, fabric.world_size) as frozen:
        metrics = _epoch(state, rows, epoch, frozen=frozen)
    if task.validate is not None:
        with fabric.autocast():
            metrics |= fabric.broadcast(task.validate(state.learning.judged))
    done = {"epoch": epoch + 1, "epochs": task.config.epochs} | metrics
    state.run.event("epoch", fit=task.name, **done)
    state.write("by epoch", epoch + 1, metrics)
    words = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
    _log.info("%s: epoch %d of %d: %s", task.name, epoch + 1, done["epochs"], words)
    return done | ({"best": _better(before, done, task.kept)} if task.kept else {})


def _better(
    before: dict[str, Any], done: dict[str, Any], metric: str
) -> dict[str, Any]:
    """The epoch with the lowest value of a metric so far."""
    best, value = before.get("best"), done[metric]
    if best is not None and best[metric] <= value:
        return best
    return {"epoch": done["epoch"], metric: value}


def _epoch(
    state: FitState, rows: np.ndarray, epoch: int, *, frozen: bool
) -> dict[str, float]:
    """One pass over the galaxies of ``rows``: the mean reported loss, and the pace.

    Galaxies that do not fill the last batch are left out of this epoch.
    """
    task, config, pace = state.task, state.task.config, Pace()
    order, drawn = seeded(task.seed, epoch, state.fabric)
    flux = None if task.galaxies is None else task.galaxies.flux
    on_disk = isinstance(flux, MappedPixels)
    rows = shuffled_blocks(rows, order) if on_disk else order.permutation(rows)
    batches = _batches(torch.from_numpy(rows).to(state.fabric.device), config, drawn)
    if on_disk:
        flux.expect(batches, pace)
    losses, shown, steps = [], 0, config.epochs * len(batches)
    state.module.train()
    if config.batch_norm == "frozen":
        freeze_batch_norm(state.module)
    if frozen:
        state.layers.encoder.eval()
    for step, batch in enumerate(batches, epoch * len(batches)):
        state.run.progress(step, steps, f"epoch {epoch + 1} of {config.epochs}")
        done = (step + 0.5) / steps
        for group in state.stepper.param_groups:
            group["lr"] = learning_rate(done, config) * group[SHARE]
        loss, reported = task.loss(state.module, batch, drawn, done)
        _step(state, loss, frozen=frozen)
        losses.append(reported.detach())
        pace.galaxies += len(batch) * drawn.world_size
        if step * _POINTS // steps < (step + 1) * _POINTS // steps:
            rate = learning_rate(done, config)
            _report(state, losses[shown:], pace, step + 1, steps, rate)
            shown = len(losses)
    loss = state.fabric.all_reduce(torch.stack(losses).mean(), reduce_op="mean")
    return {"loss": loss.item()} | pace.speed()


def _report(
    state: FitState,
    losses: list[Tensor],
    pace: Pace,
    step: int,
    steps: int,
    rate: float,
) -> None:
    """Record the mean loss of these steps of this process, for curves."""
    loss = torch.stack(losses).mean().item()
    values = {"loss": loss, "learning_rate": rate} | pace.speed()
    state.run.event("step", fit=state.task.name, step=step, steps=steps, **values)
    state.write("by step", step, values)


def _batches(rows: Tensor, config: FitConfig, drawn: Draws) -> list[Tensor]:
    """An epoch's batches: the rows of each that this process takes."""
    batches = rows.split(config.batch_size)
    if len(batches) > 1 and len(batches[-1]) < config.batch_size:
        batches = batches[:-1]
    count = drawn.world_size
    return [drawn.of_rank(batch[: len(batch) // count * count]) for batch in batches]


def _step(state: FitState, loss: Tensor, *, frozen: bool) -> None:
    state.stepper.zero_grad(set_to_none=True)
    state.fabric.backward(loss)
    if frozen:
        state.layers.drop_gradients()
    norm = state.fabric.clip_gradients(
        state.module,
        state.stepper,
        max_norm=state.task.config.clip_norm,
        error_if_nonfinite=False,
    )
    if not (torch.isfinite(loss) and torch.isfinite(norm)):
        raise MorphError(
            "the loss or its gradient is not a finite number; lower learning_rate (or "
            "use precision 32-true) and start the run again: it resumes after its last "
            "completed epoch"
        )
    state.stepper.step()
    state.learning.step()


def learning_rate(done: float, config: FitConfig) -> float:
    """The scheduled rate after a fraction ``done`` of all steps."""
    if done < config.warm_up:
        return config.learning_rate * done / config.warm_up
    if config.schedule == "constant":
        return config.learning_rate
    left = (done - config.warm_up) / (1 - config.warm_up)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * left))


def seeded(seed: int, epoch: int, fabric: Fabric) -> tuple[np.random.Generator, Draws]:
    """One epoch's order and draws; torch's generator (dropout) is seeded too.

    Order and draws are the same in every process, dropout differs.
    """
    order, draws, dropout = np.random.SeedSequence([seed, epoch]).generate_state(3)
    torch.manual_seed(int(dropout) + fabric.global_rank)
    generator = torch.Generator(fabric.device).manual_seed(int(draws))
    drawn = Draws(generator, fabric.global_rank, fabric.world_size)
    return np.random.default_rng(order), drawn
