"""The loss compared with worked values, torch.distributions, finite differences."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import torch

from morph.posterior import dirichlet
from morph.trees.decision_tree import GZD5, DecisionTree, Question
from training.network.losses import (
    asked_probability,
    dirichlet_multinomial_nll,
    expected_fractions,
    fraction_nll,
    question_weights,
)

BAR = DecisionTree(
    "bar", (Question("bar", "Bar", ("strong", "weak", "no"), ("",) * 3),)
)
BAR_COLUMNS = GZD5.columns(GZD5.question("bar"))


def random_case(galaxies: int = 20, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (galaxies, len(GZD5.labels))
    alpha = 1 + 100 * torch.rand(shape, generator=generator, dtype=torch.float64)
    votes = torch.randint(0, 20, shape, generator=generator).double()
    return alpha, votes


@pytest.mark.parametrize(
    ("alpha", "votes", "nats"),
    [
        ((2.0, 3.0, 4.0), (1, 2, 3), 2.526728),
        ((1.0, 1.0, 1.0), (1, 1, 0), 1.791759),
        ((20.0, 6.0, 4.0), (30, 5, 5), 4.490465),
    ],
)
def test_golden_values(alpha, votes, nats):
    found = dirichlet_multinomial_nll(torch.tensor([alpha]), torch.tensor([votes]), BAR)
    assert found.shape == (1, 1)
    assert found.item() == pytest.approx(nats, abs=2e-5)


def test_probabilities_of_every_possible_vote_sum_to_one():
    votes = [k for k in itertools.product(range(6), repeat=3) if sum(k) == 5]
    counts = torch.tensor(votes, dtype=torch.float64)
    alpha = torch.tensor([[6.0, 3.0, 1.0]], dtype=torch.float64).expand(len(votes), 3)
    nll = dirichlet_multinomial_nll(alpha, counts, BAR)
    assert nll.neg().exp().sum().item() == pytest.approx(1.0)


def test_two_answers_agree_with_torchs_beta_binomial():
    """P(k) = C(n, k) E[ρ^k (1-ρ)^(n-k)] by quadrature under torch's own Beta."""
    pair = DecisionTree("pair", (Question("edge", "Edge", ("yes", "no"), ("", "")),))
    grid = torch.linspace(0, 1, 200_001, dtype=torch.float64)[1:-1]
    density = torch.distributions.Beta(
        torch.tensor(4.0).double(), torch.tensor(2.5).double()
    ).log_prob(grid)
    binomial = torch.distributions.Binomial(9, probs=grid).log_prob(
        torch.tensor(6.0).double()
    )
    expected = -torch.trapezoid((density + binomial).exp(), grid).log().item()
    found = dirichlet_multinomial_nll(
        torch.tensor([[4.0, 2.5]]).double(), torch.tensor([[6, 3]]), pair
    )
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_float32_stays_near_float64():
    alpha, votes = random_case(200)
    alpha = alpha.float().double()
    exact = dirichlet_multinomial_nll(alpha, votes, GZD5)
    single = dirichlet_multinomial_nll(alpha.float(), votes.float(), GZD5)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), exact, atol=0, rtol=1e-7)


@pytest.mark.parametrize("counts", [1, 1000, 1_000_000])
@pytest.mark.parametrize("alpha", [1e-3, 1.0, 1e3, 1e6])
def test_single_precision_is_exact_for_counts_up_to_a_million(counts, alpha):
    """Against 50 digits; in float32, lnΓ of such numbers is off by several nats."""
    concentrations = torch.tensor([[alpha, 2.5, 1.5 * alpha]])
    votes = (counts, counts // 3, 0)
    with mpmath.workdps(50):
        a = [mpmath.mpf(value) for value in concentrations[0].tolist()]
        total, number = mpmath.fsum(a), sum(votes)
        exact = mpmath.loggamma(total + number) - mpmath.loggamma(total)
        exact -= mpmath.loggamma(number + 1)
        for own, k in zip(a, votes, strict=True):
            exact -= mpmath.loggamma(k + own) - mpmath.loggamma(own)
            exact += mpmath.loggamma(k + 1)
        slope = mpmath.digamma(a[0]) - mpmath.digamma(votes[0] + a[0])
        slope += mpmath.digamma(total + number) - mpmath.digamma(total)
    concentrations.requires_grad_()
    found = dirichlet_multinomial_nll(concentrations, torch.tensor([votes]), BAR)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(float(exact), rel=2e-7)
    found.sum().backward()
    gradient = concentrations.grad[0, 0].item()
    assert gradient == pytest.approx(float(slope), rel=1e-6, abs=1e-12)


def test_a_question_nobody_answered_costs_nothing_and_pulls_nothing():
    alpha, votes = random_case(5)
    bar = GZD5.columns(GZD5.question("bar"))
    votes[:, bar] = 0
    alpha.requires_grad_()
    loss = dirichlet_multinomial_nll(alpha, votes, GZD5)
    assert (loss[:, 3] == 0).all()
    loss.sum().backward()
    assert (alpha.grad[:, bar] == 0).all()
    assert (alpha.grad[:, GZD5.columns(GZD5.question("merging"))] != 0).any()


def test_gradient_agrees_with_finite_differences():
    alpha, votes = random_case(3)
    alpha.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda a: dirichlet_multinomial_nll(a, votes, GZD5), (alpha,), eps=1e-4
    )
    exact = torch.autograd.grad(
        dirichlet_multinomial_nll(alpha, votes, GZD5).sum(), alpha
    )[0]
    single = alpha.detach().float().requires_grad_()
    dirichlet_multinomial_nll(single, votes, GZD5).sum().backward()
    torch.testing.assert_close(single.grad.double(), exact, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("autocast", [False, True])
def test_half_precision_is_upcast(autocast):
    alpha, votes = random_case(50)
    half = alpha.bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        found = dirichlet_multinomial_nll(half, votes, GZD5)
    assert found.dtype == torch.float32
    exact = dirichlet_multinomial_nll(half.double(), votes, GZD5)
    torch.testing.assert_close(found.double(), exact, atol=2e-3, rtol=0)


def test_the_fractions_loss_is_the_cross_entropy_of_the_votes():
    """3 of 4 volunteers say strong, 1 says no; all logits alike share a third each."""
    votes = torch.tensor([[3.0, 0, 1]])
    alike = fraction_nll(torch.zeros(1, 3), votes, BAR)
    assert alike.item() == pytest.approx(4 * math.log(3))
    logits = torch.tensor([[math.log(6), 0.0, math.log(3)]])  # shares .6, .1, .3
    worked = -(3 * math.log(0.6) + math.log(0.3))
    assert fraction_nll(logits, votes, BAR).item() == pytest.approx(worked)


def test_the_fractions_loss_pulls_as_finite_differences_say_and_only_what_was_asked():
    _, votes = random_case(4)
    votes[:, BAR_COLUMNS] = 0
    logits = torch.randn(votes.shape, generator=torch.Generator().manual_seed(2))
    logits.requires_grad_()
    loss = fraction_nll(logits, votes, GZD5)
    assert (loss[:, 3] == 0).all()
    loss.sum().backward()
    assert (logits.grad[:, BAR_COLUMNS] == 0).all()
    step = 1e-2
    for place in (0, 9, 33):
        up, down = (logits.detach().clone() for _ in range(2))
        up[:, place] += step
        down[:, place] -= step
        slope = (fraction_nll(up, votes, GZD5) - fraction_nll(down, votes, GZD5)).sum(1)
        torch.testing.assert_close(
            logits.grad[:, place], slope / (2 * step), atol=2e-2, rtol=1e-2
        )


def test_a_question_asked_of_a_quarter_weighs_twice_one_asked_of_all():
    tree = DecisionTree(
        "two",
        (
            Question("all", "All", ("a", "b"), ("", "")),
            Question("few", "Few", ("c", "d"), ("", "")),
        ),
    )
    votes = torch.tensor([[3.0, 1, 2, 0], [1, 1, 0, 0], [4, 0, 0, 0], [0, 5, 0, 0]])
    torch.testing.assert_close(
        question_weights(votes, tree), torch.tensor([2 / 3, 4 / 3])
    )


def test_a_question_nobody_was_asked_has_a_weight_all_the_same():
    tree = DecisionTree(
        "two",
        (
            Question("all", "All", ("a", "b"), ("", "")),
            Question("none", "None", ("c",), ("",)),
        ),
    )
    weights = question_weights(torch.tensor([[3.0, 1, 0]] * 9), tree)
    torch.testing.assert_close(weights, torch.tensor([0.5, 1.5]))


def test_fractions_equal_those_of_the_catalogue():
    alpha = 1 + 50 * np.random.default_rng(0).random((30, len(GZD5.labels)))
    fraction = expected_fractions(torch.from_numpy(alpha), GZD5)
    expected = dirichlet.expected_probability(alpha, GZD5)
    np.testing.assert_allclose(fraction.numpy(), expected, rtol=1e-12)
    np.testing.assert_allclose(
        asked_probability(fraction, GZD5).numpy(),
        dirichlet.asked_probability(expected, GZD5),
    )
