"""Pretrained encoder weights from a local file, from timm or the Hugging Face hub.

Only safetensors files are read, which cannot contain code. Files of the hub are cached
(``HF_HOME``); ``HF_ENDPOINT`` names a mirror.
"""

import json
import logging
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from morph.atomic import sha256_of
from morph.errors import MorphError
from morph.new_run.published_encoders import HUB, TIMM
from morph.runs.config_parts import ModelConfig
from training.network.encoders import OWN, timm_name

_log = logging.getLogger(__name__)

_FILE = "model.safetensors"
_CONFIG = "config.json"
_REAL = {torch.float16, torch.bfloat16, torch.float32, torch.float64}
_ENCODER = "encoder."  # before the names in models of morph and zoobot


def load_pretrained(encoder: nn.Module, config: ModelConfig) -> None:
    """Load the weights that ``config`` names, without any head, into ``encoder``."""
    path = _file(config)
    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise MorphError(
            f"{path} cannot be read as safetensors ({error}); download it again"
        ) from error
    wanted = encoder.state_dict()
    if wanted.keys().isdisjoint(weights):
        weights = {name.removeprefix(_ENCODER): w for name, w in weights.items()}
    check_fit(wanted, weights, source=str(config.weights), encoder=config.encoder)
    encoder.load_state_dict({name: weights[name] for name in wanted})
    _log.info("weights of %s: %s, sha256 %s", config.weights, path, sha256_of(path))


def check_fit(
    wanted: dict[str, Tensor], weights: dict[str, Tensor], *, source: str, encoder: str
) -> None:
    """Raise MorphError unless weights have all tensors of an encoder, all finite."""
    wrong = [
        n for n, w in wanted.items() if n not in weights or weights[n].shape != w.shape
    ]
    if wrong:
        first = weights.get(wrong[0])
        grey = first is not None and first.shape[1:2] == (1,)
        grey = grey and wanted[wrong[0]].shape[1:2] == (3,)  # not of a depthwise filter
        raise MorphError(
            f"{source} does not fit the encoder {encoder!r}: "
            f"{len(wrong)} of {len(wanted)} tensors are missing or of another shape "
            f"(first: {wrong[0]}); name the encoder that these weights belong to"
            + (', and set the channels of its input to "one"' if grey else "")
        )
    other = [n for n, w in wanted.items() if not _same_kind(weights[n], w)]
    if other:
        raise MorphError(
            f"{source} has {weights[other[0]].dtype} numbers in {other[0]}; expected "
            "float16, bfloat16, float32 or float64: quantised weights cannot be used"
        )
    # As they will be used: float64 may be too large for float32.
    broken = [n for n in wanted if not torch.isfinite(weights[n].float()).all()]
    if broken:
        raise MorphError(
            f"{source} has weights that are not finite (first: {broken[0]}); download "
            "it again, or choose other weights"
        )


def _same_kind(given: Tensor, wanted: Tensor) -> bool:
    """Whether numbers are real, or whole, as those of the encoder."""
    if wanted.is_floating_point():
        return given.dtype in _REAL
    return not (given.is_floating_point() or given.is_complex())


def _file(config: ModelConfig) -> Path:
    """The file of weights that ``config`` names, downloaded if necessary."""
    weights = config.weights
    if weights == TIMM:
        return _from_hub(_timm_repository(config.encoder), config.encoder)
    if weights.startswith(HUB):
        return _from_hub(weights.partition(":")[2], config.encoder)
    return local_file(weights)


def local_file(weights: str) -> Path:
    """The safetensors file of this name; MorphError if there is none."""
    path = Path(weights)
    if path.suffix != ".safetensors" or not path.is_file():
        raise MorphError(
            f"model.weights is {weights!r}; expected a .safetensors file on this "
            f"machine, {TIMM!r} (timm's own), {HUB[0]}OWNER/REPOSITORY, or null to "
            "start from random weights. `python -m training.convert` converts .ckpt, "
            ".bin and .pt files"
        )
    return path


def _timm_repository(encoder: str) -> str:
    """timm's repository on the hub for an encoder, by its name and tag."""
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

    If its ``config.json`` names an architecture, it must be ``encoder``.
    """
    architecture = (repository_config(repository) or {}).get("architecture")
    if not isinstance(architecture, str):
        architecture = None
    if architecture is not None and architecture != encoder.partition(".")[0]:
        raise MorphError(
            f"{repository} holds weights of {architecture!r}; model.encoder is "
            f"{encoder!r}. Set model.encoder to {architecture!r}"
        )
    weights = fetch(repository, _FILE)
    if weights is None:
        raise MorphError(
            f"{repository} has no {_FILE}, and a run opens no pickles "
            "(pytorch_model.bin, .ckpt). If the hub has a safetensors copy in a pull "
            f"request, name it: {HUB[0]}{repository.partition('@')[0]}@refs/pr/1. "
            "Otherwise download the pickle and convert it with `python -m "
            "training.convert`"
        )
    return weights


def repository_config(repository: str) -> dict[str, Any] | None:
    """The ``config.json`` of a repository of the hub, None if there is none."""
    path = fetch(repository, _CONFIG)
    if path is None:
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MorphError(
            f"{path} cannot be read ({error}); the repository is not in timm's format"
        ) from error
    return value if isinstance(value, dict) else {}


def fetch(repository: str, name: str) -> Path | None:
    """One file of ``OWNER/NAME`` or ``OWNER/NAME@REVISION``; None if missing.

    MorphError if the repository does not exist, is not public, or cannot be reached.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    owner_and_name, _, revision = repository.partition("@")
    endpoint = os.environ.get("HF_ENDPOINT")
    try:
        return Path(
            hf_hub_download(
                owner_and_name, name, revision=revision or None, endpoint=endpoint
            )
        )
    except Exception as error:  # any error of its network library, too
        unreachable = isinstance(error, LocalEntryNotFoundError)  # and not cached
        if isinstance(error, EntryNotFoundError) and not unreachable:
            return None
        raise _explained(repository, error) from error


def _explained(repository: str, error: Exception) -> MorphError:
    """Explain why a download failed and what to do about it."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    words = str(error.__cause__ or error).strip() or type(error).__name__
    reason = words.split("\n")[0]
    if isinstance(error, HFValidationError):
        return MorphError(
            f"{repository!r} cannot be a repository of the Hugging Face hub: expected "
            f"OWNER/NAME or OWNER/NAME@REVISION ({reason})"
        )
    if isinstance(error, GatedRepoError):
        return MorphError(
            f"{repository} requires its owner's permission; request it there, then set "
            "HF_TOKEN to your token"
        )
    if isinstance(error, RepositoryNotFoundError | RevisionNotFoundError):
        return MorphError(
            f"the Hugging Face hub has no {repository} (or it is private); check the "
            "name"
        )
    return MorphError(
        f"{repository} cannot be fetched from the Hugging Face hub ({reason}); try "
        "again with a network, name a mirror in HF_ENDPOINT, or download the file "
        "elsewhere and name it in model.weights"
    )
