"""The state of a fit: weights, their running mean, the optimiser's state."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


@dataclass(frozen=True)
class Learning:
    """A model during a fit; ``averaged`` is None without weight averaging."""

    model: nn.Module
    optimizer: Optimizer
    averaged: AveragedModel | None

    @property
    def judged(self) -> nn.Module:
        """The model to evaluate: the running mean if there is one."""
        return self.model if self.averaged is None else self.averaged.module

    def step(self) -> None:
        """Update the running mean with the present weights."""
        if self.averaged is not None:
            self.averaged.update_parameters(self.model)


def start_learning(model: nn.Module, optimizer: Optimizer, average: float) -> Learning:
    """Start with ``model``. ``average`` is the decay of the running mean; 0 for none.

    Means and variances of batch norm are copied, not averaged.
    """
    if not average:
        return Learning(model, optimizer, None)
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(average))
    return Learning(model, optimizer, mean)


def learning_tensors(learning: Learning) -> dict[str, Tensor]:
    """All tensors needed to resume the fit exactly."""
    tensors = dict(learning.model.state_dict())
    for name, parameter in learning.model.named_parameters():
        for key, value in learning.optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer/{name}/{key}"] = torch.as_tensor(value)
    if learning.averaged is not None:
        for name, tensor in learning.averaged.state_dict().items():
            tensors[f"averaged/{name}"] = tensor
    return tensors


def restore_learning(learning: Learning, tensors: Mapping[str, Tensor]) -> None:
    """Restore, in place, the tensors of ``learning_tensors``."""
    names = learning.model.state_dict()
    learning.model.load_state_dict({name: tensors[name] for name in names})
    for name, parameter in learning.model.named_parameters():
        state = _under(tensors, f"optimizer/{name}/")
        if state:
            learning.optimizer.state[parameter] = {
                key: _laid_out(value, parameter) for key, value in state.items()
            }
    if learning.averaged is not None:
        learning.averaged.load_state_dict(_under(tensors, "averaged/"))


def _laid_out(value: Tensor, parameter: Tensor) -> Tensor:
    """``value`` on the parameter's device and, if it has its shape, with its strides.

    A fused optimiser traverses both in memory order, and a file is contiguous where a
    network may be channels_last: with other strides, moments would be assigned to the
    wrong weights.
    """
    if value.shape != parameter.shape:
        return value.to(parameter.device)
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
