"""Pretrained encoder weights: from a file here, from timm, from the Hugging Face hub.

Only safetensors files are read: tensors and their names, nothing that could run.
"""

import json
import logging
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from morph.atomic import sha256_of
from morph.errors import MorphError
from morph.runs.config_parts import ModelConfig
from training.network.encoders import OWN, timm_name
from training.network.hub import fetch

_log = logging.getLogger(__name__)

TIMM = "timm"  # the weights that timm itself names for the encoder
_HUB = ("hf-hub:", "hf_hub:")
_FILE = "model.safetensors"
_CONFIG = "config.json"


def load_pretrained(encoder: nn.Module, config: ModelConfig) -> None:
    """Put the weights that ``config`` names into ``encoder``.

    Raises
    ------
    MorphError
        If they cannot be had, are no safetensors file, or belong to another encoder.
    """
    path = _file(config)
    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise MorphError(
            f"{path} cannot be read as safetensors ({error}); fetch it again"
        ) from error
    _put(encoder, weights, config)
    _log.info("weights of %s: %s, sha256 %s", config.weights, path, sha256_of(path))


def _file(config: ModelConfig) -> Path:
    """The file of weights that ``config`` names, fetched if need be."""
    named = config.weights
    if named == TIMM:
        return _from_hub(_timm_repository(config.encoder), config.encoder)
    for prefix in _HUB:
        if named.startswith(prefix):
            return _from_hub(named.removeprefix(prefix), config.encoder)
    path = Path(named)
    if path.suffix != ".safetensors" or not path.is_file():
        raise MorphError(
            f"model.weights is {named!r}; expected a .safetensors file on this "
            f"machine, {TIMM!r} (timm's own), {_HUB[0]}OWNER/REPOSITORY, or null to "
            "start from random weights"
        )
    return path


def _put(encoder: nn.Module, weights: dict[str, Tensor], config: ModelConfig) -> None:
    """``weights`` into ``encoder``; there may be a head among them."""
    wanted = encoder.state_dict()
    unfit = [
        n for n, w in wanted.items() if n not in weights or weights[n].shape != w.shape
    ]
    if unfit:
        raise MorphError(
            f"{config.weights} does not fit the encoder {config.encoder!r}: "
            f"{len(unfit)} of {len(wanted)} tensors are missing or of another shape "
            f"(first: {unfit[0]}); name the encoder that these weights belong to"
        )
    encoder.load_state_dict({name: weights[name] for name in wanted})


def _timm_repository(encoder: str) -> str:
    """Where on the hub timm keeps its weights of an encoder, by its name and tag."""
    import timm

    wanted = None if encoder == OWN else timm.get_pretrained_cfg(timm_name(encoder))
    if wanted is None or not wanted.hf_hub_id:
        family = encoder.partition("_")[0]
        have = [] if wanted is None else timm.list_pretrained(f"*{family}*")
        raise MorphError(
            f"timm has no weights of {encoder!r}; set model.weights to null, or name "
            "an encoder that has some" + (f": {', '.join(have[:5])}" if have else "")
        )
    return wanted.hf_hub_id


def _from_hub(repository: str, encoder: str) -> Path:
    """The weights in a repository of the hub.

    Where its ``config.json`` names an architecture, that must be ``encoder``.
    """
    config = fetch(repository, _CONFIG)
    architecture = None if config is None else _architecture(config)
    if architecture is not None and architecture != encoder.partition(".")[0]:
        raise MorphError(
            f"{repository} holds weights of {architecture!r}; model.encoder is "
            f"{encoder!r}. Set model.encoder to {architecture!r}"
        )
    weights = fetch(repository, _FILE)
    if weights is None:
        raise MorphError(
            f"{repository} has no {_FILE}, and files that must be unpickled "
            "(pytorch_model.bin, .ckpt) are never opened; where the hub has converted "
            f"them in a pull request, name that: {_HUB[0]}"
            f"{repository.partition('@')[0]}@refs/pr/1"
        )
    return weights


def _architecture(path: Path) -> str | None:
    """The encoder a repository's config.json names; None where it names none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise MorphError(
            f"{path} cannot be read ({error}); the repository is not one of timm's kind"
        ) from error
    named = value.get("architecture") if isinstance(value, dict) else None
    return named if isinstance(named, str) else None
