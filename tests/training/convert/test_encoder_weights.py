"""The weights of an encoder are found by name and shape, with the prefix removed."""

import pytest
import timm
import torch

from morph.errors import MorphError
from training.convert import encoder_weights as module
from training.convert.encoder_weights import encoder_weights, without_prefix
from training.network.input_recipe import ZOOBOT

ENCODER = "test_convnext"


@pytest.fixture(autouse=True)
def few_suggestions(monkeypatch):
    monkeypatch.setattr(module, "_PUBLISHED", ("test_efficientnet",))


def weights(**options) -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    encoder = timm.create_model(ENCODER, num_classes=0, **options)
    return dict(encoder.state_dict())


@pytest.mark.parametrize(
    "prefix", ["", "encoder.", "model.", "module.encoder.", "_orig_mod.model.encoder."]
)
def test_prefixes_are_removed_in_their_order(prefix):
    own = weights()
    file = {prefix + name: one for name, one in own.items()}
    file |= {"head.weight": torch.zeros(2), "encoder_head.bias": torch.zeros(2)}
    found = encoder_weights(file, ENCODER, recipe=ZOOBOT)
    assert (found.prefix, found.planes) == (prefix, 3)
    assert found.dropped == ("head.weight", "encoder_head.bias")
    for name, expected in own.items():
        assert torch.equal(found.tensors[name], expected)


def test_a_name_that_begins_like_a_prefix_is_kept_if_the_encoder_has_it():
    file = {"encoder.a": torch.zeros(1), "model.b": torch.zeros(1)}
    assert without_prefix(file, {"encoder.a"}) == (file, "")


def test_weights_of_one_channel_are_recognised():
    found = encoder_weights(weights(in_chans=1), ENCODER, recipe=ZOOBOT)
    assert found.planes == 1


def test_half_precision_becomes_single():
    half = {name: one.half() for name, one in weights().items()}
    found = encoder_weights(half, ENCODER, recipe=ZOOBOT)
    assert {one.dtype for one in found.tensors.values()} == {torch.float32}


def test_another_encoder_is_suggested_by_its_shapes():
    torch.manual_seed(0)
    file = timm.create_model("test_efficientnet", num_classes=0).state_dict()
    with pytest.raises(MorphError, match=r"does not fit.*They fit: test_efficientnet"):
        encoder_weights(file, ENCODER, recipe=ZOOBOT)


def test_missing_wrong_and_infinite_weights_are_refused():
    own = weights()
    name = next(iter(own))
    without = {n: one for n, one in own.items() if n != name}
    with pytest.raises(MorphError, match=f"1 of {len(own)} tensors .*first: {name}"):
        encoder_weights(without, ENCODER, recipe=ZOOBOT)
    wrong = own | {name: own[name][:1]}
    with pytest.raises(MorphError, match="of another shape"):
        encoder_weights(wrong, ENCODER, recipe=ZOOBOT)
    for value in (torch.nan, torch.inf):
        broken = own | {name: torch.full_like(own[name], value)}
        with pytest.raises(MorphError, match=f"not finite .first: {name}"):
            encoder_weights(broken, ENCODER, recipe=ZOOBOT)


@pytest.mark.parametrize("kind", [torch.int8, torch.complex64, torch.float8_e4m3fn])
def test_quantised_and_complex_weights_are_refused(kind):
    """Their scales are elsewhere, and an imaginary part would be left out."""
    own = weights()
    name = next(iter(own))
    with pytest.raises(MorphError, match=f"has {kind} numbers in {name}"):
        encoder_weights(own | {name: own[name].to(kind)}, ENCODER, recipe=ZOOBOT)


def test_weights_too_large_for_single_precision_are_refused():
    own = weights()
    name = next(iter(own))
    large = torch.full_like(own[name], 1e300, dtype=torch.float64)
    with pytest.raises(MorphError, match="not finite"):
        encoder_weights(own | {name: large}, ENCODER, recipe=ZOOBOT)
