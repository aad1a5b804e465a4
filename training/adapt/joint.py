"""One fit on the source's votes and on the target's pictures, which have none.

The source term is that of `training.fit.source`, on pictures as they are or retaken as
the target survey would have (`training.surveys.reobserve`). What is asked of the
target's pictures is added to it: that their features lie where the source's do
(`alignment`, `adversary`), that the model agrees with its own running mean
(`mean_teacher`).

A batch of either survey goes through batch norm by itself. Where the means and
variances that remain are of both (see `training.network.batch_norm`), AdaBN should
follow.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from torch import Tensor, nn

from morph.posterior.tree import DecisionTree
from morph.runs.config_adaptation import JointConfig
from morph.runs.config_parts import AugmentConfig, ImageConfig
from training.adapt.adversary import Critic, adversarial_loss
from training.adapt.mean_teacher import Teacher, lesson_loss
from training.adapt.pseudo_volunteers import draw_votes
from training.fit.loop import BatchLoss, Fit, fit
from training.fit.source import make_vote_loss
from training.network.batch_norm import counted_as, keep_two
from training.network.model import GalaxyModel
from training.pixels.augment import augmented
from training.pixels.galaxy_images import Galaxies, Retake, network_input
from training.pixels.random_draws import Draws
from training.surveys.context import Adaptation
from training.surveys.feature_distances import DISTANCES
from training.surveys.look import measure_look
from training.surveys.reobserve import as_target_sees

_RAMP = 10.0  # how fast the target's terms come in (Ganin et al. 2016)


def fit_on_simulation(given: Adaptation) -> None:
    """Fit the model on, in place, to the source's votes on pictures retaken."""
    fit_named(given, "simulation", JointConfig(fit=given.config.simulation.fit))


def fit_long_on_simulation(given: Adaptation) -> None:
    """The same for longer, by default for as many epochs as a source's fit has."""
    config = given.config.long_simulation
    fit_named(given, "long_simulation", JointConfig(fit=config.fit))


def fit_jointly(given: Adaptation) -> None:
    """Fit the model on, in place, as ``config.joint`` says."""
    fit_named(given, "joint", given.config.joint)


class BothSurveys(nn.Module):
    """The model beside what is only needed to fit it: critic and teacher."""

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

    def forward(self, *pictures: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Features (B, D) and logits (B, L), float32, of each survey's pictures."""
        features = []
        for given, source in zip(pictures, (True, False), strict=False):
            with counted_as(self.model, self.statistics, source=source):
                features.append(self.model.features(given).float())
        return [(found, self.model.logits(found)) for found in features]


def fit_named(given: Adaptation, name: str, config: JointConfig) -> None:
    """Fit the model on, in place, as ``config`` says; it is saved under ``name``."""
    stores, seed = given.config.source_stores, given.config.seed
    source, votes = given.galaxies(stores), given.votes(stores)
    both = BothSurveys(given.model, config)
    loss = joint_loss(given, both, source, votes, config)
    rows = np.arange(len(source))
    task = Fit(
        name,
        lambda *_: rows,
        loss,
        config.fit,
        seed,
        galaxies=source,
        by_votes=True,
    )
    task = given.judged(task, lambda fitted: fitted.model)
    fit(given.run, given.fabric, both, task)


def joint_loss(
    given: Adaptation,
    both: BothSurveys,
    source: Galaxies,
    votes: Tensor,
    config: JointConfig,
) -> BatchLoss:
    """The loss of a batch of source galaxies and of as many target galaxies.

    Reported is the source's part alone.
    """
    of_votes = make_vote_loss(votes, config.fit, given.tree)
    of_lesson = _make_lesson_loss(both, votes, given.tree)
    seen_as = partial(_seen, image=given.card.image, augment=config.fit.augment)
    target = given.target.flux
    retake = _make_retake(source, given.target, config)

    def loss(
        module: nn.Module, rows: Tensor, drawn: Draws, done: float
    ) -> tuple[Tensor, Tensor]:
        pictures = seen_as(retake(source.flux[rows], rows, drawn), drawn)
        if not config.uses_target:
            ((_, logits),) = module(pictures)
            return of_votes(logits, rows, done)
        flux = target[drawn.integers(len(rows), len(target))]
        (near, logits), (far, told) = module(pictures, seen_as(flux, drawn))
        minimised, reported = of_votes(logits, rows, done)
        extra = _distance(both, near, far, config)
        if both.teacher is not None:
            lesson = of_lesson(told, seen_as(flux, drawn), drawn)
            extra = extra + config.teacher_weight * lesson
        return minimised + _ramp(done) * extra, reported

    return loss


def _make_retake(source: Galaxies, target: Galaxies, config: JointConfig) -> Retake:
    """Source pictures as the target survey would have them, or as they are."""
    if not config.retake:
        return lambda flux, _rows, _drawn: flux
    return as_target_sees(measure_look(source), measure_look(target))


def _seen(
    flux: Tensor, drawn: Draws, *, image: ImageConfig, augment: AugmentConfig
) -> Tensor:
    """Pictures (B, 3, S, S) of the flux as the network sees them, laid anew."""
    return augmented(network_input(flux, image), augment, drawn)


def _make_lesson_loss(
    both: BothSurveys, votes: Tensor, tree: DecisionTree
) -> Callable[[Tensor, Tensor, Draws], Tensor]:
    """What the student's logits cost by votes drawn as the teacher sees another view.

    As many volunteers look at a galaxy as at one drawn from those with (N, L) votes.
    """
    volunteers = votes[:, tree.columns(tree.questions[0])].sum(dim=1)
    most = int(volunteers.max())

    def loss(logits: Tensor, view: Tensor, drawn: Draws) -> Tensor:
        both.teacher.follow(both.model)
        looking = volunteers[drawn.integers(len(view), len(volunteers))]
        alpha = both.teacher.concentration(view)
        taught = draw_votes(alpha, looking, tree, drawn, most=most)
        return lesson_loss(logits, taught, tree)

    return loss


def _distance(
    both: BothSurveys, source: Tensor, target: Tensor, config: JointConfig
) -> Tensor:
    """How far the two batches' features lie apart, by the configured measure."""
    if config.align == "none":
        return source.new_zeros(())
    if both.critic is not None:
        return config.align_weight * adversarial_loss(both.critic, source, target)
    return config.align_weight * DISTANCES[config.align](source, target)


def _ramp(done: float) -> float:
    return 2 / (1 + math.exp(-_RAMP * done)) - 1
