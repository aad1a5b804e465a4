"""The loop every fit shares: epochs of steps, events, checkpoints, cancel, resume."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from morph.errors import MorphError
from morph.run_folder import ActiveRun
from training.checkpoints import load_progress, save_progress
from training.config import DeviceConfig, FitConfig

_log = logging.getLogger(__name__)

# Of one batch, what to minimise and what to report, both means over its galaxies: from
# the model, the rows of the batch, the generator of whatever is drawn at random, and
# the share of all steps already done.
BatchLoss = Callable[[nn.Module, Tensor, torch.Generator, float], tuple[Tensor, Tensor]]
Validation = Callable[[nn.Module], dict[str, float]]


@dataclass(frozen=True)
class Fit:
    """What one fit learns from, by which loss, and how it is judged.

    ``choose_rows`` is asked before each epoch (the first is 0) for the galaxies to
    learn from.
    """

    name: str
    choose_rows: Callable[[nn.Module, int], np.ndarray]
    loss: BatchLoss
    config: FitConfig
    seed: int
    validate: Validation | None = None


def start_fabric(config: DeviceConfig) -> Fabric:
    """Fabric on the configured device and precision."""
    if config.threads:
        torch.set_num_threads(config.threads)
    fabric = Fabric(
        accelerator=config.accelerator, devices=1, precision=config.precision
    )
    fabric.launch()
    return fabric


def fit(run: ActiveRun, fabric: Fabric, model: nn.Module, task: Fit) -> None:
    """Fit ``model`` in place, going on from the task's last saved epoch.

    Every epoch draws its order, dropout and augmentation from the seed and its own
    number alone, so a fit that was killed and resumed ends with the weights of one
    that was not.
    """
    config, folder = task.config, run.folder / "checkpoints"
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = AdamW(
        trained, lr=config.learning_rate, weight_decay=config.weight_decay
    )
    module, stepper = fabric.setup(model, optimizer)  # onto the device, then the state
    saved = load_progress(folder, task.name, model, optimizer)
    for epoch in range(saved["epoch"] if saved else 0, config.epochs):
        rows = task.choose_rows(module, epoch)
        started = time.monotonic()
        metrics = {"loss": _epoch(run, fabric, module, stepper, task, rows, epoch)}
        metrics["images_per_s"] = len(rows) / (time.monotonic() - started)
        if task.validate is not None:
            metrics |= task.validate(module)
        done = {"epoch": epoch + 1, "epochs": config.epochs} | metrics
        save_progress(folder, task.name, model, optimizer, done)
        run.event("epoch", fit=task.name, **done)
        said = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        _log.info("%s: epoch %d of %d: %s", task.name, epoch + 1, config.epochs, said)


def _epoch(
    run: ActiveRun,
    fabric: Fabric,
    module: nn.Module,
    optimizer: Optimizer,
    task: Fit,
    rows: np.ndarray,
    epoch: int,
) -> float:
    """One pass over the galaxies of ``rows``; the mean of the reported loss.

    Galaxies that do not fill a last batch are left to another epoch's order.
    """
    order, drawn = seeded(task.seed, epoch, fabric.device)
    shuffled = torch.from_numpy(order.permutation(rows)).to(fabric.device)
    size, epochs = task.config.batch_size, task.config.epochs
    batches = max(1, len(rows) // size)
    losses = []
    module.train()
    for batch in range(batches):
        step = epoch * batches + batch
        run.progress(step, epochs * batches, f"epoch {epoch + 1} of {epochs}")
        done = (step + 0.5) / (epochs * batches)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(done, task.config)
        chosen = shuffled[batch * size : (batch + 1) * size]
        loss, reported = task.loss(module, chosen, drawn, done)
        _step(fabric, module, optimizer, loss, task.config.clip_norm)
        losses.append(reported.item())
    return float(np.mean(losses))


def _step(
    fabric: Fabric, module: nn.Module, optimizer: Optimizer, loss: Tensor, clip: float
) -> None:
    optimizer.zero_grad(set_to_none=True)
    fabric.backward(loss)
    norm = fabric.clip_gradients(
        module, optimizer, max_norm=clip, error_if_nonfinite=False
    )
    if not (torch.isfinite(loss) and torch.isfinite(norm)):
        raise MorphError(
            "the loss or its gradient is not a finite number; lower learning_rate (or "
            "use precision 32-true) and start the run again: it goes on from its last "
            "whole epoch"
        )
    optimizer.step()


def learning_rate(done: float, config: FitConfig) -> float:
    """The rate when the share ``done`` of all steps is behind, by the schedule."""
    if done < config.warm_up:
        return config.learning_rate * done / config.warm_up
    if config.schedule == "constant":
        return config.learning_rate
    left = (done - config.warm_up) / (1 - config.warm_up)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * left))


def seeded(
    seed: int, epoch: int, device: torch.device
) -> tuple[np.random.Generator, torch.Generator]:
    """Generators of one epoch's order and draws; torch's own (dropout) is set too."""
    order, own, dropout = np.random.SeedSequence([seed, epoch]).generate_state(3)
    torch.manual_seed(int(dropout))
    drawn = torch.Generator(device).manual_seed(int(own))
    return np.random.default_rng(order), drawn
