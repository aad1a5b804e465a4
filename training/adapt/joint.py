"""Fit to the source's votes and to target images, which have no votes.

The source term is that of `training.fit.source`, on the source images or on mock
observations of them in the target survey (`training.survey_differences.reobserve`). Up
to two terms for the target are added:

- ``align``: a distance between the features of both surveys
  (`training.survey_differences.feature_distances`) or a domain adversary (Ganin et al.
  2016);
- ``teacher_weight``: a mean teacher (Tarvainen & Valpola 2017), whose posteriors give
  votes of pseudo-volunteers (`training.adapt.pseudo_volunteers`).

Each survey's batch goes through batch norm separately. If the statistics are of both
(see `training.network.batch_norm`), AdaBN should follow.
"""

import math
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from morph.runs.config_adaptation import JointConfig
from morph.trees.decision_tree import DecisionTree
from training.adapt.pseudo_volunteers import draw_votes
from training.fit.loop import BatchLoss, Fit
from training.fit.source import vote_loss
from training.network.batch_norm import counted_as, keep_two
from training.network.losses import dirichlet_multinomial_nll
from training.network.model import GalaxyModel, concentration
from training.pixels.augment import augmented_input
from training.pixels.galaxy_images import Galaxies, MockObserver
from training.pixels.random_draws import Draws
from training.survey_differences.adaptation_context import Adaptation
from training.survey_differences.feature_distances import DISTANCES
from training.survey_differences.reobserve import mock_observer

_RAMP = 10.0  # how fast the target's terms come in (Ganin et al. 2016)
_CRITIC_WIDTH = 128
_REVERSED = 0.3  # fraction of the critic's gradient that reaches the encoder


def fit_jointly(setup: Adaptation) -> None:
    """Fit the model, in place, to both surveys, as ``config.joint`` says."""
    _fit(setup, "joint", setup.config.joint)


def fit_on_simulation(setup: Adaptation, *, name: str) -> None:
    """Fit the model, in place, to mock observations, as the settings ``name`` say."""
    _fit(setup, name, JointConfig(fit=getattr(setup.config, name).fit))


class Critic(nn.Module):
    """Log-odds that features come from the target survey."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, _CRITIC_WIDTH), nn.ReLU(), nn.Linear(_CRITIC_WIDTH, 1)
        )

    def forward(self, features: Tensor) -> Tensor:
        """(B,) for (B, D) features."""
        return self.layers(features)[:, 0]


class _Reversed(torch.autograd.Function):
    """The identity, with a weaker gradient of opposite sign."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:
        return -_REVERSED * gradient


def adversarial_loss(critic: Critic, source: Tensor, target: Tensor) -> Tensor:
    """Mean cross-entropy of the critic over (B, D) features of both surveys.

    The critic learns to recognise the survey, and the reversed gradient (`_REVERSED` of
    it) makes the encoder learn to hide it.
    """
    odds = critic(_Reversed.apply(torch.cat([source, target])))
    from_target = torch.arange(len(odds), device=odds.device) >= len(source)
    return F.binary_cross_entropy_with_logits(odds, from_target.to(odds.dtype))


class Teacher(nn.Module):
    """The exponential running mean of a student's weights."""

    def __init__(self, student: GalaxyModel, decay: float) -> None:
        super().__init__()
        self.mean = AveragedModel(student, multi_avg_fn=get_ema_multi_avg_fn(decay))
        self.mean.requires_grad_(False)

    def train(self, mode: bool = True) -> "Teacher":
        """Batch norm uses the batch: the student's statistics may be the source's."""
        super().train(mode)
        self.mean.module.dropout.train(False)
        return self

    @torch.no_grad()
    def following(self, student: GalaxyModel, images: Tensor) -> Tensor:
        """(B, L) concentrations, after an update with the student's weights."""
        self.mean.update_parameters(student)
        return concentration(self.mean(images))


class BothSurveys(nn.Module):
    """The model and, during a fit, its critic and teacher."""

    def __init__(self, model: GalaxyModel, config: JointConfig) -> None:
        super().__init__()
        self.model = model
        self.statistics = config.statistics
        if config.statistics == "dual":
            keep_two(model)
        self.critic: Critic | None = None
        self.teacher: Teacher | None = None
        if config.align == "adversary":
            self.critic = Critic(model.classifier.in_features)
        if config.teacher_weight:
            self.teacher = Teacher(model, config.teacher_decay)

    def forward(self, *images: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Features (B, D) and logits (B, L), float32, of each survey's images."""
        features = []
        for batch, source in zip(images, (True, False), strict=False):
            with counted_as(self.model, self.statistics, source=source):
                features.append(self.model.features(batch).float())
        return [(z, self.model.logits(z)) for z in features]


def _fit(setup: Adaptation, name: str, config: JointConfig) -> None:
    stores = setup.config.source_stores
    source, votes = setup.galaxies(stores), setup.votes(stores)
    both = BothSurveys(setup.model, config)
    loss = joint_loss(setup, both, source, votes, config)
    learnt = setup.learnt_rows(source)
    task = Fit(
        name,
        lambda _epoch: learnt,
        loss,
        config.fit,
        setup.config.seed,
        galaxies=source,
        by_votes=True,
    )
    setup.fit(task, both)


def joint_loss(
    setup: Adaptation,
    both: BothSurveys,
    source: Galaxies,
    votes: Tensor,
    config: JointConfig,
) -> BatchLoss:
    """The loss of a batch of source galaxies and, if the config has a term for them, of
    as many random target galaxies.

    The target's term grows from 0 during the fit. Only the source term is reported.
    """
    of_votes = vote_loss(votes, config.fit, setup.tree)
    of_teacher = _make_teacher_loss(both, votes, setup.tree)
    image, augment = setup.card.image, config.fit.augment
    seen = partial(augmented_input, image=image, config=augment)
    target, kept = setup.target.flux, torch.from_numpy(setup.target.usable)
    kept = kept.to(target.device)
    observe: MockObserver | None = None
    if config.retake:
        observe = mock_observer(*setup.looks(source, setup.target))

    def loss(
        module: nn.Module, rows: Tensor, drawn: Draws, done: float
    ) -> tuple[Tensor, Tensor]:
        flux = source.flux[rows]
        if observe is not None:
            flux = observe(flux, rows, drawn)
        images = seen(flux, drawn=drawn)
        if not config.uses_target:
            ((_, logits),) = module(images)
            return of_votes(logits, rows, done)
        flux = target[kept[drawn.integers(len(rows), len(kept))]]
        (features, logits), (target_features, target_logits) = module(
            images, seen(flux, drawn=drawn)
        )
        minimised, reported = of_votes(logits, rows, done)
        extra = _distance(both, features, target_features, config)
        if both.teacher is not None:
            taught = of_teacher(target_logits, seen(flux, drawn=drawn), drawn)
            extra = extra + config.teacher_weight * taught
        ramp = 2 / (1 + math.exp(-_RAMP * done)) - 1
        return minimised + ramp * extra, reported

    return loss


def _make_teacher_loss(
    both: BothSurveys, votes: Tensor, tree: DecisionTree
) -> Callable[[Tensor, Tensor, Draws], Tensor]:
    """Loss of the student's logits on votes drawn from the teacher's posteriors.

    The teacher sees another view of the galaxy. The number of volunteers is that of a
    random galaxy with (N, L) votes.
    """
    volunteers = votes[:, tree.columns(tree.questions[0])].sum(dim=1)
    most = int(volunteers.max())

    def loss(logits: Tensor, view: Tensor, drawn: Draws) -> Tensor:
        number = volunteers[drawn.integers(len(view), len(volunteers))]
        alpha = both.teacher.following(both.model, view)
        taught = draw_votes(alpha, number, tree, drawn, most=most)
        nll = dirichlet_multinomial_nll(concentration(logits), taught, tree)
        return nll.sum(dim=1).mean()

    return loss


def _distance(
    both: BothSurveys, source: Tensor, target: Tensor, config: JointConfig
) -> Tensor:
    """The configured distance between the features of the two batches."""
    if config.align == "none":
        return source.new_zeros(())
    distance = DISTANCES.get(config.align) or partial(adversarial_loss, both.critic)
    return config.align_weight * distance(source, target)
