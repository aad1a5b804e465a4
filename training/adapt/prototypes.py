"""Adaptation by soft prototypes.

Differences from `training.adapt.kmeans`: features are centred for each survey and
whitened; only galaxies that probably reach a question are clustered for it; centres
start from the source's votes, not from the head's weights; assignments are soft and
calibrated on source votes; they are mixed with the head's prediction with the weight
that makes the source's votes most probable, which are the votes they were made from.
The model then learns its own posteriors with a shifted mean and the same total
concentration (more where a concentration would be below 1).

Centres are not smoothed along ordered answers, and answers like "artifact" are treated
as all others.
"""

import math
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from training.adapt.pairs import fit_to_posteriors
from training.apply.forward import features_of
from training.judge.collapse_signs import centre_distances
from training.network.losses import asked_probability, expected_fractions
from training.network.model import concentration
from training.pixels.galaxy_images import Galaxies
from training.survey_differences.adaptation_context import Adaptation

_ROUNDS = 20
_MOMENTUM = 0.7  # of a centre between rounds
_NEAREST_TO_SOURCE = 0.6  # least cosine of target and source centre
_SLACK = 0.3  # largest relative difference of an answer's fraction between surveys
_VOTES_HALF = 10.0  # votes that give a galaxy half its full weight
_LEAST_ASKED = 0.3
_FIT_STEPS = 50
_SHARPEST = math.log(100.0)
_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Prototypes:
    """The centres of one question's answers, and the calibration of the cosines.

    Fractions are softmax(``sharpness`` · cosine + ``offset``), mixed with the model's
    prediction by the ``weight``.
    """

    centres: Tensor  # (A, K), unit
    sharpness: Tensor  # ()
    offset: Tensor  # (A,)
    weight: float

    def shares(self, unit: Tensor) -> Tensor:
        """(N, A) of (N, K) unit features."""
        cosine = self.sharpness * unit @ self.centres.T
        return torch.softmax(cosine + self.offset, dim=1)


def adapt_by_prototypes(setup: Adaptation) -> None:
    """Fit the model, in place, to posteriors shifted by the prototypes."""
    setup.model.to(setup.fabric.device)
    target, config = setup.target, setup.config.prototypes.fit
    taught = moved_posteriors(setup)
    fit_to_posteriors(setup, "prototypes", target, taught, config, rows=target.usable)


@torch.no_grad()
def moved_posteriors(setup: Adaptation) -> Tensor:
    """(N, L) concentrations of the target galaxies, shifted by the prototypes."""
    config, tree = setup.config, setup.tree
    source, votes = (of(config.source_stores) for of in (setup.galaxies, setup.votes))
    learnt = torch.zeros(len(votes), 1, device=votes.device)
    learnt[torch.from_numpy(setup.learnt_rows(source))] = 1
    votes = votes * learnt  # a galaxy without votes has no weight
    fabric, model, image = setup.fabric, setup.model, setup.card.image
    source_features = features_of(fabric, model, source, image, of_source=True)
    features = features_of(fabric, model, setup.target, image)
    alpha = concentration(model.logits(features))
    predicted = expected_fractions(concentration(model.logits(source_features)), tree)
    near, far = whitened(source_features, features, config.prototypes.components)
    asked = asked_probability(expected_fractions(alpha, tree), tree)
    asked = torch.where(asked < _LEAST_ASKED, 0, asked) * _weight(setup.target, alpha)
    votes = votes * _weight(source, votes)
    weights, first, centres = {}, [], []
    for i, question in enumerate(tree.questions):
        columns = tree.columns(question)
        start = source_prototypes(near, votes[:, columns], predicted[:, columns])
        moved = target_prototypes(start, far, asked[:, i])
        alpha[:, columns] = _mixed(alpha[:, columns], moved.shares(far), start.weight)
        weights[question.name] = round(start.weight, 3)
        first.append(start.centres)
        centres.append(moved.centres)
    distances = centre_distances(torch.cat(centres), torch.cat(first), tree)
    setup.run.event("prototypes", say=weights, centres=distances)
    return alpha


def _weight(galaxies: Galaxies, like: Tensor) -> Tensor:
    """(N, 1) weights: 0 of galaxies with too many bad pixels, 1 of others."""
    weight = like.new_zeros(len(galaxies), 1)
    weight[torch.from_numpy(galaxies.usable).to(weight.device)] = 1
    return weight


def whitened(source: Tensor, target: Tensor, components: int) -> tuple[Tensor, Tensor]:
    """Unit features of both surveys, centred separately and whitened by the source.

    (N, D) and (M, D) become (N, K) and (M, K): the ``components`` principal components
    of the source.
    """
    near, far = source - source.mean(dim=0), target - target.mean(dim=0)
    _, spread, directions = torch.linalg.svd(near, full_matrices=False)
    kept = min(components, int((spread > spread[0] * 1e-4).sum()))
    scale = directions[:kept].T / spread[:kept]
    return F.normalize(near @ scale, dim=1), F.normalize(far @ scale, dim=1)


def source_prototypes(unit: Tensor, votes: Tensor, predicted: Tensor) -> Prototypes:
    """Centres and calibration of one question, from the source's votes (N, A).

    Of unit features (N, K); galaxies without votes have no weight. ``predicted`` (N, A)
    are the head's fractions; the ``weight`` of the prototypes in a mixture with them,
    one of ``_WEIGHTS``, is that which makes the votes most probable.
    """
    total = votes.sum(dim=1, keepdim=True)
    weight = total / (total + _VOTES_HALF)
    fraction = votes / total.clamp(min=1)
    mean = (weight * fraction).sum(dim=0) / weight.sum().clamp(min=1e-9)
    centres = F.normalize((weight * (fraction - mean)).T @ unit, dim=1)
    sharpness, offset = _calibrated(unit @ centres.T, votes, mean)
    shares = Prototypes(centres, sharpness, offset, weight=0.0).shares(unit)
    likely = {
        w: _log_likelihood((1 - w) * predicted + w * shares, votes).item()
        for w in _WEIGHTS
    }
    return Prototypes(centres, sharpness, offset, max(likely, key=likely.get))


def target_prototypes(start: Prototypes, unit: Tensor, asked: Tensor) -> Prototypes:
    """The prototypes moved to the target's galaxies by soft spherical k-means.

    A question that no galaxy reaches, or with a centre that would move too far from the
    source, keeps all its centres. ``unit`` are (M, K) features, ``asked`` (M,) the
    weights of the galaxies.
    """
    if not asked.any():
        return start
    prior = _marginal(start.shares(unit), asked)
    centres = start.centres
    for _ in range(_ROUNDS):
        shares = replace(start, centres=centres).shares(unit)
        shares = _balanced(shares, asked, prior)
        apart = asked[:, None] * (shares - _marginal(shares, asked))
        nearest = F.normalize(apart.T @ unit, dim=1)
        centres = F.normalize(_MOMENTUM * centres + (1 - _MOMENTUM) * nearest, dim=1)
    if ((centres * start.centres).sum(dim=1) < _NEAREST_TO_SOURCE).any():
        return start
    return replace(start, centres=centres)


def _balanced(shares: Tensor, asked: Tensor, prior: Tensor) -> Tensor:
    """Fractions (M, A) whose mean stays within ``_SLACK`` of the prior (A,)."""
    marginal = _marginal(shares, asked).clamp(min=1e-9)
    wanted = marginal.clamp(prior * (1 - _SLACK), prior * (1 + _SLACK))
    scaled = shares * (wanted / marginal)
    return scaled / scaled.sum(dim=1, keepdim=True)


def _marginal(shares: Tensor, asked: Tensor) -> Tensor:
    return (asked[:, None] * shares).sum(dim=0) / asked.sum().clamp(min=1e-9)


@torch.enable_grad()
def _calibrated(cosine: Tensor, votes: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Maximum-likelihood sharpness and offsets for cosines (N, A)."""
    log_sharpness = torch.zeros((), device=cosine.device, requires_grad=True)
    offset = mean.clamp(min=1e-4).log().clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [log_sharpness, offset], max_iter=_FIT_STEPS, line_search_fn="strong_wolfe"
    )

    def cost() -> Tensor:
        optimizer.zero_grad()
        sharpness = log_sharpness.clamp(max=_SHARPEST).exp()
        shares = torch.softmax(sharpness * cosine + offset, dim=1)
        value = -_log_likelihood(shares, votes) / votes.sum().clamp(min=1)
        value.backward()
        return value

    optimizer.step(cost)
    return log_sharpness.detach().clamp(max=_SHARPEST).exp(), offset.detach()


def _log_likelihood(shares: Tensor, votes: Tensor) -> Tensor:
    """Multinomial log-likelihood of votes (N, A), without its constant."""
    return torch.special.xlogy(votes, shares.clamp(min=1e-9)).sum()


def _mixed(alpha: Tensor, shares: Tensor, weight: float) -> Tensor:
    """Concentrations (M, A) ≥ 1, mean moved towards ``shares``, with the same total."""
    total = alpha.sum(dim=1, keepdim=True)
    return ((1 - weight) * alpha + weight * total * shares).clamp(min=1)
