"""Adaptation by soft prototypes: what the paper's k-means sets out to do, per question.

Against `training.adapt.kmeans`: features are centred survey by survey and whitened, so
that cosines differ; every question is clustered by itself, among galaxies that are
asked it; centres start from the source's votes, not from the head's weights; an
assignment is a share, calibrated on source votes, not a label; where prototypes tell
the source's votes no better than the head does, they have no say. What the encoder then
learns is the source model's posterior with its mean moved, and as sure as it was.

Left out: centres are not smoothed along answers that have an order, and answers like
"artifact" are clustered as all others are.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.adapt.pairs import fit_to_posteriors
from training.apply.forward import features_of
from training.judge.collapse_signs import centre_distances
from training.network.model import concentration
from training.network.posteriors import asked_share, expected_fractions
from training.surveys.context import Adaptation

_ROUNDS = 20
_MOMENTUM = 0.7  # of a centre, from one round to the next
_NEAREST_TO_SOURCE = 0.6  # least cosine of a target centre with its source centre
_SLACK = 0.3  # by how much an answer's share may differ between the surveys
_VOTES_HALF = 10.0  # volunteers after which a galaxy counts half
_LEAST_ASKED = 0.3
_FIT_STEPS = 50
_SHARPEST = math.log(100.0)
_SAYS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Prototypes:
    """The centres of one question's answers, and how near is how much.

    An answer's share is softmax(``sharpness`` · cosine + ``offset``), mixed with
    ``say`` into what the model says by itself.
    """

    centres: Tensor  # (A, K), unit
    sharpness: Tensor  # ()
    offset: Tensor  # (A,)
    say: float

    def shares(self, unit: Tensor) -> Tensor:
        """(N, A) of (N, K) unit features."""
        return torch.softmax(
            self.sharpness * unit @ self.centres.T + self.offset, dim=1
        )


def adapt_by_prototypes(given: Adaptation) -> None:
    """Fit the model, in place, to posteriors that prototypes have moved."""
    given.model.to(given.fabric.device)
    config, taught = given.config.prototypes, moved_posteriors(given)
    fit_to_posteriors(given, "prototypes", given.target, taught, config.fit)


@torch.no_grad()
def moved_posteriors(given: Adaptation) -> Tensor:
    """(N, L) concentrations of the target galaxies after the prototypes' say."""
    config, tree = given.config, given.tree
    source, votes = (of(config.source_stores) for of in (given.galaxies, given.votes))
    fabric, model, image = given.fabric, given.model, given.card.image
    seen = features_of(fabric, model, source, image, of_source=True)
    own = features_of(fabric, model, given.target, image)
    alpha = concentration(model.logits(own))
    told = expected_fractions(concentration(model.logits(seen)), tree)
    near, far = whitened(seen, own, config.prototypes.components)
    asked = asked_share(expected_fractions(alpha, tree), tree)
    says, first, centres = {}, [], []
    for place, question in enumerate(tree.questions):
        columns = tree.columns(question)
        found = source_prototypes(near, votes[:, columns], told[:, columns])
        weight = torch.where(asked[:, place] < _LEAST_ASKED, 0, asked[:, place])
        moved = target_prototypes(found, far, weight)
        alpha[:, columns] = _mixed(alpha[:, columns], moved.shares(far), found.say)
        says[question.name] = round(found.say, 3)
        first.append(found.centres)
        centres.append(moved.centres)
    distances = centre_distances(torch.cat(centres), torch.cat(first), tree)
    given.run.event("prototypes", say=says, centres=distances)
    return alpha


def whitened(source: Tensor, target: Tensor, components: int) -> tuple[Tensor, Tensor]:
    """Unit features of both surveys, each centred by itself, whitened by the source.

    (N, D) and (M, D) become (N, K) and (M, K) of the ``components`` directions along
    which the source spreads most.
    """
    seen, own = source - source.mean(dim=0), target - target.mean(dim=0)
    _, spread, directions = torch.linalg.svd(seen, full_matrices=False)
    kept = min(components, int((spread > spread[0] * 1e-4).sum()))
    scale = directions[:kept].T / spread[:kept]
    return F.normalize(seen @ scale, dim=1), F.normalize(own @ scale, dim=1)


def source_prototypes(unit: Tensor, votes: Tensor, told: Tensor) -> Prototypes:
    """Centres and calibration of one question, from the source's votes.

    Parameters
    ----------
    unit : (N, K) tensor
    votes : (N, A) tensor
        Counts; galaxies without any have no say.
    told : (N, A) tensor
        What the head says of the same galaxies, to be compared with.
    """
    total = votes.sum(dim=1, keepdim=True)
    weight = total / (total + _VOTES_HALF)
    fraction = votes / total.clamp(min=1)
    mean = (weight * fraction).sum(dim=0) / weight.sum().clamp(min=1e-9)
    centres = F.normalize((weight * (fraction - mean)).T @ unit, dim=1)
    sharpness, offset = _calibrated(unit @ centres.T, votes, mean)
    shares = Prototypes(centres, sharpness, offset, say=0.0).shares(unit)
    likely = {
        say: _log_likelihood((1 - say) * told + say * shares, votes).item()
        for say in _SAYS
    }
    return Prototypes(centres, sharpness, offset, max(likely, key=likely.get))


def target_prototypes(found: Prototypes, unit: Tensor, asked: Tensor) -> Prototypes:
    """The prototypes moved to where the target's galaxies lie: soft spherical k-means.

    A question that no galaxy is asked, or one of whose centres would go too far from
    where it is over the source, keeps all of them.

    Parameters
    ----------
    unit : (M, K) tensor
    asked : (M,) tensor
        How much each galaxy counts for this question.
    """
    if not asked.any():
        return found
    prior = _marginal(found.shares(unit), asked)
    centres = found.centres.clone()
    for _ in range(_ROUNDS):
        moving = Prototypes(centres, found.sharpness, found.offset, found.say)
        shares = _balanced(moving.shares(unit), asked, prior)
        apart = asked[:, None] * (shares - _marginal(shares, asked))
        nearest = F.normalize(apart.T @ unit, dim=1)
        centres = F.normalize(_MOMENTUM * centres + (1 - _MOMENTUM) * nearest, dim=1)
    if ((centres * found.centres).sum(dim=1) < _NEAREST_TO_SOURCE).any():
        return found
    return Prototypes(centres, found.sharpness, found.offset, found.say)


def _balanced(shares: Tensor, asked: Tensor, prior: Tensor) -> Tensor:
    """Shares (M, A) whose marginal stays within ``_SLACK`` of the prior (A,)."""
    marginal = _marginal(shares, asked).clamp(min=1e-9)
    wanted = marginal.clamp(prior * (1 - _SLACK), prior * (1 + _SLACK))
    scaled = shares * (wanted / marginal)
    return scaled / scaled.sum(dim=1, keepdim=True)


def _marginal(shares: Tensor, asked: Tensor) -> Tensor:
    return (asked[:, None] * shares).sum(dim=0) / asked.sum().clamp(min=1e-9)


@torch.enable_grad()
def _calibrated(cosine: Tensor, votes: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Sharpness and offsets under which cosines (N, A) tell the votes best."""
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


def _mixed(alpha: Tensor, shares: Tensor, say: float) -> Tensor:
    """Concentrations (M, A) with their mean moved towards ``shares``, no surer."""
    total = alpha.sum(dim=1, keepdim=True)
    return ((1 - say) * alpha + say * total * shares).clamp(min=1)
