"""Encoders by name: our own small one, two presets, and every other that timm has."""

import difflib
from typing import Any

import torch
from torch import nn

from morph.errors import MorphError
from morph.runs.config_parts import ModelConfig
from training.network.polar_encoder import PolarEncoder

OWN = "small"
# The galaxy encoders of the literature, both of timm: Ye et al. (2025) adapt the first
# (20 M parameters, batch norm), Walmsley et al. (2024) publish weights of the second
# (15 M, no batch norm: AdaBN has nothing to adapt, feature standardising has).
NAMED = ("efficientnetv2_s", "convnext_nano")


def make_encoder(config: ModelConfig, size: int | None = None) -> nn.Module:
    """The configured encoder with random weights: (B, 3, S, S) -> (B, D).

    ``size`` is S; encoders of one size only (vision transformers) are made for it.

    Raises
    ------
    MorphError
        If there is no such encoder, or it does not take what the config asks of it.
    """
    if config.encoder == OWN:
        if config.drop_path:
            raise MorphError(
                f"model.drop_path is {config.drop_path}, but the encoder 'small' has "
                "no paths to drop; set it to 0, or name an encoder of timm"
            )
        return PolarEncoder()
    import timm  # takes seconds, and the small encoder does without

    known = timm_name(config.encoder)
    options: dict[str, Any] = {"num_classes": 0}
    if config.drop_path:
        options["drop_path_rate"] = config.drop_path
    if size is not None and timm.get_pretrained_cfg(known).fixed_input_size:
        options["img_size"] = size
    try:
        return timm.create_model(known, pretrained=False, **options)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise MorphError(
            f"timm cannot make {known!r} with {options}: {error}; choose another "
            f"encoder, e.g. {' or '.join(NAMED)}"
        ) from error


def timm_name(name: str) -> str:
    """``name`` where timm has such a model; its tag (``.in1k``) may name weights.

    Raises
    ------
    MorphError
        Naming those that are written most alike.
    """
    import timm

    model, _, tag = name.partition(".")
    if timm.is_model(model) and (not tag or name in timm.list_pretrained(f"{model}*")):
        return name
    known = timm.list_pretrained(f"{model}*") if timm.is_model(model) else []
    near = difflib.get_close_matches(name, known or timm.list_models(), 5, 0.4)
    raise MorphError(
        f"model.encoder is {name!r}; expected {OWN!r}, {' or '.join(NAMED)}, or any "
        "other model of timm" + (f" (alike: {', '.join(near)})" if near else "")
    )


def feature_length(encoder: nn.Module) -> int:
    """D of an encoder; timm's ``num_features`` leaves out what some heads add."""
    return getattr(encoder, "head_hidden_size", None) or encoder.num_features


@torch.no_grad()
def check_pictures_fit(encoder: nn.Module, name: str, size: int) -> None:
    """Raise MorphError if ``encoder`` makes no features of ``size`` x ``size`` pixels.

    Found out by one empty picture, before any run has begun.
    """
    encoder.eval()
    try:
        found = tuple(encoder(torch.zeros(1, 3, size, size)).shape)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise MorphError(
            f"the encoder {name!r} does not take pictures of {size} pixels ({error}); "
            "choose another encoder, or cut the pictures out in another size"
        ) from error
    if found != (1, feature_length(encoder)):
        raise MorphError(
            f"the encoder {name!r} makes {found} of a picture; expected "
            f"{feature_length(encoder)} features. Choose another encoder"
        )
