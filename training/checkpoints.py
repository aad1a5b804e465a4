"""Weights on disk: safetensors beside JSON, never a pickle, never half a file.

Weights are written first under a name of their own, then the JSON that names them and
carries their SHA-256. So the JSON, replaced in one step, decides what stands.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from morph.durable import replacing, sha256_of, write_json
from morph.errors import MorphError
from training.checked_json import read_dataclass
from training.config import ImageConfig, ModelConfig
from training.model import GalaxyModel

FORMAT = 1


@dataclass(frozen=True)
class FittedModel:
    """What a model is, beside its weights: enough to apply it to new pictures."""

    tree: str
    labels: tuple[str, ...]
    image: ImageConfig
    model: ModelConfig
    size: int  # pixels a side
    pixscale_arcsec: float
    stores: tuple[str, ...]  # whose votes it was fitted to
    mean_fraction: tuple[float, ...]  # per label, over those votes
    description: str
    format: int = FORMAT


def save_model(folder: Path, model: GalaxyModel, card: FittedModel) -> None:
    """Write ``model.safetensors`` and ``model.json`` to a run's checkpoints."""
    write_weights(folder / "model.safetensors", model.state_dict())
    value = asdict(card) | {"sha256": sha256_of(folder / "model.safetensors")}
    write_json(folder / "model.json", value)


def load_model(
    folder: Path, labels: tuple[str, ...]
) -> tuple[GalaxyModel, FittedModel]:
    """The model that a run's checkpoints hold.

    Raises
    ------
    MorphError
        If there is none, it answers another tree, or its weights are damaged.
    """
    value = _read_json(folder / "model.json")
    if value is None:
        raise MorphError(
            f"{folder.parent.name} has no fitted model ({folder / 'model.json'} is not "
            "there); let that run finish first, or name another model_run"
        )
    digest = value.pop("sha256", None)
    card = read_dataclass(FittedModel, value, at="model.json")
    if card.format != FORMAT or card.labels != labels:
        raise MorphError(
            f"the model of {folder.parent.name} answers the tree {card.tree!r} in "
            f"format {card.format}; expected the {len(labels)} answers of this tree in "
            f"format {FORMAT}. Fit it again"
        )
    weights = read_weights(folder / "model.safetensors", digest)
    model = GalaxyModel(card.model, len(labels)).to(memory_format=torch.channels_last)
    model.load_state_dict(weights)
    return model, card


def save_progress(
    folder: Path,
    name: str,
    model: nn.Module,
    optimizer: Optimizer,
    value: dict[str, Any],
) -> None:
    """Write a fit's state after an epoch; ``value["epoch"]`` epochs are done."""
    weights = folder / f"{name}-{value['epoch']:04d}.safetensors"
    write_weights(weights, model.state_dict() | _optimizer_tensors(model, optimizer))
    write_json(folder / f"{name}.json", value | {"sha256": sha256_of(weights)})
    for old in folder.glob(f"{name}-[0-9]*.safetensors"):
        if old != weights:
            old.unlink()


def load_progress(
    folder: Path, name: str, model: nn.Module, optimizer: Optimizer
) -> dict[str, Any] | None:
    """Put a fit's last saved state back; its ``value``, or None if it never saved."""
    value = _read_json(folder / f"{name}.json")
    if value is None:
        return None
    tensors = read_weights(
        folder / f"{name}-{value['epoch']:04d}.safetensors", value["sha256"]
    )
    model.load_state_dict({n: tensors[n] for n in model.state_dict()})
    for parameter_name, parameter in model.named_parameters():
        prefix = f"optimizer/{parameter_name}/"
        state = {
            key.removeprefix(prefix): tensor.to(
                parameter.device if tensor.ndim else "cpu"
            )
            for key, tensor in tensors.items()
            if key.startswith(prefix)
        }
        if state:
            optimizer.state[parameter] = state
    return value


def write_weights(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors as safetensors, atomically."""
    with replacing(path) as temporary:
        save_file(
            {n: t.detach().cpu().contiguous() for n, t in tensors.items()}, temporary
        )


def read_weights(path: Path, digest: str | None) -> dict[str, Tensor]:
    """Tensors of a safetensors file whose SHA-256 must be ``digest``."""
    if not path.is_file() or sha256_of(path) != digest:
        raise MorphError(
            f"{path} is missing or not the file its JSON describes; "
            "remove the run's checkpoints folder and start the run again"
        )
    return load_file(path)


def _optimizer_tensors(model: nn.Module, optimizer: Optimizer) -> dict[str, Tensor]:
    return {
        f"optimizer/{name}/{key}": torch.as_tensor(tensor)
        for name, parameter in model.named_parameters()
        for key, tensor in optimizer.state.get(parameter, {}).items()
    }


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise MorphError(
            f"{path} cannot be read ({error}); remove the run's checkpoints folder and "
            "start the run again"
        ) from error
