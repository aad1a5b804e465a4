"""Calibration on votes drawn from known posteriors."""

import numpy as np
import pytest
import torch

from morph.posterior import dirichlet
from morph.trees.decision_tree import GZD5
from training.adapt.pseudo_volunteers import draw_votes
from training.network.calibrate import (
    UNCHANGED,
    calibrated,
    crossed,
    fit_calibration,
    fit_together,
)
from training.pixels.random_draws import Draws

L = len(GZD5.labels)


def galaxies(count: int = 2000) -> tuple[torch.Tensor, torch.Tensor]:
    """True concentrations and votes drawn from them."""
    torch.manual_seed(0)
    alpha = 1 + 15 * torch.rand(count, L)
    drawn = Draws(torch.Generator().manual_seed(0))
    volunteers = torch.full((count,), 40)
    return alpha, draw_votes(alpha, volunteers, GZD5, drawn, most=40)


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_an_over_or_underconfident_model_is_corrected(factor):
    alpha, votes = galaxies()
    found = fit_calibration(factor * alpha, votes, GZD5)
    scale, temperature, exponent = found[0]
    assert scale == pytest.approx(1 / factor, rel=0.15)
    assert temperature == pytest.approx(1, abs=0.1) and exponent == 1
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
    assert found[GZD5.questions.index(GZD5.question("bar"))] == UNCHANGED


def test_no_calibration_changes_nothing():
    alpha, _ = galaxies(3)
    assert calibrated(alpha, (), GZD5) is alpha
    torch.testing.assert_close(calibrated(alpha, (UNCHANGED,) * 10, GZD5), alpha)
    of_an_earlier_model = ((1.0, 1.0),) * 10
    torch.testing.assert_close(calibrated(alpha, of_an_earlier_model, GZD5), alpha)


def test_the_coldest_calibration_leaves_single_precision_concentrations_positive():
    """As a release must have them, and tails can be made of them."""
    alpha = torch.ones(2, L)
    alpha[0, ::3], alpha[1, 1::3] = 101.0, 101.0
    for scale in (0.05, 20.0):
        each = [(scale, 0.05, 3.0)] * len(GZD5.questions)
        found = calibrated(alpha, each, GZD5).numpy()
        assert found.dtype == np.float32 and (found > 0).all()
        expected = dirichlet.expected_probability(found, GZD5)
        tails = dirichlet.tail_probability(found, GZD5, 0.5)
        for values in (expected, tails):
            assert ((values >= 0) & (values <= 1)).all()
        assert np.isfinite(dirichlet.entropy(found, GZD5)).all()


def test_a_question_with_few_votes_is_calibrated_like_the_others():
    """Of a model too sure everywhere; on one question only 8 galaxies have votes."""
    alpha, votes = galaxies(400)
    bar = GZD5.columns(GZD5.question("bar"))
    votes[8:, bar] = 0
    place = GZD5.questions.index(GZD5.question("bar"))
    assert fit_calibration(4 * alpha, votes, GZD5)[place] == UNCHANGED
    found = fit_together(4 * alpha, votes, GZD5)
    assert found[place][1] == pytest.approx(1, abs=0.15)
    ratio = (calibrated(4 * alpha, found, GZD5) / alpha)[:, bar].median().item()
    assert ratio == pytest.approx(1, rel=0.35)


def test_a_question_with_many_votes_keeps_its_own_calibration():
    alpha, votes = galaxies()
    wrong = alpha.clone()
    wrong[:, :3] *= 5
    mended = calibrated(wrong, fit_together(wrong, votes, GZD5), GZD5)
    for question in (GZD5.questions[0], GZD5.questions[-1]):
        columns = GZD5.columns(question)
        ratio = (mended / alpha)[:, columns].median().item()
        assert ratio == pytest.approx(1, rel=0.15)


def test_totals_that_vary_too_little_are_drawn_apart():
    """Of a model that knows which galaxies are uncertain, but not how much."""
    torch.manual_seed(1)
    columns = GZD5.columns(GZD5.questions[0])
    fraction = torch.softmax(torch.randn(3000, 3), dim=1)
    total = torch.exp(2.5 + torch.randn(3000, 1))  # 12, by a factor of e
    alpha = torch.ones(3000, L)
    alpha[:, columns] = total * fraction
    drawn = Draws(torch.Generator().manual_seed(1))
    votes = draw_votes(alpha, torch.full((3000,), 40), GZD5, drawn, most=40)
    flat = alpha.clone()
    flat[:, columns] = 12 * (total / 12) ** 0.5 * fraction
    found = fit_together(flat, votes, GZD5)
    assert found[0][2] == pytest.approx(2, rel=0.15)
    ratio = (calibrated(flat, found, GZD5) / alpha)[:, columns]
    quantiles = torch.quantile(ratio, torch.tensor([0.05, 0.5, 0.95]))
    torch.testing.assert_close(quantiles, torch.ones(3), rtol=0.3, atol=0)
    assert fit_calibration(flat, votes, GZD5)[0][2] == 1


def test_no_total_concentration_grows_without_bound():
    found = calibrated(torch.full((1, L), 101.0), [(20.0, 1.0, 3.0)] * 10, GZD5)
    first = found[:, GZD5.columns(GZD5.questions[0])].sum()
    assert first == pytest.approx(1e4, rel=1e-4)


def test_each_half_is_calibrated_by_the_other():
    """The votes of even rows say nothing about themselves."""
    alpha, votes = galaxies(400)
    found = crossed(4 * alpha, votes, GZD5)
    changed = votes.clone()
    changed[::2] = changed[::2].flip(0)
    again = crossed(4 * alpha, changed, GZD5)
    torch.testing.assert_close(found[::2], again[::2])
    assert not torch.allclose(found[1::2], again[1::2])


def test_a_question_is_calibrated_on_galaxies_that_it_suits():
    """Of others, few volunteers were asked: here their votes contradict the model."""
    alpha, votes = galaxies(600)
    bar = GZD5.columns(GZD5.question("bar"))
    votes[:, bar] *= (votes[:, bar].sum(dim=1) >= 10)[:, None]
    expected = fit_together(alpha, votes, GZD5)
    seldom = votes[:, bar].sum(dim=1) == 0
    votes[seldom, bar.start] = 9
    assert fit_together(alpha, votes, GZD5) == expected


def test_galaxies_with_few_volunteers_count_where_all_were_asked():
    alpha, _ = galaxies()
    drawn = Draws(torch.Generator().manual_seed(2))
    votes = draw_votes(alpha, torch.full((len(alpha),), 6), GZD5, drawn, most=6)
    mended = calibrated(4 * alpha, fit_together(4 * alpha, votes, GZD5), GZD5)
    first = GZD5.columns(GZD5.questions[0])
    ratio = (mended / alpha)[:, first].median().item()
    assert ratio == pytest.approx(1, rel=0.3)
