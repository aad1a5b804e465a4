"""The input that an encoder takes: channels, size and normalisation of a picture.

Pictures are RGB = z, r, g in [0, 1], as in the Legacy Surveys viewer. The recipe is
part of a model's metadata, and the model applies it.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

import torch.nn.functional as F
from torch import Tensor

from morph.errors import MorphError
from morph.runs.config_parts import MAX_INPUT, ImageConfig


@dataclass(frozen=True)
class InputRecipe:
    """How (B, 3, H, W) pictures, or fluxes, become the encoder's input."""

    # One number, or one per channel; by default those of stretched cutouts.
    mean: tuple[float, ...] = (0.2,)
    std: tuple[float, ...] = (0.2,)
    # "grey": the mean of R, G and B, three times; "one": the same, once.
    channels: Literal["colour", "grey", "one"] = "colour"
    size: int = 0  # pixels per side; 0: not resampled
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    # Resampled pictures are limited to [0, 1], as 8-bit ones are: bicubic resampling
    # leaves that range beside edges.
    clip: bool = False

    def __post_init__(self) -> None:
        """Raise MorphError for another number of channels, or a division by 0."""
        said = f"the input has mean {list(self.mean)} and std {list(self.std)}"
        if not {len(self.mean), len(self.std)} <= {1, self.planes}:
            number = "one number" if self.planes == 1 else "one number or three"
            raise MorphError(
                f"{said}; expected {number} in each for the channels "
                f"{self.channels!r}. Set model.input.normalisation"
            )
        if min(self.std) <= 0 or not all(map(isfinite, (*self.mean, *self.std))):
            raise MorphError(f"{said}; expected finite numbers, and std above 0")
        if not 0 <= self.size <= MAX_INPUT:
            raise MorphError(
                f"the input has {self.size} pixels; expected 1 to {MAX_INPUT}, or 0 "
                "for those of the cutouts"
            )

    @property
    def planes(self) -> int:
        """Channels of the encoder's input."""
        return 1 if self.channels == "one" else 3

    @property
    def words(self) -> str:
        """The recipe, for the description of a model."""
        mean, std = (" ".join(f"{x:g}" for x in n) for n in (self.mean, self.std))
        clip = ", clipped to [0, 1]" if self.clip else ""
        how = f"({self.interpolation}{clip})"
        side = f"{self.size} pixels {how}, " if self.size else ""
        return f"{side}{self.channels}, mean {mean}, std {std}"

    def side(self, cutout: int) -> int:
        """Pixels per side of the encoder's input for cutouts of so many."""
        return self.size or cutout


MORPH = InputRecipe()
UNCHANGED = InputRecipe((0.0,), (1.0,))
# (Walmsley et al. 2023, JOSS 8, 5312): pictures in [0, 1], not normalised.
ZOOBOT = InputRecipe((0.0,), (1.0,), size=224)


def without_published(image: ImageConfig) -> InputRecipe:
    """The input of random weights, and of all models made before there were recipes.

    Fluxes are not normalised (Ye et al. 2025).
    """
    return UNCHANGED if image.input == "raw" else MORPH


def encoder_input(images: Tensor, recipe: InputRecipe) -> Tensor:
    """(B, 3 or 1, S, S) input of an encoder from (B, 3, H, W) pictures or fluxes."""
    if recipe.channels != "colour":
        images = images.mean(dim=1, keepdim=True)
    if recipe.size not in (0, images.shape[-1]):
        images = F.interpolate(
            images,
            size=(recipe.size, recipe.size),
            mode=recipe.interpolation,
            align_corners=False,
            antialias=True,
        )
        if recipe.clip:
            images = images.clamp(0, 1)
    if recipe.channels == "grey":
        images = images.expand(-1, 3, -1, -1)
    if (recipe.mean, recipe.std) == (UNCHANGED.mean, UNCHANGED.std):
        return images
    return (images - _each(recipe.mean, images)) / _each(recipe.std, images)


def _each(numbers: tuple[float, ...], images: Tensor) -> Any:
    """One number as it is, three as (3, 1, 1) on the device of ``images``."""
    if len(numbers) == 1:
        return numbers[0]
    return images.new_tensor(numbers).view(-1, 1, 1)
