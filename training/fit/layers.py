"""What a fit changes of a model: its head first or alone, and stages at other rates."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import nn

from morph.runs.config_parts import TransferConfig
from training.network.encoders import stages
from training.network.model import GalaxyModel

SHARE = "share"  # of a group of parameters: its learning rate, in units of the head's
Group = dict[str, Any]


@dataclass(frozen=True)
class Layers:
    """The groups of parameters of a fit, and an encoder that is frozen at first."""

    groups: list[Group]
    encoder: nn.Module | None = None
    frozen_epochs: int = 0  # first epochs, in which it is

    @contextmanager
    def of_epoch(self, epoch: int, processes: int) -> Iterator[bool]:
        """An epoch, the first is 0; whether the encoder is frozen.

        Its gradients are not computed then, except by several processes, which add up
        those of all parameters that they began with.
        """
        frozen = self.encoder is not None and epoch < self.frozen_epochs
        if frozen:
            self.encoder.requires_grad_(processes > 1)
        try:
            yield frozen
        finally:
            if frozen:
                self.encoder.requires_grad_(True)

    def drop_gradients(self) -> None:
        """Forget the gradients of the encoder, so that a step leaves it as it is."""
        for parameter in self.encoder.parameters():
            parameter.grad = None


def whole(model: nn.Module) -> Layers:
    """All parameters that have gradients, at one rate."""
    return Layers([_group([p for p in model.parameters() if p.requires_grad], 1.0)])


def layers_of(
    model: GalaxyModel, name: str, config: TransferConfig, epochs: int
) -> Layers:
    """The layers of a new model with the encoder ``name``.

    MorphError if its stages are to have rates of their own and are not known.
    """
    groups = whole(model).groups
    if config.stage_decay < 1:
        groups = [_group(list(model.classifier.parameters()), 1.0)]
        for back, own in enumerate(reversed(stages(model.encoder, name)), 1):
            groups.append(_group(own, config.stage_decay**back))
    frozen = epochs if config.encoder == "frozen" else config.head_epochs
    return Layers(groups, model.encoder, frozen)


def _group(parameters: list[nn.Parameter], share: float) -> Group:
    return {"params": parameters, SHARE: share}
