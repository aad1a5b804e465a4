"""Encoders by name: the small polar one, two presets, and all others of timm."""

import difflib
from typing import Any

import torch
from torch import nn

from morph.errors import MorphError
from morph.runs.config_parts import ModelConfig
from training.network.polar_encoder import PolarEncoder

OWN = "small"
# Used for galaxies by Ye et al. (2025; 20 M parameters, batch norm) and by Walmsley et
# al. (2024; 15 M, no batch norm, so AdaBN does not apply).
NAMED = ("efficientnetv2_s", "convnext_nano")


def make_encoder(
    config: ModelConfig, size: int | None = None, *, planes: int = 3
) -> nn.Module:
    """The configured encoder with random weights: (B, C, S, S) -> (B, D).

    ``size`` is S, which vision transformers need; ``planes`` is C, 3 or 1.
    """
    if config.encoder == OWN:
        if planes != 3:
            raise MorphError(
                "the encoder 'small' takes three channels; set the channels of the "
                'input to "colour" or "grey"'
            )
        if config.drop_path:
            raise MorphError(
                f"model.drop_path is {config.drop_path}, but the encoder 'small' does "
                "not support drop_path; set it to 0, or name an encoder of timm"
            )
        return PolarEncoder()
    import timm  # takes seconds; not needed for the small encoder

    name = timm_name(config.encoder)
    options: dict[str, Any] = {"num_classes": 0}
    if planes != 3:
        options["in_chans"] = planes
    if config.drop_path:
        options["drop_path_rate"] = config.drop_path
    if size is not None and timm.get_pretrained_cfg(name).fixed_input_size:
        options["img_size"] = size
    try:
        return timm.create_model(name, pretrained=False, **options)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise MorphError(
            f"timm cannot create {name!r} with {options}: {error}; choose another "
            f"encoder, e.g. {' or '.join(NAMED)}"
        ) from error


def timm_name(name: str) -> str:
    """``name``, if timm has such a model; its tag (``.in1k``) may name weights."""
    import timm

    model, _, tag = name.partition(".")
    if timm.is_model(model) and (not tag or name in timm.list_pretrained(f"{model}*")):
        return name
    tagged = timm.list_pretrained(f"{model}*") if timm.is_model(model) else []
    near = difflib.get_close_matches(name, tagged or timm.list_models(), 5, 0.4)
    raise MorphError(
        f"model.encoder is {name!r}; expected {OWN!r}, {' or '.join(NAMED)}, or any "
        "other model of timm" + (f" (similar: {', '.join(near)})" if near else "")
    )


def feature_length(encoder: nn.Module) -> int:
    """D of an encoder; timm's ``num_features`` omits layers that some heads add."""
    return getattr(encoder, "head_hidden_size", None) or encoder.num_features


def stages(encoder: nn.Module, name: str) -> list[list[nn.Parameter]]:
    """The parameters of an encoder by stage, from the image to the features.

    A norm after the last stage belongs to it. MorphError if timm does not say what the
    stages of the encoder ``name`` are.
    """
    if isinstance(encoder, PolarEncoder):
        return [list(one.parameters()) for one in (encoder.stem, *encoder.blocks)]
    from timm.models import group_parameters

    try:
        groups = group_parameters(encoder, encoder.group_matcher(coarse=True))
    except (AttributeError, TypeError) as error:
        raise MorphError(
            f"timm does not say what the stages of {name!r} are ({error}); set "
            "transfer.stage_decay to 1, or choose another encoder"
        ) from error
    found: list[list[nn.Parameter]] = []
    for _, names in sorted(groups.items()):
        own = [encoder.get_parameter(one) for one in names]
        if found and all(one.ndim < 2 for one in own):
            found[-1] += own
        else:
            found.append(own)
    return found


@torch.no_grad()
def check_image_size(
    encoder: nn.Module, name: str, size: int, *, planes: int = 3
) -> None:
    """Raise MorphError if ``encoder`` does not support ``size`` x ``size`` pixels."""
    encoder.eval()
    try:
        shape = tuple(encoder(torch.zeros(1, planes, size, size)).shape)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise MorphError(
            f"the encoder {name!r} does not take images of {size} pixels ({error}); "
            "choose another encoder, or another cutout size"
        ) from error
    if shape != (1, feature_length(encoder)):
        raise MorphError(
            f"the encoder {name!r} returns {shape} for an image; expected "
            f"{feature_length(encoder)} features. Choose another encoder"
        )
