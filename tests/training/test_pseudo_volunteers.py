"""Votes drawn from posteriors go down the tree and scatter as volunteers' do."""

import pytest
import torch

from morph.tree import GZD5
from training.pseudo_volunteers import draw_votes

N, L = 4000, len(GZD5.labels)


@pytest.fixture
def votes() -> torch.Tensor:
    torch.manual_seed(0)
    alpha = 1 + 20 * torch.rand(L, generator=torch.Generator().manual_seed(1))
    return draw_votes(alpha.expand(N, L), torch.full((N,), 40), GZD5)


def test_counts_are_whole_and_go_down_the_tree(votes):
    assert (votes >= 0).all() and torch.equal(votes, votes.round())
    for question in GZD5.questions:
        total = votes[:, GZD5.columns(question)].sum(dim=1)
        asked = torch.full((N,), 40.0)
        if question.asked_after:
            leading = [GZD5.labels.index(label) for label in question.asked_after]
            asked = votes[:, leading].sum(dim=1)
        assert torch.equal(total, asked)


def test_mean_and_scatter_are_those_of_a_dirichlet_multinomial():
    """Mean N α/A, variance N ρ(1−ρ)(A+N)/(A+1)."""
    torch.manual_seed(0)
    alpha = torch.ones(L)
    alpha[:3] = torch.tensor([6.0, 3.0, 1.0])
    drawn = draw_votes(alpha.expand(N, L), torch.full((N,), 20), GZD5)[:, :3]
    share = torch.tensor([0.6, 0.3, 0.1])
    variance = 20 * share * (1 - share) * (10 + 20) / 11
    torch.testing.assert_close(drawn.mean(dim=0), 20 * share, rtol=0.05, atol=0)
    torch.testing.assert_close(drawn.var(dim=0), variance, rtol=0.1, atol=0)


def test_nobody_looks_and_nobody_votes():
    assert draw_votes(torch.ones(3, L), torch.zeros(3), GZD5).sum() == 0
