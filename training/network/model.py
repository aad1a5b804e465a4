"""The network: an encoder from pictures to features, a head to concentrations."""

import torch
from torch import Tensor, nn

from morph.runs.config_parts import ModelConfig
from training.network.encoders import check_pictures_fit, feature_length, make_encoder
from training.network.pretrained import load_pretrained

MAX_CONCENTRATION = 100.0  # (Walmsley et al. 2023)
_FIRST_TOTAL = 6.0  # volunteers that an untrained head is worth
_FIRST_WEIGHTS = 0.3


class GalaxyModel(nn.Module):
    """Encoder and head; the head computes in float32 whatever the precision."""

    def __init__(
        self, config: ModelConfig, labels: int, size: int | None = None
    ) -> None:
        super().__init__()
        self.encoder = make_encoder(config, size)
        length = feature_length(self.encoder)
        # How features are shifted and stretched before the head; see `standardise`.
        self.register_buffer("gain", torch.ones(length))
        self.register_buffer("shift", torch.zeros(length))
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(length, labels)

    def features(self, images: Tensor) -> Tensor:
        """(B, D) features of (B, 3, H, W) pictures."""
        return self.encoder(images) * self.gain + self.shift

    def logits(self, features: Tensor) -> Tensor:
        """(B, L) float32 outputs of the head for (B, D) features."""
        with torch.autocast(features.device.type, enabled=False):
            return self.classifier(self.dropout(features.float()))

    def forward(self, images: Tensor) -> Tensor:
        """(B, L) float32 logits; ``concentration`` makes posteriors of them."""
        return self.logits(self.features(images))

    def restyle(self, gain: Tensor, shift: Tensor) -> None:
        """Let features z (D,) from now on be ``gain`` · z + ``shift``."""
        self.shift.copy_(gain * self.shift + shift)
        self.gain.mul_(gain)

    @torch.no_grad()
    def start_at(self, fractions: Tensor) -> None:
        """Let the untrained head say ``fractions`` (L,) of every galaxy, weakly."""
        share = (_FIRST_TOTAL * fractions / MAX_CONCENTRATION).clamp(min=1e-3)
        self.classifier.bias.copy_(torch.logit(share))
        self.classifier.weight.mul_(_FIRST_WEIGHTS)


def concentration(logits: Tensor) -> Tensor:
    """Dirichlet concentrations α = 1 + 100 sigmoid(logit), in (1, 101)."""
    return 1 + MAX_CONCENTRATION * torch.sigmoid(logits)


def make_model(
    config: ModelConfig, labels: int, size: int | None = None
) -> GalaxyModel:
    """A new model for pictures of ``size`` pixels, pretrained where the config says so.

    Raises
    ------
    MorphError
        If the encoder is unknown or takes no pictures of that size, or its weights
        cannot be had.
    """
    model = GalaxyModel(config, labels, size)
    if size is not None:
        check_pictures_fit(model.encoder, config.encoder, size)
    if config.weights is not None:
        load_pretrained(model.encoder, config)
    return model.to(memory_format=torch.channels_last)
