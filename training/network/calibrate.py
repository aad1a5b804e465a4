"""Calibration of each question's posteriors on held-out votes.

A concentration α is replaced by s Aᵉ softmax(ln(α/A) / T), A = Σα, with a scale s and
an exponent e of the total concentration and a temperature T of the fractions, by
maximum likelihood of held-out votes (Guo et al. 2017, for a Dirichlet-multinomial).

The exponent is needed because a model knows which galaxies are uncertain before it
knows how much they differ: after a short fit, A varies too little. With a scale alone,
the few galaxies with large errors make the posteriors of all others too wide.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from morph.trees.decision_tree import DecisionTree, tree_called
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel, concentration

# Scale, temperature and exponent of one question; earlier models have no exponent.
Calibration = tuple[float, ...]
UNCHANGED: Calibration = (1.0, 1.0, 1.0)

_LEAST_GALAXIES = 50  # that a question suits; with fewer it is not calibrated
_ENOUGH = 10  # votes on a question that suits a galaxy
# Largest absolute logarithms: of the scale of a typical total, temperature, exponent.
_MOST = (math.log(20.0), math.log(20.0), math.log(3.0))
_LEAST = 1e-3  # of a concentration, which could underflow to 0
_LARGEST = 1e4  # of a total concentration: no vote fraction is known better
_STEPS = 100
# Standard deviation of these logarithms over the questions of a model, assumed when few
# galaxies calibrate all of them.
_SPREAD = (0.3, 0.15, 0.3)


def calibrated(
    alpha: Tensor, calibration: Sequence[Calibration], tree: DecisionTree
) -> Tensor:
    """(B, L) calibrated concentrations; an empty ``calibration`` changes nothing."""
    if not calibration:
        return alpha
    parts = []
    for question, factors in zip(tree.questions, calibration, strict=True):
        scale, temperature, exponent = (*factors, 1.0)[:3]
        answers = alpha[:, tree.columns(question)]
        parts.append(_scaled(answers, scale, temperature, exponent))
    return torch.cat(parts, dim=1)


def calibrated_posteriors(
    model: GalaxyModel, card: FittedModel, features: Tensor
) -> Tensor:
    """(B, L) calibrated concentrations for (B, D) features."""
    alpha = concentration(model.logits(features))
    return calibrated(alpha, card.calibration, tree_called(card.tree))


def fit_calibration(
    alpha: Tensor, votes: Tensor, tree: DecisionTree
) -> tuple[Calibration, ...]:
    """The calibration of each question by itself, from galaxies that were not learnt.

    Without an exponent: from the votes of a question alone, that is not known well.
    A question keeps ``UNCHANGED`` if it suits few galaxies, or if two-fold cross-
    validation (on odd and even rows) shows no gain in likelihood.
    """
    alpha, votes = alpha.double().cpu(), votes.double().cpu()
    calibration = []
    for pair in _by_question(alpha, votes, tree, enough=1):
        better = len(pair[0]) >= _LEAST_GALAXIES and _helps(*pair)
        calibration.append(_fit([pair])[0] if better else UNCHANGED)
    return tuple(calibration)


def fit_together(
    alpha: Tensor, votes: Tensor, tree: DecisionTree
) -> tuple[Calibration, ...]:
    """The calibration of all questions, with an exponent; few galaxies suffice.

    The logarithms have a normal prior around their mean over the questions (of the
    scale, that of a typical total): what makes one question of a model too sure makes
    others so. A question without votes has the means.
    """
    pairs = _by_question(alpha.double().cpu(), votes.double().cpu(), tree)
    return _fit(pairs, spread=_SPREAD)


def crossed(alpha: Tensor, votes: Tensor, tree: DecisionTree) -> Tensor:
    """(N, L) concentrations, calibrated on the votes of the other half of the rows.

    As a model with a calibration of its own does on galaxies not used for it.
    """
    result = alpha.clone()
    for half in range(2):
        rows = torch.arange(len(alpha)) % 2 == half
        fitted = fit_together(alpha[~rows], votes[~rows], tree)
        result[rows] = calibrated(alpha[rows], fitted, tree)
    return result


def _by_question(
    alpha: Tensor, votes: Tensor, tree: DecisionTree, *, enough: int = _ENOUGH
) -> list[tuple[Tensor, Tensor]]:
    """Concentrations and votes (M, A) of the M galaxies that each question suits.

    Those with ``enough`` votes on it, or that all their volunteers were asked it about.
    Of others, a few volunteers were asked about what most do not see.
    """
    first, pairs = tree.columns(tree.questions[0]), []
    least = votes[:, first].sum(dim=1).clamp(min=1, max=enough)
    for question in tree.questions:
        columns = tree.columns(question)
        answered = votes[:, columns].sum(dim=1) >= least
        pairs.append((alpha[answered][:, columns], votes[answered][:, columns]))
    return pairs


def _helps(alpha: Tensor, votes: Tensor) -> bool:
    """Whether calibrating on one half makes the other half more probable."""
    gain = 0.0
    for half in range(2):
        rows = torch.arange(len(alpha)) % 2 == half
        (factors,) = _fit([(alpha[rows], votes[rows])])
        other = _scaled(alpha[~rows], *factors)
        gain += (_nats(alpha[~rows], votes[~rows]) - _nats(other, votes[~rows])).item()
    return gain > 0


def _fit(
    pairs: Sequence[tuple[Tensor, Tensor]],
    spread: tuple[float, ...] | None = None,
) -> tuple[Calibration, ...]:
    """Maximum likelihood without exponents, or with a prior of this spread."""
    logs = torch.zeros(len(pairs), 3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [logs], max_iter=_STEPS, line_search_fn="strong_wolfe"
    )
    galaxies = max(sum(len(alpha) for alpha, _ in pairs), 1)
    typical, most = _typical_totals(pairs), torch.tensor(_MOST, dtype=torch.float64)

    if spread is None:
        most[2] = 0.0

    def factors() -> Tensor:
        scale, temperature, exponent = logs.clamp(-most, most).exp().unbind(dim=1)
        scale = scale * typical ** (1 - exponent)  # that of a typical total until here
        return torch.stack([scale, temperature, exponent], dim=1)

    def cost() -> Tensor:
        optimizer.zero_grad()
        value = torch.zeros((), dtype=torch.float64)
        for (alpha, votes), each in zip(pairs, factors(), strict=True):
            if len(alpha):
                value = value + _nats(_scaled(alpha, *each), votes)
        if spread is not None:
            off = (logs - logs.mean(dim=0)) / torch.tensor(spread)
            value = value + off.square().sum() / 2
        value = value / galaxies
        value.backward()
        return value

    optimizer.step(cost)
    return tuple(map(tuple, factors().detach().tolist()))


def _typical_totals(pairs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """Geometric mean of the total concentration on each question.

    Of one without galaxies, the mean of the others: it has their mean scale as well.
    """
    logs = [alpha.sum(dim=1).log().mean() for alpha, _ in pairs if len(alpha)]
    mean = torch.stack(logs).mean() if logs else torch.zeros((), dtype=torch.float64)
    return torch.stack(
        [alpha.sum(dim=1).log().mean() if len(alpha) else mean for alpha, _ in pairs]
    ).exp()


def _scaled(
    alpha: Tensor,
    scale: Tensor | float,
    temperature: Tensor | float,
    exponent: Tensor | float,
) -> Tensor:
    """One question's concentrations (N, A), calibrated."""
    total = alpha.sum(dim=1, keepdim=True)
    fraction = torch.softmax((alpha / total).log() / temperature, dim=1)
    wanted = (scale * total**exponent).clamp(max=_LARGEST)
    return (wanted * fraction).clamp(min=_LEAST)


def _nats(alpha: Tensor, votes: Tensor) -> Tensor:
    """Negative log-likelihood of one question's votes (N, A), without its constant."""
    total, number = alpha.sum(dim=1), votes.sum(dim=1)
    answers = torch.lgamma(votes + alpha) - torch.lgamma(alpha)
    whole = torch.lgamma(total + number) - torch.lgamma(total)
    return (whole - answers.sum(dim=1)).sum()
