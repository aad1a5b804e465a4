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

# The mean loss of one batch: from the model, the rows of the batch's galaxies, the
# generator of whatever is drawn at random, and the share of all steps already done.
BatchLoss = Callable[[nn.Module, Tensor, torch.Generator, float], Tensor]
Validation = Callable[[nn.Module], dict[str, float]]


@dataclass(frozen=True)
class Fit:
    """What one fit learns from, by which loss, and how it is judged."""

    name: str
    rows: np.ndarray  # (N,) the galaxies to learn from
    loss: BatchLoss
    config: FitConfig
    seed: int
    validate: Validation | None = None

    @property
    def batches(self) -> int:
        """Steps of one epoch; galaxies that do not fill a batch wait for the next."""
        return max(1, len(self.rows) // self.config.batch_size)


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
    saved = load_progress(folder, task.name, model, optimizer)
    module, stepper = fabric.setup(model, optimizer)
    for epoch in range(saved["epoch"] if saved else 0, config.epochs):
        started = time.monotonic()
        metrics = {"loss": _epoch(run, fabric, module, stepper, task, epoch)}
        seconds = time.monotonic() - started
        metrics["images_per_s"] = task.batches * config.batch_size / seconds
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
    epoch: int,
) -> float:
    """One pass over the task's galaxies; the mean loss, in nats per galaxy."""
    order, drawn = seeded(task.seed, epoch, fabric.device)
    rows = torch.from_numpy(order.permutation(task.rows)).to(fabric.device)
    steps = task.config.epochs * task.batches
    losses = []
    module.train()
    for batch in range(task.batches):
        step = epoch * task.batches + batch
        run.progress(step, steps, f"epoch {epoch + 1} of {task.config.epochs}")
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps, task.config)
        size = task.config.batch_size
        chosen = rows[batch * size : (batch + 1) * size]
        loss = task.loss(module, chosen, drawn, step / steps)
        _step(fabric, module, optimizer, loss, task.config.clip_norm)
        losses.append(loss.item())
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


def learning_rate(step: int, steps: int, config: FitConfig) -> float:
    """Linear warm-up, then half a cosine down to 0."""
    done = (step + 1) / (steps + 1)
    if done < config.warm_up:
        return config.learning_rate * done / config.warm_up
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
