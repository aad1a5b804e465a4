"""Dirichlets in torch: losses of votes, expected fractions.

``expected_fractions`` and ``asked_probability`` equal those of
`morph.posterior.dirichlet`, and are differentiable.
"""

from functools import lru_cache

import torch
from torch import Tensor

from morph.trees.decision_tree import DecisionTree


@lru_cache(maxsize=8)
def question_columns(tree: DecisionTree, device: torch.device) -> Tensor:
    """(L, Q) zeros and ones: ``answers @ question_columns`` sums each question."""
    columns = torch.zeros(len(tree.labels), len(tree.questions))
    for i, question in enumerate(tree.questions):
        columns[tree.columns(question), i] = 1
    return columns.to(device)


def dirichlet_multinomial_nll(
    concentration: Tensor, votes: Tensor, tree: DecisionTree
) -> Tensor:
    """Negative log-likelihood of the votes on each question, in nats.

    With counts k, their sum N, concentrations α and their sum A, per question
    (Walmsley et al. 2022 eq. 6-7; Ye et al. 2025 eq. 1):

        −[ lnΓ(A) − lnΓ(A+N) + lnΓ(N+1) + Σ_a lnΓ(k_a+α_a) − lnΓ(α_a) − lnΓ(k_a+1) ]

    A question without votes costs exactly 0 and has no gradient. From (B, L)
    concentrations and counts (B, Q), float32 (or float64, as the concentrations). It is
    computed in float64: lnΓ of a million is 13 million, which float32 rounds to 1 nat.
    """
    alpha = concentration.double()
    with torch.autocast(alpha.device.type, enabled=False):
        counts = votes.double()
        columns = question_columns(tree, alpha.device).double()
        total_alpha, total = alpha @ columns, counts @ columns
        answers = torch.lgamma(counts + alpha) - torch.lgamma(alpha)
        answers = answers - torch.lgamma(counts + 1)
        whole = torch.lgamma(total_alpha + total) - torch.lgamma(total_alpha)
        nll = whole - torch.lgamma(total + 1) - answers @ columns
    return nll if concentration.dtype == torch.float64 else nll.float()


def fraction_nll(logits: Tensor, votes: Tensor, tree: DecisionTree) -> Tensor:
    """Negative log-likelihood of the votes if fractions were softmax(logits), in nats.

    Helps at the start of a fit. While a question is not learnt, the optimal
    concentrations are below 1, which α = 1 + 100 sigmoid cannot reach: its logits
    diverge to where the sigmoid is flat, and the question is learnt late or never.
    This loss has the same optimal fractions (α − 1 ∝ exp(logit)) and does not saturate.

    From (B, L) logits and counts (B, Q) float32, without the multinomial coefficient; 0
    for a question without votes.
    """
    columns = question_columns(tree, logits.device)
    with torch.autocast(logits.device.type, enabled=False):
        logits, counts = logits.float(), votes.float()
        norm = [
            torch.logsumexp(logits[:, tree.columns(q)], dim=1) for q in tree.questions
        ]
        total = counts @ columns
        return total * torch.stack(norm, dim=1) - (counts * logits) @ columns


def question_weights(votes: Tensor, tree: DecisionTree) -> Tensor:
    """(Q,) weights, of mean 1, that are larger for rarely asked questions.

    Each is the inverse square root of the fraction of galaxies with (N, L) votes on the
    question: a compromise between equal weights of questions and of votes.
    """
    asked = (votes @ question_columns(tree, votes.device) > 0).float().mean(dim=0)
    weights = asked.clamp(min=1 / len(votes)).rsqrt()
    return weights / weights.mean()


def expected_fractions(alpha: Tensor, tree: DecisionTree) -> Tensor:
    """(B, L) means ρ = α / Σα of (B, L) concentrations."""
    columns = question_columns(tree, alpha.device).to(alpha.dtype)
    return alpha / (alpha @ columns @ columns.T)


def asked_probability(fraction: Tensor, tree: DecisionTree) -> Tensor:
    """(B, Q) probability that each question is asked: the product along the tree."""
    asked: dict[str, Tensor] = {}
    for question in tree.questions:
        reached = torch.ones_like(fraction[:, 0])
        if question.asked_after:
            reached = sum(
                asked[tree.question_of(label).name]
                * fraction[:, tree.labels.index(label)]
                for label in question.asked_after
            )
        asked[question.name] = reached
    return torch.stack(list(asked.values()), dim=1)
