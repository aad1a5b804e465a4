"""The network: range of the posteriors, float32 at the head."""

import math

import pytest
import torch

from morph.runs.config_parts import ModelConfig
from morph.trees.decision_tree import GZD5
from training.network.losses import dirichlet_multinomial_nll
from training.network.model import concentration, make_model
from training.network.polar_encoder import ANGLES, polar_places, to_polar

LABELS = len(GZD5.labels)


def test_concentrations_lie_between_1_and_101():
    logits = torch.tensor([-100.0, 0.0, 100.0])
    assert concentration(logits).tolist() == [1.0, 51.0, 101.0]


def test_the_head_is_float32_where_the_encoder_is_not():
    model = make_model(ModelConfig(), LABELS).eval()
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        features = model.encoder(images)
        half = model(images)
    assert features.dtype == torch.bfloat16
    assert half.dtype == torch.float32
    with torch.no_grad():
        torch.testing.assert_close(half, model(images), atol=0.1, rtol=0)


@pytest.mark.parametrize("encoder", ["small", "test_convnext", "test_efficientnet"])
def test_the_loss_of_a_bfloat16_encoder_is_that_of_a_float32_one(encoder):
    """Within 1e-2 of it: encoder in half precision, head and loss are not."""
    torch.manual_seed(3)
    model = make_model(ModelConfig(encoder, dropout=0.0), LABELS, 64).eval()
    images, votes = torch.rand(16, 3, 64, 64), torch.randint(0, 6, (16, LABELS))

    def loss() -> torch.Tensor:
        alpha = concentration(model(images))
        assert alpha.dtype == torch.float32
        return dirichlet_multinomial_nll(alpha, votes.float(), GZD5).sum(dim=1).mean()

    with torch.no_grad():
        exact = loss()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert loss().item() == pytest.approx(exact.item(), rel=1e-2)


def test_an_untrained_head_says_the_fractions_it_starts_at():
    model = make_model(ModelConfig(), LABELS)
    fractions = torch.full((LABELS,), 0.01)
    bar = GZD5.columns(GZD5.question("bar"))
    fractions[bar] = torch.tensor([0.2, 0.3, 0.5])
    model.start_at(fractions)
    with torch.no_grad():
        alpha = concentration(
            model.logits(torch.zeros(1, model.classifier.in_features))
        )
    excess = alpha[0, bar] - 1
    torch.testing.assert_close(excess / excess.sum(), fractions[bar])


@pytest.mark.parametrize("encoder", ["small", "resnet10t", "convnext_atto"])
def test_encoders_by_name(encoder):
    model = make_model(ModelConfig(encoder=encoder), LABELS).eval()
    with torch.no_grad():
        assert model(torch.rand(2, 3, 32, 32)).shape == (2, LABELS)


def test_turning_a_galaxy_shifts_it_along_the_angle():
    axis = torch.arange(65) - 32.0
    down, right = axis[:, None].expand(65, 65), axis.expand(65, 65)
    bar = torch.exp(-((right / 12) ** 2) - (down / 4) ** 2)[None, None]
    turned = torch.rot90(bar, 1, (2, 3))
    places = polar_places()[:, :ANGLES]
    flat, shifted = to_polar(bar, places), to_polar(turned, places)
    quarter = ANGLES // 4
    torch.testing.assert_close(shifted, flat.roll(quarter, 3), atol=1e-4, rtol=0)


def test_a_logarithmic_spiral_is_a_straight_line_outside_the_core():
    """θ = ln r / tan(pitch): equal steps in ring move its crest by equal angles."""
    axis = (torch.arange(257) - 128.0) / 128
    radius = torch.hypot(axis[:, None], axis)
    angle = torch.atan2(axis[:, None].expand(257, 257), axis.expand(257, 257))
    pitch = math.radians(30)
    spiral = torch.cos(angle - radius.clamp(min=1e-3).log() / math.tan(pitch))
    polar = to_polar(spiral[None, None], polar_places()[:, :ANGLES])[0, 0]
    crest = polar[-10:-3].argmax(dim=1) * 2 * math.pi / ANGLES
    steps = torch.diff(crest).remainder(2 * math.pi)
    outer = polar_places()[-10:-3, 0].norm(dim=1)
    expected = torch.diff(outer.log()) / math.tan(pitch)
    torch.testing.assert_close(
        steps, expected, atol=2 * math.pi / ANGLES + 1e-3, rtol=0
    )
