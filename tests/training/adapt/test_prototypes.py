"""Soft prototypes on clusters with known answers."""

import pytest
import torch
import torch.nn.functional as F

from training.adapt.prototypes import source_prototypes, target_prototypes, whitened

N, D = 900, 6


@pytest.fixture
def blobs() -> tuple[torch.Tensor, torch.Tensor]:
    """(N, D) features in three clusters, and the cluster of each galaxy."""
    drawn = torch.Generator().manual_seed(0)
    heap = torch.arange(N) % 3
    centres = 3 * torch.eye(D)[:3]
    return centres[heap] + 0.5 * torch.randn(N, D, generator=drawn), heap


def votes_for(heap: torch.Tensor, *, volunteers: int = 10) -> torch.Tensor:
    """Eight of ten volunteers recognise the cluster."""
    votes = torch.full((len(heap), 3), volunteers / 10)
    votes[torch.arange(len(heap)), heap] = 0.8 * volunteers
    return votes


UNINFORMED = torch.full((N, 3), 1 / 3)


def test_prototypes_tell_the_votes_where_the_head_does_not(blobs):
    features, heap = blobs
    unit, _ = whitened(features, features, 4)
    found = source_prototypes(unit, votes_for(heap), UNINFORMED)
    assert found.weight == 1.0
    shares = found.shares(unit)
    assert (shares.argmax(dim=1) == heap).float().mean() > 0.97
    told = shares[torch.arange(N), heap].mean().item()
    assert told == pytest.approx(0.8, abs=0.05)  # as sure as the volunteers, no surer


def test_they_have_no_say_where_the_head_knows_better(blobs):
    _, heap = blobs
    noise = torch.randn(N, D, generator=torch.Generator().manual_seed(1))
    unit, _ = whitened(noise, noise, 4)
    votes = votes_for(heap)
    found = source_prototypes(unit, votes, votes / votes.sum(dim=1, keepdim=True))
    assert found.weight == 0.0


def test_centres_follow_the_target_and_stay_their_answers(blobs):
    """If the target's features are rotated, its centres follow."""
    features, heap = blobs
    angle = torch.tensor(0.35)
    turn = torch.eye(D)
    turn[0, 0] = turn[3, 3] = torch.cos(angle)
    turn[0, 3], turn[3, 0] = -torch.sin(angle), torch.sin(angle)
    unit = F.normalize(features, dim=1)
    turned = F.normalize(features @ turn.T, dim=1)
    found = source_prototypes(unit, votes_for(heap), UNINFORMED)
    moved = target_prototypes(found, turned, torch.ones(N))
    true = F.normalize(
        torch.stack([turned[heap == i].mean(dim=0) for i in range(3)]), dim=1
    )
    before, after = ((c * true).sum(dim=1) for c in (found.centres, moved.centres))
    assert (after >= before - 5e-3).all() and after[0] > before[0] + 0.03
    assert not torch.equal(found.centres, moved.centres)
    assert (moved.shares(turned).argmax(dim=1) == heap).float().mean() > 0.97


def test_a_question_whose_centres_would_run_away_keeps_them(blobs):
    features, heap = blobs
    unit = F.normalize(features, dim=1)
    found = source_prototypes(unit, votes_for(heap), UNINFORMED)
    elsewhere = F.normalize(features[:, [3, 4, 5, 0, 1, 2]], dim=1)
    kept = target_prototypes(found, elsewhere, torch.ones(N))
    assert torch.equal(kept.centres, found.centres)


def test_whitened_features_have_one_spread_and_no_mean(blobs):
    features, _ = blobs
    shifted = features + torch.tensor([9.0, 0, 0, 0, 0, 0])
    near, far = whitened(features, shifted, 3)
    torch.testing.assert_close(near, far, atol=1e-4, rtol=0)
    assert near.shape == (N, 3)
    torch.testing.assert_close(near.norm(dim=1), torch.ones(N))
