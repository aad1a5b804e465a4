"""Adaptation by spherical k-means pseudo-labels (Ye et al. 2025).

Each epoch, per question: target features on the unit sphere are clustered, from the
classifier's weight rows as first centres; galaxies near a centre get its answer as
pseudo-label; one pass pulls their features towards the weight row of that answer. The
classifier never changes and batch norm stays in evaluation mode, as published.

Mended against the published code: centres are copies, so weight rows stay what they
are ("tracking" gives the published drift: they become the last centres), and labels
are kept by row. ``follow_tree`` clusters and labels each question among the galaxies
that are probably asked it; published, all galaxies are, and smooth ones make clusters
of their own among the answers to what bar there is.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from morph.errors import MorphError
from morph.evaluation.vote_fraction_errors import ASKED
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.posterior.tree import DecisionTree
from morph.runs.config_parts import ImageConfig
from training.fit.loop import Fit, fit
from training.judge.collapse_signs import centre_distances, label_alarms, label_shares
from training.network.model import GalaxyModel, concentration
from training.pixels.augment import augmented
from training.pixels.galaxy_images import Galaxies, network_input
from training.pixels.on_disk import at_once
from training.pixels.random_draws import Draws
from training.surveys.context import Adaptation

_MOST_ROUNDS = 100
_SETTLED = 1e-4  # summed squared shift of all centres


class WithPrototypes(nn.Module):
    """A model and the unit vector per answer that its features are pulled towards.

    It stays in evaluation mode: batch-norm statistics and dropout as the source left
    them. Its classifier does not learn.
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


def adapt_by_kmeans(given: Adaptation) -> None:
    """Fit the encoder on pseudo-labelled target galaxies, in place."""
    target, tree, config = given.target, given.tree, given.config.kmeans
    labels = torch.zeros(len(target), len(tree.labels), device=target.flux.device)
    pulled = WithPrototypes(given.model).to(labels.device)

    def choose_rows(module: nn.Module, epoch: int) -> np.ndarray:
        labels.copy_(_new_labels(given, module, pulled, epoch))
        return _labelled(labels)

    def loss(
        module: nn.Module, rows: Tensor, drawn: Draws, _done: float
    ) -> tuple[Tensor, Tensor]:
        pictures = network_input(target.flux[rows], given.card.image)
        features = module(augmented(pictures, config.fit.augment, drawn))
        pull = prototype_loss(
            features, pulled.prototypes, labels[rows], tree, config.temperature
        )
        return pull, pull

    seed = given.config.seed
    task = Fit("kmeans", choose_rows, loss, config.fit, seed, galaxies=target)
    task = given.judged(task, lambda fitted: fitted.model)
    fit(given.run, given.fabric, pulled, task)


def _new_labels(
    given: Adaptation, module: nn.Module, pulled: WithPrototypes, epoch: int
) -> Tensor:
    """(N, L) pseudo-labels of all target galaxies for one epoch."""
    config, tree = given.config.kmeans, given.tree
    found = _features(module, given.target, given.card.image)
    unit = F.normalize(found, dim=1)
    asked = _asked(given.model, found, tree) if config.follow_tree else None
    first = pulled.prototypes.clone()
    centres = spherical_kmeans(unit, first, tree, asked)
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
    shares = label_shares(labels, tree)
    _say(given, epoch, shares, centre_distances(centres, first, tree))
    return labels


def _say(
    given: Adaptation,
    epoch: int,
    shares: dict[str, float],
    centres: dict[str, dict[str, float]],
) -> None:
    """What was labelled, where the centres lie, and what looks wrong with either."""
    given.run.event("pseudo_labels", epoch=epoch + 1, shares=shares, centres=centres)
    said = label_alarms(shares, centres, given.tree)
    if said:
        given.run.event("alarms", fit="kmeans", sentences=said)


def spherical_kmeans(
    unit: Tensor, first: Tensor, tree: DecisionTree, asked: Tensor | None = None
) -> Tensor:
    """(L, D) unit centres of (N, D) unit features, each question clustered by itself.

    ``first`` (L, D) is where the centres start; an answer that no galaxy is nearest to
    keeps its centre. ``asked`` (N, Q) says which galaxies count for which question.
    Ends when all centres together have settled.
    """
    centres = first.clone()
    for _ in range(_MOST_ROUNDS):
        cosine = unit @ centres.T
        sums = torch.zeros_like(centres)
        for place, question in enumerate(tree.questions):
            columns = tree.columns(question)
            nearest = cosine[:, columns].argmax(dim=1) + columns.start
            counting = slice(None) if asked is None else asked[:, place]
            sums.index_add_(0, nearest[counting], unit[counting])
        moved = torch.where(
            (sums != 0).any(dim=1, keepdim=True), F.normalize(sums, dim=1), centres
        )
        shift = (moved - centres).square().sum()
        centres = moved
        if shift <= _SETTLED:
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

    A galaxy is labelled if it is among the ``nearest_share`` nearest of any centre,
    and on those questions whose nearest centre is nearer than ``min_cosine`` (and
    which ``asked`` (N, Q) allows).
    """
    cosine = unit @ centres.T
    count = max(1, round(nearest_share * len(unit)))
    kept = torch.zeros(len(unit), dtype=torch.bool, device=unit.device)
    kept[cosine.topk(count, dim=0).indices.flatten()] = True
    labels = torch.zeros_like(cosine)
    for place, question in enumerate(tree.questions):
        columns = tree.columns(question)
        best = cosine[:, columns].max(dim=1)
        sure = kept & (best.values > min_cosine)
        if asked is not None:
            sure &= asked[:, place]
        rows = sure.nonzero()[:, 0]
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
        log_share = F.log_softmax(scaled[:, columns], dim=1)
        total = total - (labels[:, columns] * log_share).sum(dim=1)
    return total.mean()


@torch.no_grad()
def _features(module: nn.Module, target: Galaxies, image: ImageConfig) -> Tensor:
    """(N, D) of all target galaxies, row by row, not augmented."""
    module.eval()
    chunks = target.flux.split(at_once(target.side, target.flux.device))
    return torch.cat([module(network_input(flux, image)) for flux in chunks])


def _asked(model: GalaxyModel, features: Tensor, tree: DecisionTree) -> Tensor:
    """(N, Q) whether a question is probably asked, by the model's own posteriors."""
    alpha = concentration(model.logits(features)).detach().cpu().double().numpy()
    asked = asked_probability(expected_probability(alpha, tree), tree) > ASKED
    return torch.from_numpy(asked).to(features.device)


def _labelled(labels: Tensor) -> np.ndarray:
    rows = labels.any(dim=1).nonzero()[:, 0]
    if not len(rows):
        raise MorphError(
            "no target galaxy got a pseudo-label; lower kmeans.min_cosine, or choose "
            "another method"
        )
    return rows.cpu().numpy()
