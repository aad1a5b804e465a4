"""The network: an encoder from images to features, a head to concentrations."""

import math

import torch
from torch import Tensor, nn

from morph.runs.config_parts import ModelConfig
from training.network.encoders import check_image_size, feature_length, make_encoder
from training.network.input_recipe import MORPH, InputRecipe, encoder_input
from training.network.pretrained import load_pretrained

MAX_CONCENTRATION = 100.0  # (Walmsley et al. 2023)
_FIRST_TOTAL = 6.0  # total concentration of an untrained head
_FIRST_WEIGHTS = 0.3


class GalaxyModel(nn.Module):
    """Encoder, with the recipe of its input, and head, always in float32."""

    def __init__(
        self,
        config: ModelConfig,
        labels: int,
        size: int | None = None,
        *,
        recipe: InputRecipe = MORPH,
    ) -> None:
        super().__init__()
        self.recipe = recipe
        side = None if size is None else recipe.side(size)
        self.encoder = make_encoder(config, side, planes=recipe.planes)
        length = feature_length(self.encoder)
        # Applied to features before the head, see `training.adapt.feature_statistics`.
        self.register_buffer("gain", torch.ones(length))
        self.register_buffer("shift", torch.zeros(length))
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(length, labels)

    def features(self, images: Tensor) -> Tensor:
        """(B, D) features of (B, 3, H, W) pictures, or fluxes."""
        given = encoder_input(images, self.recipe)
        return self.encoder(given) * self.gain + self.shift

    def logits(self, features: Tensor) -> Tensor:
        """(B, L) float32 outputs of the head for (B, D) features."""
        with torch.autocast(features.device.type, enabled=False):
            return self.classifier(self.dropout(features.float()))

    def forward(self, images: Tensor) -> Tensor:
        """(B, L) float32 logits."""
        return self.logits(self.features(images))

    def restyle(self, gain: Tensor, shift: Tensor) -> None:
        """Replace features z (D,) by ``gain`` · z + ``shift`` from now on."""
        self.shift.copy_(gain * self.shift + shift)
        self.gain.mul_(gain)

    @torch.no_grad()
    def start_at(self, fractions: Tensor) -> None:
        """Make the untrained head predict ``fractions`` (L,), with few votes."""
        share = (_FIRST_TOTAL * fractions / MAX_CONCENTRATION).clamp(min=1e-3)
        self.classifier.bias.copy_(torch.logit(share))
        self.classifier.weight.mul_(_FIRST_WEIGHTS)

    @torch.no_grad()
    def start_as(self, weights: Tensor, bias: Tensor, columns: slice) -> None:
        """Make the untrained head answer a question by log odds, with few votes.

        ``weights`` (K, D) and ``bias`` (K,) give those of its K answers, which are in
        ``columns`` of the outputs.
        """
        even = _FIRST_TOTAL / len(bias) / MAX_CONCENTRATION
        self.classifier.weight[columns] = weights.to(self.classifier.weight)
        self.classifier.bias[columns] = bias.to(self.classifier.bias) + math.log(even)


def concentration(logits: Tensor) -> Tensor:
    """Dirichlet concentrations α = 1 + 100 sigmoid(logit), in (1, 101)."""
    return 1 + MAX_CONCENTRATION * torch.sigmoid(logits)


def make_model(
    config: ModelConfig,
    labels: int,
    size: int | None = None,
    *,
    recipe: InputRecipe = MORPH,
) -> GalaxyModel:
    """A new model for cutouts of ``size`` pixels, pretrained if the config says so.

    MorphError if the encoder does not support them, or its weights are not available.
    """
    model = GalaxyModel(config, labels, size, recipe=recipe)
    if size is not None:
        side, planes = recipe.side(size), recipe.planes
        check_image_size(model.encoder, config.encoder, side, planes=planes)
    if config.weights is not None:
        load_pretrained(model.encoder, config)
    return model.to(memory_format=torch.channels_last)
