"""Votes drawn from posteriors follow the tree and the Dirichlet-multinomial."""

import pytest
import torch

from morph.trees.decision_tree import GZD5
from training.adapt.pseudo_volunteers import draw_votes
from training.pixels.random_draws import Draws

N, L = 4000, len(GZD5.labels)


def cast(
    alpha: torch.Tensor, volunteers: torch.Tensor, rank: int = 0, world_size: int = 1
) -> torch.Tensor:
    """Votes of the galaxies of one process."""
    drawn = Draws(torch.Generator().manual_seed(7), rank, world_size)
    return draw_votes(alpha, volunteers, GZD5, drawn, most=40)


@pytest.fixture
def votes() -> torch.Tensor:
    alpha = 1 + 20 * torch.rand(L, generator=torch.Generator().manual_seed(1))
    return cast(alpha.expand(N, L), torch.full((N,), 40))


def test_counts_are_whole_and_go_down_the_tree(votes):
    assert (votes >= 0).all() and torch.equal(votes, votes.round())
    for question in GZD5.questions:
        total = votes[:, GZD5.columns(question)].sum(dim=1)
        asked = torch.full((N,), 40.0)
        if question.asked_after:
            leading = [GZD5.labels.index(label) for label in question.asked_after]
            asked = votes[:, leading].sum(dim=1)
        assert torch.equal(total, asked)


@pytest.mark.parametrize("total", [10.0, 1.0])
def test_mean_and_scatter_are_those_of_a_dirichlet_multinomial(total):
    """Mean N α/A, variance N ρ(1−ρ)(A+N)/(A+1)."""
    alpha = torch.ones(L)
    alpha[:3] = total * torch.tensor([0.6, 0.3, 0.1])
    drawn = cast(alpha.expand(N, L), torch.full((N,), 20))[:, :3]
    share = torch.tensor([0.6, 0.3, 0.1])
    variance = 20 * share * (1 - share) * (total + 20) / (total + 1)
    torch.testing.assert_close(drawn.mean(dim=0), 20 * share, rtol=0.1, atol=0)
    torch.testing.assert_close(drawn.var(dim=0), variance, rtol=0.1, atol=0)


def test_nobody_looks_and_nobody_votes():
    assert cast(torch.ones(3, L), torch.zeros(3)).sum() == 0


def test_processes_that_share_a_batch_cast_the_votes_of_one():
    drawn = torch.Generator().manual_seed(1)
    alpha = 1 + 20 * torch.rand(6, L, generator=drawn)
    volunteers = torch.tensor([3, 40, 12, 0, 7, 25])
    alone = cast(alpha, volunteers)
    for rank in range(2):
        own = cast(alpha[rank::2], volunteers[rank::2], rank, world_size=2)
        assert torch.equal(own, alone[rank::2])
