"""Encoders by name, for the sizes of cutouts."""

import pytest
import torch

from morph.errors import MorphError
from morph.runs.config_parts import ModelConfig
from training.network.encoders import (
    NAMED,
    check_image_size,
    feature_length,
    make_encoder,
)


@pytest.mark.parametrize("size", [64, 96, 128, 224, 256])
@pytest.mark.parametrize("name", ["small", "test_convnext", "test_efficientnet"])
def test_an_encoder_takes_every_size(name, size):
    encoder = make_encoder(ModelConfig(name), size)
    check_image_size(encoder, name, size)


@pytest.mark.parametrize("name", NAMED)
def test_the_named_encoders_take_the_smallest_and_the_largest(name):
    encoder = make_encoder(ModelConfig(name)).eval()
    for size in (64, 256):
        check_image_size(encoder, name, size)


def test_raw_and_stretched_images_have_three_planes():
    encoder = make_encoder(ModelConfig("test_efficientnet")).eval()
    with torch.no_grad():
        assert encoder(torch.rand(2, 3, 64, 64)).shape == (2, feature_length(encoder))


def test_features_are_counted_after_a_head_that_adds_some():
    encoder = make_encoder(ModelConfig("mobilenetv4_conv_small")).eval()
    assert feature_length(encoder) == 1280  # its num_features says 960
    check_image_size(encoder, "mobilenetv4_conv_small", 64)


def test_an_encoder_of_one_size_is_made_for_the_images():
    name = "vit_tiny_patch16_224"
    check_image_size(make_encoder(ModelConfig(name), 64), name, 64)
    with pytest.raises(MorphError, match="does not take images of 64 pixels"):
        check_image_size(make_encoder(ModelConfig(name)), name, 64)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("convnext_nan", "convnext_nano"),
        ("efficientnet_v2_s", "efficientnetv2_s"),
        ("convnext_nano.mine", r"convnext_nano\."),
        ("../etc/passwd", "any other model of timm"),
    ],
)
def test_an_unknown_encoder_is_named_and_the_nearest_too(name, nearest):
    with pytest.raises(MorphError, match=nearest):
        make_encoder(ModelConfig(name))


def test_paths_to_drop_where_there_are_some():
    encoder = make_encoder(ModelConfig("test_convnext", drop_path=0.3))
    dropped = [m.drop_prob for m in encoder.modules() if hasattr(m, "drop_prob")]
    assert max(dropped) == pytest.approx(0.3)
    with pytest.raises(MorphError, match="does not support drop_path"):
        make_encoder(ModelConfig("small", drop_path=0.1))
    with pytest.raises(MorphError, match="timm cannot create 'vgg11'"):
        make_encoder(ModelConfig("vgg11", drop_path=0.1))
