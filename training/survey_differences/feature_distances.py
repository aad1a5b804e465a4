"""Differentiable distances between the features of two surveys.

Each takes (B, D) float32 features of a source batch and of a target batch and gives a
scalar, 0 for equal distributions. If the populations of the surveys differ, minimising
it also removes true differences.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Distance = Callable[[Tensor, Tensor], Tensor]

_KERNEL_WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the median squared distance
_BLUR = 0.05  # weight of the entropy, in mean squared distances
_ROUNDS = 100
_GRAM_FRACTION = 0.99  # of the eigenvalues' sum that is inverted
_GRAM_SCALE = 0.01  # weight of the eigenvalues relative to the angles


def coral(source: Tensor, target: Tensor) -> Tensor:
    """Squared distance of the covariances, ‖C_s − C_t‖² / 4D² (Sun & Saenko 2016).

    ‖μ_s − μ_t‖² / D is added for the means.
    """
    size = source.shape[1]
    covariance = (torch.cov(source.T) - torch.cov(target.T)).square().sum()
    mean = (source.mean(dim=0) - target.mean(dim=0)).square().sum()
    return covariance / (4 * size**2) + mean / size


def maximum_mean_discrepancy(source: Tensor, target: Tensor) -> Tensor:
    """Squared MMD with a sum of Gaussian kernels (Long et al. 2015), biased estimate.

    Their widths follow the median squared distance of the batch, without gradient.
    """
    both = torch.cat([source, target])
    squared = torch.cdist(both, both).square()
    middle = squared.detach().median().clamp(min=1e-12)
    kernel = sum(torch.exp(-squared / (w * middle)) for w in _KERNEL_WIDTHS)
    kernel = kernel / len(_KERNEL_WIDTHS)
    n = len(source)
    within = kernel[:n, :n].mean() + kernel[n:, n:].mean()
    return within - 2 * kernel[:n, n:].mean()


def sinkhorn_divergence(source: Tensor, target: Tensor) -> Tensor:
    """Debiased entropic optimal transport, squared Euclidean cost (Feydy et al. 2019).

    Costs are in units of the batch's mean squared distance, without gradient.
    """
    scale = torch.cdist(source, target).square().mean().detach().clamp(min=1e-12)

    def cost(first: Tensor, second: Tensor) -> Tensor:
        return _transport(torch.cdist(first, second).square() / scale)

    within = cost(source, source) + cost(target, target)
    return cost(source, target) - within / 2


def _transport(cost: Tensor) -> Tensor:
    """Entropic transport cost between two uniform batches, by Sinkhorn's rounds.

    The potentials have no gradient (Feydy et al. 2019, eq. 14).
    """
    n, m = cost.shape
    first, second = cost.new_zeros(n), cost.new_zeros(m)
    with torch.no_grad():
        for _ in range(_ROUNDS):
            first = -_BLUR * _log_mean_exp((second - cost) / _BLUR, dim=1)
            second = -_BLUR * _log_mean_exp((first[:, None] - cost) / _BLUR, dim=0)
        plan = torch.exp((first[:, None] + second - cost) / _BLUR) / (n * m)
        value = first.mean() + second.mean()
    flow = (plan * cost).sum()
    return value + flow - flow.detach()


def _log_mean_exp(x: Tensor, *, dim: int) -> Tensor:
    return torch.logsumexp(x, dim=dim) - math.log(x.shape[dim])


def inverse_gram(source: Tensor, target: Tensor) -> Tensor:
    """DARE-GRAM (Nejjar et al. 2023): angles of the inverse Gram matrices, and scale.

    Made for regression: it compares the least-squares solutions of the features,
    not their positions. Both pseudo-inverses are cut at the rank that holds 99 % of the
    eigenvalues' sum in both.
    """
    grams = [_gram(features) for features in (source, target)]
    values = [torch.linalg.eigvalsh(gram).flip(0).clamp(min=0) for gram in grams]
    rank = max(_rank(v.detach()) for v in values)
    inverses = [
        torch.linalg.pinv(
            gram, rtol=(v[rank - 1] / v[0]).item() * 0.999, hermitian=True
        )
        for gram, v in zip(grams, values, strict=True)
    ]
    cosine = torch.nn.functional.cosine_similarity(*inverses, dim=0)
    scale = (values[0][:rank] - values[1][:rank]).norm() / rank
    return (1 - cosine).abs().mean() + _GRAM_SCALE * scale


def _gram(features: Tensor) -> Tensor:
    """(D + 1, D + 1) Gram matrix of the features and a constant, per galaxy."""
    ones = features.new_ones(len(features), 1)
    rows = torch.cat([ones, features], dim=1)
    return rows.T @ rows / len(rows)


def _rank(values: Tensor) -> int:
    """Number of eigenvalues, largest first, that sum to the fraction to be inverted."""
    share = values.cumsum(dim=0) / values.sum()
    return int((share < _GRAM_FRACTION).sum()) + 1


DISTANCES: dict[str, Distance] = {
    "coral": coral,
    "mmd": maximum_mean_discrepancy,
    "ot": sinkhorn_divergence,
    "dare_gram": inverse_gram,
}
