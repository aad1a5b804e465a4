"""Distances between features: 0 if equal, larger if further apart."""

import numpy as np
import pytest
import torch

from training.adapt.joint import Critic, adversarial_loss
from training.survey_differences.feature_distances import (
    DISTANCES,
    coral,
    inverse_gram,
    maximum_mean_discrepancy,
    sinkhorn_divergence,
)

B, D = 64, 5


def batch(seed: int, *, shift: float = 0.0, stretch: float = 1.0) -> torch.Tensor:
    drawn = torch.Generator().manual_seed(seed)
    return shift + stretch * torch.randn(B, D, generator=drawn)


@pytest.mark.parametrize("name", DISTANCES)
def test_a_batch_is_at_no_distance_from_itself(name):
    same = batch(0)
    assert DISTANCES[name](same, same.clone()).item() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("name", DISTANCES)
def test_the_farther_the_larger_and_a_gradient_leads_back(name):
    source = batch(0)
    distances = []
    for stretch in (1.2, 2.0, 4.0):
        target = batch(1, stretch=stretch).requires_grad_()
        distance = DISTANCES[name](source, target)
        distance.backward()
        assert torch.isfinite(target.grad).all() and (target.grad != 0).any()
        distances.append(distance.item())
    assert distances == sorted(distances)
    stepped = target.detach() - 1e-2 * target.grad / target.grad.norm()
    assert DISTANCES[name](source, stepped) < distances[-1]


@pytest.mark.parametrize("name", ["coral", "mmd", "ot"])
def test_a_shift_of_the_mean_counts(name):
    near, far = (
        DISTANCES[name](batch(0), batch(1, shift=shift)).item() for shift in (0.2, 2.0)
    )
    assert far > 3 * near


def test_coral_against_numpy():
    source, target = batch(0), batch(1, shift=1.0, stretch=2.0)
    covariances = [np.cov(x.numpy().T) for x in (source, target)]
    means = source.numpy().mean(axis=0) - target.numpy().mean(axis=0)
    expected = ((covariances[0] - covariances[1]) ** 2).sum() / (4 * D**2)
    expected += (means**2).sum() / D
    assert coral(source, target).item() == pytest.approx(expected, rel=1e-4)


def test_mmd_against_the_sum_over_all_pairs():
    source, target = batch(0)[:6], batch(1, shift=1.0)[:6]
    both = torch.cat([source, target]).numpy()
    squared = ((both[:, None] - both[None]) ** 2).sum(axis=2)
    middle = torch.from_numpy(squared).median().item()
    sign = np.repeat([1 / 6, -1 / 6], 6)
    kernel = np.mean(
        [np.exp(-squared / (w * middle)) for w in (0.25, 0.5, 1, 2, 4)], axis=0
    )
    expected = sign @ kernel @ sign
    found = maximum_mean_discrepancy(source, target).item()
    assert found == pytest.approx(expected, rel=1e-4)


def test_transport_between_two_points_costs_their_squared_distance():
    """All mass moves from one point to the other: 1 in units of the mean cost."""
    source, target = torch.zeros(8, 2), torch.full((8, 2), 3.0)
    assert sinkhorn_divergence(source, target).item() == pytest.approx(1, abs=1e-3)


def test_the_inverse_gram_sees_no_difference_in_a_permutation_of_galaxies():
    source = batch(0)
    shuffled = source[torch.randperm(B, generator=torch.Generator().manual_seed(0))]
    assert inverse_gram(source, shuffled).item() == pytest.approx(0, abs=1e-4)


def test_the_critic_learns_to_tell_and_the_encoder_to_hide():
    torch.manual_seed(0)
    critic = Critic(D)
    source, target = batch(0), batch(1, shift=0.5).requires_grad_()
    loss = adversarial_loss(critic, source, target)
    loss.backward()
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter -= 0.05 * parameter.grad
        assert adversarial_loss(critic, source, target) < loss
        # The gradient that came back leads where the critic is told less.
        hidden = target - 5.0 * target.grad / target.grad.norm()
        told = adversarial_loss(critic, source, target)
        assert adversarial_loss(critic, source, hidden) > told
