"""The network: an encoder from pictures to features, a head to 34 concentrations."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from morph.errors import MorphError
from training.config import ModelConfig
from training.polar_encoder import PolarEncoder

MAX_CONCENTRATION = 100.0  # (Walmsley et al. 2023)
_FIRST_TOTAL = 6.0  # volunteers that an untrained head is worth
_FIRST_WEIGHTS = 0.3


class GalaxyModel(nn.Module):
    """Encoder and head; the head computes in float32 whatever the precision."""

    def __init__(self, config: ModelConfig, labels: int) -> None:
        super().__init__()
        self.encoder = _encoder(config.encoder)
        size = self.encoder.num_features
        # How features are shifted and stretched before the head; see `standardise`.
        self.register_buffer("gain", torch.ones(size))
        self.register_buffer("shift", torch.zeros(size))
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(size, labels)

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


def make_model(config: ModelConfig, labels: int) -> GalaxyModel:
    """A new model, its encoder pretrained where the config names a file of weights."""
    model = GalaxyModel(config, labels).to(memory_format=torch.channels_last)
    if config.weights is not None:
        load_encoder(model.encoder, Path(config.weights))
    return model


def load_encoder(encoder: nn.Module, path: Path) -> None:
    """Pretrained weights into ``encoder``; the file may hold a head beside them."""
    if path.suffix != ".safetensors" or not path.is_file():
        raise MorphError(
            f"model.weights is {str(path)!r}; expected a .safetensors file on this "
            "machine, or null to start from random weights"
        )
    weights = load_file(path)
    wanted = encoder.state_dict()
    unfit = [
        n for n, w in wanted.items() if n not in weights or weights[n].shape != w.shape
    ]
    if unfit:
        raise MorphError(
            f"{path} does not fit the encoder: {len(unfit)} of {len(wanted)} tensors "
            f"are missing or of another shape (first: {unfit[0]}); "
            "name the encoder that these weights belong to"
        )
    encoder.load_state_dict({name: weights[name] for name in wanted})


def _encoder(name: str) -> nn.Module:
    if name == "small":
        return PolarEncoder()
    import timm  # takes seconds, and the small encoder does without

    if not timm.is_model(name):
        near = timm.list_models(f"*{name.split('_')[0]}*")[:5]
        raise MorphError(
            f"model.encoder is {name!r}; expected 'small' or the name of a timm model"
            + (f", e.g. {', '.join(near)}" if near else "")
        )
    return timm.create_model(name, pretrained=False, num_classes=0)
