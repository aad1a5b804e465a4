"""The input that published weights were trained with, by their source.

timm's configuration of the weights, what zoobot documents, the card of a converted
file, or the metadata of a model fitted here.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from morph.atomic import sha256_of
from morph.errors import MorphError
from morph.new_run.published_encoders import HUB, TIMM, card_of, flux_problem
from morph.runs.config_parts import ImageConfig, InputConfig, ModelConfig
from morph.typed_json import read_dataclass
from training.network.checkpoints import FittedModel
from training.network.encoders import timm_name
from training.network.input_recipe import (
    UNCHANGED,
    ZOOBOT,
    InputRecipe,
    without_published,
)
from training.network.pretrained import local_file, repository_config

# Of the colours of ImageNet's images, R, G and B in [0, 1]; as in torchvision.
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def recipe_of(config: ModelConfig, image: ImageConfig) -> InputRecipe:
    """The input of a new model: what its config says, else that of its weights.

    MorphError if the weights take pictures and ``image`` gives fluxes, or if their
    source does not say what they were trained with.
    """
    if problem := flux_problem(config, image):
        raise MorphError(problem)
    asked, known = config.input, None
    if config.weights is not None:
        known = _of_weights(config, image)
    if known is None:
        if asked.normalisation == "auto" and _on_hub(config.weights):
            raise MorphError(
                f"{config.weights} does not say which input its weights were trained "
                "with (pretrained_cfg in its config.json); set model.input."
                "normalisation, and model.input.size"
            )
        known = without_published(image)
    return as_asked(known, asked, image)


def as_asked(known: InputRecipe, asked: InputConfig, image: ImageConfig) -> InputRecipe:
    """A recipe with the parts that a config sets itself."""
    changes: dict[str, Any] = _normalisation(asked, image)
    if image.input == "raw":  # fluxes have no such range
        changes["clip"] = False
    if asked.channels != "auto":
        changes["channels"] = asked.channels
    if asked.size:
        changes["size"] = asked.size
    return replace(known, **changes)


def _on_hub(weights: str | None) -> bool:
    return weights is not None and weights.startswith(HUB)


def _normalisation(asked: InputConfig, image: ImageConfig) -> dict[str, Any]:
    """Mean and deviation that a config sets; none for "auto"."""
    if asked.normalisation == "auto":
        return {}
    if asked.normalisation == "given":
        return {"mean": asked.mean, "std": asked.std}
    if asked.normalisation == "imagenet":
        return {"mean": _IMAGENET_MEAN, "std": _IMAGENET_STD}
    unit = asked.normalisation == "unit"
    source = UNCHANGED if unit else without_published(image)
    return {"mean": source.mean, "std": source.std}


def _of_weights(config: ModelConfig, image: ImageConfig) -> InputRecipe | None:
    """The input of the weights that a config names; None if nothing is known."""
    weights = config.weights
    if weights == TIMM:
        return of_timm(config.encoder)
    if _on_hub(weights):
        return _of_repository(weights.partition(":")[2])
    return _of_file(local_file(weights), config, image)


def of_timm(encoder: str) -> InputRecipe:
    """The input of timm's own weights, without the crop of its evaluation."""
    import timm

    cfg = timm.get_pretrained_cfg(timm_name(encoder))
    return _of_cfg({name: getattr(cfg, name) for name in _CFG})


_CFG = ("mean", "std", "input_size", "interpolation")


def _of_cfg(cfg: Mapping[str, Any]) -> InputRecipe:
    """The input that timm's ``pretrained_cfg`` describes.

    A galaxy fills its cutout, so timm's central crop (``crop_pct``) is left out. timm
    resamples 8-bit pictures, which end at 0 and 1.
    """
    try:
        planes, side, _ = cfg["input_size"]
        smooth = cfg.get("interpolation") == "bilinear"
        return read_dataclass(
            InputRecipe,
            {
                "mean": list(cfg["mean"]),
                "std": list(cfg["std"]),
                "channels": "one" if planes == 1 else "colour",
                "size": side,
                "interpolation": "bilinear" if smooth else "bicubic",
                "clip": not smooth,
            },
            at="pretrained_cfg",
        )
    except (LookupError, TypeError, ValueError) as error:
        raise MorphError(
            f"the pretrained_cfg of the weights is incomplete ({error!r}); set "
            "model.input"
        ) from error


def _of_repository(repository: str) -> InputRecipe | None:
    """Of a repository of the hub: zoobot's, by its name, or what its config says.

    The ``pretrained_cfg`` of zoobot's encoders is timm's, not that of their training.
    """
    name = repository.partition("@")[0].lower()
    if "zoobot" in name:
        grey = "greyscale" in name
        return replace(ZOOBOT, channels="one") if grey else ZOOBOT
    config = repository_config(repository) or {}
    cfg = config.get("pretrained_cfg")
    return _of_cfg(cfg) if isinstance(cfg, Mapping) else None


def _of_file(path: Path, config: ModelConfig, image: ImageConfig) -> InputRecipe | None:
    """Of a file with a card, or of a model that was fitted here."""
    if card := card_of(path):
        if card.get("encoder") != config.encoder:
            raise MorphError(
                f"{path} holds weights of {card.get('encoder')!r}; model.encoder is "
                f"{config.encoder!r}. Set model.encoder to {card.get('encoder')!r}"
            )
        return read_dataclass(InputRecipe, card.get("input"), at="the card's input")
    fitted = _fitted(path)
    if fitted is None:
        return None
    if fitted.image.input != image.input:
        raise MorphError(
            f"{path} was fitted to {fitted.image.input!r} images, and image.input is "
            f"{image.input!r}; set image.input to {fitted.image.input!r}"
        )
    if image.input == "asinh" and fitted.image.q != image.q:
        raise MorphError(
            f"{path} was fitted to images with Q = {fitted.image.q:g}, and image.q is "
            f"{image.q:g}; set image.q to {fitted.image.q:g}"
        )
    return fitted.input or without_published(fitted.image)


def _fitted(path: Path) -> FittedModel | None:
    """The metadata beside a model's weights, if it is of this file."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return None
    try:
        value = json.loads(beside.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MorphError(f"{beside} cannot be read ({error}); put it back") from error
    digest = value.pop("sha256", None) if isinstance(value, dict) else None
    if digest is None or digest != sha256_of(path):
        return None
    return read_dataclass(FittedModel, value, at=beside.name)
