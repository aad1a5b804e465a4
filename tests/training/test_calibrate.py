"""Calibration on votes drawn from posteriors that are known."""

import pytest
import torch

from morph.tree import GZD5
from training.calibrate import calibrated, fit_calibration
from training.pseudo_volunteers import draw_votes

L = len(GZD5.labels)


def galaxies(count: int = 2000) -> tuple[torch.Tensor, torch.Tensor]:
    """True concentrations and votes drawn from them."""
    torch.manual_seed(0)
    alpha = 1 + 15 * torch.rand(count, L)
    return alpha, draw_votes(alpha, torch.full((count,), 40), GZD5)


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_a_model_that_is_too_sure_or_not_sure_enough_is_put_right(factor):
    alpha, votes = galaxies()
    found = fit_calibration(factor * alpha, votes, GZD5)
    scale, temperature = found[0]
    assert scale == pytest.approx(1 / factor, rel=0.15)
    assert temperature == pytest.approx(1, abs=0.1)
    mended = calibrated(factor * alpha, found, GZD5)
    first = GZD5.columns(GZD5.questions[0])
    torch.testing.assert_close(mended[:, first], alpha[:, first], rtol=0.25, atol=0)


def test_fractions_drawn_together_are_drawn_apart_again():
    alpha, votes = galaxies()
    total = alpha[:, :3].sum(dim=1, keepdim=True)
    flat = alpha.clone()
    flat[:, :3] = total * torch.softmax((alpha[:, :3] / total).log() / 2, dim=1)
    assert fit_calibration(flat, votes, GZD5)[0][1] == pytest.approx(0.5, abs=0.1)


def test_what_is_right_or_rarely_voted_on_is_left_as_it_is():
    alpha, votes = galaxies(60)
    votes[20:, GZD5.columns(GZD5.question("bar"))] = 0
    found = fit_calibration(alpha, votes, GZD5)
    assert found[GZD5.questions.index(GZD5.question("bar"))] == (1.0, 1.0)


def test_no_calibration_changes_nothing():
    alpha, _ = galaxies(3)
    assert calibrated(alpha, (), GZD5) is alpha
    torch.testing.assert_close(calibrated(alpha, ((1.0, 1.0),) * 10, GZD5), alpha)
