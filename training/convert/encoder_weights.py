"""The weights of an encoder among the tensors of a file, whatever they are called."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from morph.errors import MorphError
from morph.runs.config_parts import ModelConfig
from training.network.encoders import make_encoder
from training.network.input_recipe import InputRecipe
from training.network.pretrained import check_fit

# Prefixes of names, removed in this order until the names are those of the encoder:
# of DataParallel, of compiled modules, of Lightning modules, of zoobot.
PREFIXES = ("module.", "_orig_mod.", "model.", "encoder.")
# Encoders that were published for galaxies, to suggest one.
_PUBLISHED = (
    *(f"convnext_{size}" for size in ("pico", "nano", "tiny", "small", "base")),
    *("convnext_large", "efficientnet_b0", "efficientnetv2_s", "tf_efficientnetv2_s"),
    *("resnet18", "resnet50", "maxvit_tiny_tf_224", "maxvit_base_tf_224"),
)


@dataclass(frozen=True)
class EncoderWeights:
    """Float32 weights of an encoder, by its own names."""

    tensors: dict[str, Tensor]
    prefix: str  # that was removed from the names
    dropped: tuple[str, ...]  # names in the file of what the encoder does not have
    planes: int  # channels of the input, 3 or 1


def encoder_weights(
    tensors: Mapping[str, Tensor], encoder: str, *, recipe: InputRecipe
) -> EncoderWeights:
    """The weights of timm's ``encoder``, by their names and shapes.

    MorphError if they are not all there, with the encoders that they would fit.
    """
    found = {planes: _named(tensors, encoder, recipe, planes) for planes in (3, 1)}
    for planes, (wanted, own, prefix) in found.items():
        if _fits(wanted, own):
            check_fit(wanted, own, source="the file", encoder=encoder)
            kept = {n: _float32(own[n]) for n in wanted}
            used = {prefix + n for n in wanted}
            dropped = tuple(n for n in tensors if n not in used)
            return EncoderWeights(kept, prefix, dropped, planes)
    wanted, own, _ = found[3]
    try:
        check_fit(wanted, own, source="the file", encoder=encoder)
    except MorphError as error:
        near = [n for n in _PUBLISHED if n != encoder and _suits(tensors, n, recipe)]
        more = f". They fit: {', '.join(near)}" if near else ""
        raise MorphError(f"{error}{more}") from error
    raise ValueError(f"{encoder} both fits and does not")


def _named(
    tensors: Mapping[str, Tensor], encoder: str, recipe: InputRecipe, planes: int
) -> tuple[dict[str, Tensor], dict[str, Tensor], str]:
    """What an encoder has, without values; the file's tensors under its names."""
    with torch.device("meta"):
        made = make_encoder(ModelConfig(encoder), recipe.size or None, planes=planes)
    wanted = made.state_dict()
    own, prefix = without_prefix(tensors, set(wanted))
    return wanted, own, prefix


def without_prefix(
    tensors: Mapping[str, Tensor], wanted: set[str]
) -> tuple[dict[str, Tensor], str]:
    """Tensors without the common beginning of their names, and that beginning.

    Tensors whose names begin otherwise are left out.
    """
    prefix, own = "", dict(tensors)
    while not wanted <= own.keys():
        step = next(
            (p for p in PREFIXES if any(name.startswith(p) for name in own)), None
        )
        if step is None:
            break
        prefix += step
        own = {n.removeprefix(step): t for n, t in own.items() if n.startswith(step)}
    return own, prefix


def _fits(wanted: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> bool:
    return all(n in own and own[n].shape == w.shape for n, w in wanted.items())


def _suits(tensors: Mapping[str, Tensor], name: str, recipe: InputRecipe) -> bool:
    """Whether an encoder, which this timm may not have, fits the file."""
    try:
        wanted, own, _ = _named(tensors, name, recipe, 3)
    except MorphError:
        return False
    return _fits(wanted, own)


def _float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor
