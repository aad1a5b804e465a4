"""Weights on disk: safetensors and JSON, never a pickle, never half a file.

Weights are written first, under a new name, then the JSON with their SHA-256. So the
JSON, replaced atomically, decides which weights are valid.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from morph.atomic import replacing, sha256_of, write_json
from morph.errors import MorphError
from morph.images.store_manifest import Look
from morph.runs.config_parts import ImageConfig, ModelConfig
from morph.trees.decision_tree import DEFAULT, DecisionTree, tree_called
from morph.typed_json import read_dataclass
from training.network.batch_norm import SECOND, keep_two
from training.network.input_recipe import InputRecipe, without_published
from training.network.model import GalaxyModel
from training.network.optimiser_state import (
    Learning,
    learning_tensors,
    restore_learning,
)

FORMAT = 1
# What to do about damaged files of an unfinished fit, and of a finished model.
_BEGIN_AGAIN = "remove the run's checkpoints folder and start the run again"
_NEW_RUN = "put the file back, or make the run again under another name"


@dataclass(frozen=True)
class FittedModel:
    """Metadata of a model: all but its weights that is needed to apply it."""

    tree: str
    labels: tuple[str, ...]
    image: ImageConfig
    model: ModelConfig
    # Of the images that it takes, which `image` makes of cutouts: pixels per side, and
    # their scale, None if it is unknown or that of each galaxy.
    size: int
    pixscale_arcsec: float | None
    stores: tuple[str, ...] = ()  # with the votes it was fitted to, if any
    mean_fraction: tuple[float, ...] = ()  # per label, over those votes
    description: str = ""
    format: int = FORMAT
    calibration: tuple[tuple[float, ...], ...] = ()  # see `training.network.calibrate`
    survey: str = ""  # of those stores; batch norms may keep a set for it
    # Of the encoder; null in earlier models, see `without_published`.
    input: InputRecipe | None = None
    # Of the pixel that fluxes are per, if known.
    flux_pixscale_arcsec: float | None = None
    part: float = 1.0  # fraction of a cutout's side that is seen

    @property
    def look(self) -> Look:
        """What its images have in common."""
        scales = self.pixscale_arcsec, self.flux_pixscale_arcsec
        return Look(self.size, *scales, self.part)


def of_look(look: Look) -> dict[str, Any]:
    """The metadata that describes the images of a model."""
    return {
        "size": look.size,
        "pixscale_arcsec": look.pixscale_arcsec,
        "flux_pixscale_arcsec": look.flux_pixscale_arcsec,
        "part": look.part,
    }


def save_model(folder: Path, model: GalaxyModel, card: FittedModel) -> None:
    """Write ``model.safetensors`` and ``model.json`` to a run's checkpoints."""
    write_weights(folder / "model.safetensors", model.state_dict())
    value = asdict(card) | {"sha256": sha256_of(folder / "model.safetensors")}
    write_json(folder / "model.json", value)


def load_fitted(folder: Path, tree: DecisionTree) -> tuple[GalaxyModel, FittedModel]:
    """As `load_model`; a model that was not fitted to votes is an error."""
    model, card = load_model(folder, tree)
    if not card.stores:
        raise MorphError(
            f"the model of {folder.parent.name} is a pretrained encoder, not fitted to "
            "votes: it has features and no answers. Name another model_run"
        )
    return model, card


def load_model(
    folder: Path, tree: DecisionTree | None = None
) -> tuple[GalaxyModel, FittedModel]:
    """The model in a run's checkpoints, of any tree if none is given."""
    value = _read_json(folder / "model.json", _NEW_RUN)
    if value is None:
        raise MorphError(
            f"{folder.parent.name} has no fitted model ({folder / 'model.json'} is not "
            "there); let that run finish first, or name another model_run"
        )
    digest = value.pop("sha256", None)
    card = read_dataclass(FittedModel, {"tree": DEFAULT} | value, at="model.json")
    _check_tree(folder.parent.name, card, tree)
    weights = _read_weights(folder / "model.safetensors", digest, _NEW_RUN)
    recipe = card.input or without_published(card.image)
    model = GalaxyModel(card.model, len(card.labels), card.size, recipe=recipe)
    model = model.to(memory_format=torch.channels_last)
    if any(name.endswith(SECOND) for name in weights):
        keep_two(model)
    # Models saved before features could be standardised have none of its buffers.
    try:
        model.load_state_dict({"gain": model.gain, "shift": model.shift} | weights)
    except RuntimeError as error:
        raise MorphError(
            f"{folder / 'model.safetensors'} does not have the weights of the "
            f"encoder {card.model.encoder!r} that its JSON names; {_NEW_RUN}"
        ) from error
    return model, card


def _check_tree(run: str, card: FittedModel, tree: DecisionTree | None) -> None:
    if tree is not None and card.tree != tree.name:
        raise MorphError(
            f"the model of {run} has the tree {card.tree!r}, and this run's tree "
            f"is {tree.name!r}; name another model_run, or set tree to {card.tree!r}"
        )
    labels = tree_called(card.tree).labels
    if card.format != FORMAT or card.labels != labels:
        raise MorphError(
            f"the model of {run} has {len(card.labels)} answers in format "
            f"{card.format}; expected the {len(labels)} answers of the tree "
            f"{card.tree!r} in format {FORMAT}. Fit it again"
        )


def save_progress(
    folder: Path, name: str, learning: Learning, value: dict[str, Any]
) -> None:
    """Write a fit's state after ``value["epoch"]`` epochs.

    If this is the best epoch so far (``value["best"]``), its weights are saved as well.
    """
    weights = _path(folder, name, value["epoch"])
    write_weights(weights, learning_tensors(learning))
    best, kept = value.get("best"), [weights]
    if best is not None:
        kept.append(_path(folder, f"{name}-best", best["epoch"]))
        if best["epoch"] == value["epoch"]:
            write_weights(kept[1], learning.judged.state_dict())
        value = value | {"best": best | {"sha256": sha256_of(kept[1])}}
    write_json(folder / f"{name}.json", value | {"sha256": sha256_of(weights)})
    for old in folder.glob(f"{name}-*.safetensors"):
        if old not in kept:
            old.unlink()


def load_progress(folder: Path, name: str, learning: Learning) -> dict[str, Any] | None:
    """Restore a fit's last saved state; its ``value``, or None if there is none."""
    value = _read_json(folder / f"{name}.json", _BEGIN_AGAIN)
    if value is not None:
        weights = _saved_weights(folder, name, value)
        try:
            restore_learning(learning, weights)
        except (LookupError, RuntimeError, ValueError) as error:
            raise MorphError(
                f"the state of {name} in {folder} is that of another fit ({error}); "
                f"{_BEGIN_AGAIN}"
            ) from error
    return value


def read_best(folder: Path, name: str) -> dict[str, Tensor]:
    """The weights after the best epoch."""
    value = _read_json(folder / f"{name}.json", _BEGIN_AGAIN) or {}
    return _saved_weights(folder, f"{name}-best", value.get("best"))


def _saved_weights(folder: Path, name: str, saved: Any) -> dict[str, Tensor]:
    """The weights that an epoch and a checksum describe."""
    try:
        path, digest = _path(folder, name, saved["epoch"]), saved["sha256"]
    except (LookupError, TypeError, ValueError) as error:
        raise MorphError(
            f"the JSON of {name} in {folder} does not name an epoch of a fit "
            f"({error!r}); {_BEGIN_AGAIN}"
        ) from error
    return _read_weights(path, digest, _BEGIN_AGAIN)


def _path(folder: Path, name: str, epoch: int) -> Path:
    return folder / f"{name}-{epoch:04d}.safetensors"


def write_weights(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors as safetensors, atomically.

    As bytes first: safetensors itself raises no OSError when the disk is full.
    """
    plain = {n: t.detach().cpu().contiguous() for n, t in tensors.items()}
    with replacing(path) as temporary:
        temporary.write_bytes(save(plain))


def _read_weights(path: Path, digest: str | None, remedy: str) -> dict[str, Tensor]:
    """Finite tensors of a safetensors file whose SHA-256 must be ``digest``."""
    if not path.is_file() or sha256_of(path) != digest:
        raise MorphError(
            f"{path} is missing or not the file its JSON describes; {remedy}"
        )
    try:
        weights = load_file(path)
    except SafetensorError as error:
        raise MorphError(f"{path} has no weights ({error}); {remedy}") from error
    wrong = [name for name, one in weights.items() if not torch.isfinite(one).all()]
    if wrong:
        raise MorphError(
            f"{path} has weights that are not finite: {wrong[0]}; {remedy}"
        )
    return weights


def _read_json(path: Path, remedy: str) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise ValueError(f"it is a {type(value).__name__}, not an object")
        return value
    except (ValueError, RecursionError) as error:
        raise MorphError(f"{path} cannot be read ({error}); {remedy}") from error
