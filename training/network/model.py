"""The network: an encoder from images to features, a head to concentrations."""

import torch
from torch import Tensor, nn

from morph.runs.config_parts import ModelConfig
from training.network.encoders import check_image_size, feature_length, make_encoder
from training.network.pretrained import load_pretrained

MAX_CONCENTRATION = 100.0  # (Walmsley et al. 2023)
_FIRST_TOTAL = 6.0  # total concentration of an untrained head
_FIRST_WEIGHTS = 0.3


class GalaxyModel(nn.Module):
    """Encoder and head; the head always computes in float32."""

    def __init__(
        self, config: ModelConfig, labels: int, size: int | None = None
    ) -> None:
        super().__init__()
        self.encoder = make_encoder(config, size)
        length = feature_length(self.encoder)
        # Applied to features before the head, see `training.adapt.feature_statistics`.
        self.register_buffer("gain", torch.ones(length))
        self.register_buffer("shift", torch.zeros(length))
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(length, labels)

    def features(self, images: Tensor) -> Tensor:
        """(B, D) features of (B, 3, H, W) images."""
        return self.encoder(images) * self.gain + self.shift

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


def concentration(logits: Tensor) -> Tensor:
    """Dirichlet concentrations α = 1 + 100 sigmoid(logit), in (1, 101)."""
    return 1 + MAX_CONCENTRATION * torch.sigmoid(logits)


def make_model(
    config: ModelConfig, labels: int, size: int | None = None
) -> GalaxyModel:
    """A new model for images of ``size`` pixels, pretrained if the config says so.

    MorphError if the encoder does not support them, or its weights are not available.
    """
    model = GalaxyModel(config, labels, size)
    if size is not None:
        check_image_size(model.encoder, config.encoder, size)
    if config.weights is not None:
        load_pretrained(model.encoder, config)
    return model.to(memory_format=torch.channels_last)
