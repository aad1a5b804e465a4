"""The input of an encoder is that of its weights' training, pixel by pixel."""

import math
from dataclasses import replace

import pytest
import timm
import torch
from torchvision.transforms import v2

from morph.errors import MorphError
from morph.runs.config_parts import ImageConfig
from training.network.input_recipe import (
    MORPH,
    UNCHANGED,
    ZOOBOT,
    InputRecipe,
    encoder_input,
    without_published,
)
from training.network.published_input import of_timm


@pytest.fixture
def pictures():
    """(4, 3, 40, 40) in [0, 1]."""
    return torch.rand(4, 3, 40, 40, generator=torch.Generator().manual_seed(2))


def test_the_recipe_of_morph_is_what_models_had_before(pictures):
    assert torch.equal(encoder_input(pictures, MORPH), (pictures - 0.2) / 0.2)
    assert encoder_input(pictures, UNCHANGED) is pictures
    assert without_published(ImageConfig()) == MORPH
    assert without_published(ImageConfig(input="raw")) == UNCHANGED


@pytest.mark.parametrize("side", [16, 40, 96])
def test_zoobot_takes_pictures_resized_as_torchvision_does(pictures, side):
    recipe = InputRecipe((0.0,), (1.0,), size=side)
    expected = v2.Resize((side, side), antialias=True)(pictures)
    torch.testing.assert_close(encoder_input(pictures, recipe), expected)
    assert (ZOOBOT.mean, ZOOBOT.std, ZOOBOT.size) == ((0.0,), (1.0,), 224)


def test_grey_is_the_mean_of_the_colours(pictures):
    mean = pictures.mean(dim=1, keepdim=True)
    one = encoder_input(pictures, InputRecipe((0.0,), (1.0,), channels="one"))
    grey = encoder_input(pictures, InputRecipe((0.1,), (2.0,), channels="grey"))
    assert torch.equal(one, mean)
    assert torch.equal(grey, (mean.expand(-1, 3, -1, -1) - 0.1) / 2)


def test_timm_gets_what_its_transform_gives(pictures):
    cfg = timm.get_pretrained_cfg("test_convnext")
    transform = timm.data.create_transform(
        cfg.input_size,
        interpolation=cfg.interpolation,
        mean=cfg.mean,
        std=cfg.std,
        crop_pct=1.0,  # galaxies fill their cutouts
    )
    recipe = of_timm("test_convnext")
    assert (recipe.mean, recipe.size) == (cfg.mean, cfg.input_size[1])
    found = encoder_input(pictures, recipe)
    mean, std = (torch.tensor(n)[:, None, None] for n in (cfg.mean, cfg.std))
    expected = (transform(pictures) * std + mean).clamp(0, 1)
    torch.testing.assert_close(found, (expected - mean) / std, rtol=0, atol=1e-5)


def test_pictures_end_at_0_and_1_as_the_8_bit_ones_that_timm_reads():
    cfg, recipe = timm.get_pretrained_cfg("test_convnext"), of_timm("test_convnext")
    transform = timm.data.create_transform(
        cfg.input_size, interpolation=cfg.interpolation, mean=(0,), std=(1,), crop_pct=1
    )
    edge = torch.zeros(1, 3, 40, 40)
    edge[..., 20:] = 1
    recipe = replace(recipe, mean=(0.0,), std=(1.0,))
    found = encoder_input(edge, recipe)
    seen = transform(v2.ToPILImage()((edge[0] * 255).byte()))
    torch.testing.assert_close(found[0], seen, rtol=0, atol=1 / 255)
    assert encoder_input(edge, replace(recipe, clip=False)).min() < -0.05


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mean": (0.1, 0.2)}, "expected one number or three in each"),
        ({"mean": (0.1, 0.2, 0.3), "channels": "one"}, "expected one number in each"),
        ({"std": (0.0,)}, "std above 0"),
        ({"std": (math.inf,)}, "expected finite numbers"),  # else each input is 0
        ({"mean": (math.nan,)}, "expected finite numbers"),
        ({"size": 10**9}, "expected 1 to 1024"),
    ],
)
def test_an_input_that_cannot_be_made_is_refused(changes, said):
    with pytest.raises(MorphError, match=said):
        InputRecipe(**changes)
