"""Adaptation by spherical k-means pseudo-labels (Ye et al. 2025).

In each epoch and for each question: target features on the unit sphere are clustered,
starting from the prototypes as centres; galaxies near a centre get its answer as
pseudo-label; one pass pulls their features towards the prototype of that answer.
Prototypes are the classifier's weight rows. The classifier is fixed and batch norm in
evaluation mode, as published.

Corrections to the published code: centres are copies, so weight rows do not change
("tracking" gives the published behaviour: prototypes are the last centres), and labels
are stored by row. ``follow_tree`` clusters and labels only galaxies that probably reach
the question; otherwise smooth galaxies form clusters among the answers about bars.
"""

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from morph.errors import MorphError
from morph.evaluation.vote_fraction_errors import ASKED
from morph.trees.decision_tree import DecisionTree
from training.apply.forward import features_of
from training.judge.collapse_signs import centre_distances, label_alarms, label_shares
from training.network.losses import asked_probability, expected_fractions
from training.network.model import GalaxyModel, concentration
from training.survey_differences.adaptation_context import Adaptation

_MOST_ROUNDS = 100
_CONVERGED = 1e-4  # summed squared shift of all centres


class WithPrototypes(nn.Module):
    """A model and one prototype per answer, a unit vector that attracts its features.

    Always in evaluation mode (batch norm, dropout); the classifier is fixed.
    """

    def __init__(self, model: GalaxyModel) -> None:
        super().__init__()
        self.model = model
        self.model.classifier.requires_grad_(False)
        rows = F.normalize(model.classifier.weight.detach(), dim=1)
        self.register_buffer("prototypes", rows.clone())

    def train(self, _mode: bool = True) -> "WithPrototypes":
        return super().train(False)

    def forward(self, images: Tensor) -> Tensor:
        """(B, D) features, not normalised."""
        return self.model.features(images).float()


def adapt_by_kmeans(setup: Adaptation) -> None:
    """Fit the encoder on pseudo-labelled target galaxies, in place."""
    target, tree, config = setup.target, setup.tree, setup.config.kmeans
    labels = torch.zeros(len(target), len(tree.labels), device=target.flux.device)
    pulled = WithPrototypes(setup.model).to(labels.device)

    def choose_rows(epoch: int) -> np.ndarray:
        labels.copy_(_new_labels(setup, pulled, epoch))
        rows = labels.any(dim=1).nonzero()[:, 0].cpu().numpy()
        rows = np.intersect1d(rows, target.usable)
        if not len(rows):
            raise MorphError(
                "no target galaxy got a pseudo-label; lower kmeans.min_cosine, or "
                "choose another method"
            )
        return rows

    def loss(features: Tensor, rows: Tensor, _done: float) -> tuple[Tensor, Tensor]:
        pull = prototype_loss(
            features, pulled.prototypes, labels[rows], tree, config.temperature
        )
        return pull, pull

    task = setup.task("kmeans", target, config.fit, loss)
    setup.fit(replace(task, choose_rows=choose_rows), pulled)
    setup.model.classifier.requires_grad_(True)


@torch.no_grad()
def _new_labels(setup: Adaptation, pulled: WithPrototypes, epoch: int) -> Tensor:
    """(N, L) pseudo-labels of all target galaxies for one epoch; recorded."""
    config, tree = setup.config.kmeans, setup.tree
    features = features_of(setup.fabric, setup.model, setup.target, setup.card.image)
    unit, asked = F.normalize(features, dim=1), None
    if config.follow_tree:
        alpha = concentration(setup.model.logits(features)).double()
        asked = asked_probability(expected_fractions(alpha, tree), tree) > ASKED
    first = pulled.prototypes.clone()
    usable = torch.from_numpy(setup.target.usable).to(unit.device)
    reached = None if asked is None else asked[usable]
    centres = spherical_kmeans(unit[usable], first, tree, reached)
    if config.prototypes == "tracking":
        pulled.prototypes.copy_(centres)
    labels = pseudo_labels(
        unit,
        centres,
        tree,
        nearest_share=config.nearest_share,
        min_cosine=config.min_cosine - config.cosine_step * epoch,
        asked=asked,
    )
    shares, moved = label_shares(labels, tree), centre_distances(centres, first, tree)
    setup.run.event("pseudo_labels", epoch=epoch + 1, shares=shares, centres=moved)
    sentences = label_alarms(shares, moved, tree)
    if sentences:
        setup.run.event("alarms", fit="kmeans", sentences=sentences)
    return labels


def spherical_kmeans(
    unit: Tensor, first: Tensor, tree: DecisionTree, asked: Tensor | None = None
) -> Tensor:
    """(L, D) unit centres of (N, D) unit features, each question clustered separately.

    ``first`` (L, D) are the initial centres; the centre of an empty cluster does not
    move. ``asked`` (N, Q) selects the galaxies of each question. Ends when the centres
    have converged, or after ``_MOST_ROUNDS``.
    """
    centres = first.clone()
    for _ in range(_MOST_ROUNDS):
        cosine = unit @ centres.T
        sums = torch.zeros_like(centres)
        for i, question in enumerate(tree.questions):
            columns = tree.columns(question)
            nearest = cosine[:, columns].argmax(dim=1) + columns.start
            counting = slice(None) if asked is None else asked[:, i]
            sums.index_add_(0, nearest[counting], unit[counting])
        moved = torch.where(
            (sums != 0).any(dim=1, keepdim=True), F.normalize(sums, dim=1), centres
        )
        shift = (moved - centres).square().sum()
        centres = moved
        if shift <= _CONVERGED:
            break
    return centres


def pseudo_labels(
    unit: Tensor,
    centres: Tensor,
    tree: DecisionTree,
    *,
    nearest_share: float,
    min_cosine: float,
    asked: Tensor | None = None,
) -> Tensor:
    """(N, L) of 0 and 1: at most one answer per question and galaxy.

    A galaxy is labelled if it is in the fraction ``nearest_share`` (at least one) of
    galaxies nearest to any centre of any question, on those questions whose nearest
    centre has a cosine above ``min_cosine`` (and that ``asked`` (N, Q) allows).
    """
    cosine = unit @ centres.T
    count = max(1, round(nearest_share * len(unit)))
    near = torch.zeros(len(unit), dtype=torch.bool, device=unit.device)
    near[cosine.topk(count, dim=0).indices.flatten()] = True
    labels = torch.zeros_like(cosine)
    for i, question in enumerate(tree.questions):
        columns = tree.columns(question)
        best = cosine[:, columns].max(dim=1)
        labelled = near & (best.values > min_cosine)
        if asked is not None:
            labelled &= asked[:, i]
        rows = labelled.nonzero()[:, 0]
        labels[rows, best.indices[rows] + columns.start] = 1
    return labels


def prototype_loss(
    features: Tensor,
    prototypes: Tensor,
    labels: Tensor,
    tree: DecisionTree,
    temperature: float,
) -> Tensor:
    """Mean cross-entropy of softmax(cosine / temperature), summed over questions."""
    scaled = F.normalize(features, dim=1) @ prototypes.T / temperature
    total = scaled.new_zeros(len(scaled))
    for question in tree.questions:
        columns = tree.columns(question)
        log_fraction = F.log_softmax(scaled[:, columns], dim=1)
        total = total - (labels[:, columns] * log_fraction).sum(dim=1)
    return total.mean()
