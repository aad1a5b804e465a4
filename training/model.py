"""The network: an encoder from pictures to features, a head to 34 concentrations."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from morph.errors import MorphError
from training.config import ModelConfig

MAX_CONCENTRATION = 100.0  # α = 1 + 100 sigmoid, in (1, 101) (Walmsley et al. 2023)


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with batch norm, added to what went in."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False),
                nn.BatchNorm2d(channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


class SmallEncoder(nn.Module):
    """Our own residual network for 64-96 pixel pictures on a CPU, 0.5 M parameters."""

    def __init__(self, widths: tuple[int, ...] = (20, 40, 80, 160)) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 3, 2, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        )
        before = (widths[0], *widths)
        blocks = [
            ResidualBlock(before[i], width, 1 if i == 0 else 2)
            for i, width in enumerate(widths)
        ]
        self.blocks = nn.Sequential(*blocks)
        self.num_features = widths[-1]

    def forward(self, images: Tensor) -> Tensor:
        return self.blocks(self.stem(images)).mean(dim=(2, 3))


class GalaxyModel(nn.Module):
    """Encoder and head; the head computes in float32 whatever the precision."""

    def __init__(self, config: ModelConfig, labels: int) -> None:
        super().__init__()
        self.encoder = _encoder(config.encoder)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(self.encoder.num_features, labels)

    def features(self, images: Tensor) -> Tensor:
        """(B, D) features of (B, 3, H, W) pictures."""
        return self.encoder(images)

    def concentration(self, features: Tensor) -> Tensor:
        """(B, L) float32 concentrations in (1, 101) of (B, D) features."""
        with torch.autocast(features.device.type, enabled=False):
            logits = self.classifier(self.dropout(features.float()))
            return 1 + MAX_CONCENTRATION * torch.sigmoid(logits)

    def forward(self, images: Tensor) -> Tensor:
        return self.concentration(self.features(images))


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
        return SmallEncoder()
    import timm  # takes seconds, and the small encoder does without

    if not timm.is_model(name):
        near = timm.list_models(f"*{name.split('_')[0]}*")[:5]
        raise MorphError(
            f"model.encoder is {name!r}; expected 'small' or the name of a timm model"
            + (f", e.g. {', '.join(near)}" if near else "")
        )
    return timm.create_model(name, pretrained=False, num_classes=0)
