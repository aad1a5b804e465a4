"""Ring or not: transfer learning of a new question.

All starts are treated alike. Batch norm gets the statistics of all ring images, which
needs no labels and makes the comparison with random weights fair. Hyperparameters
(regularisation of the probe, learning rate of the fit) are chosen by cross-validation
within each training fold.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from morph.runs.config_parts import FitConfig, ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from tests.research.pilots.workplace import as_fluxes
from training.fit.loop import learning_rate
from training.network.model import GalaxyModel, make_model
from training.pixels.augment import augmented
from training.pixels.galaxy_images import network_input
from training.pixels.random_draws import Draws

FOLDS = 5
REINS = (1e-4, 1e-3, 1e-2, 1e-1)  # C of the logistic regression, features standardised
_HELD_OUT = 0.25  # of a training fold, to choose a fit by
_BATCH = 256

Folds = list[tuple[np.ndarray, np.ndarray]]  # rows to learn from, rows to be judged on


@dataclass(frozen=True)
class Pictures:
    """Network input of N images, and whether each shows a ring."""

    inputs: torch.Tensor  # (N, 3, S, S)
    ring: np.ndarray  # (N,) bool


def prepared(pixels: np.ndarray, ring: np.ndarray) -> Pictures:
    """Prepare framed images (N, S, S, 3) uint8."""
    inputs = network_input(torch.from_numpy(as_fluxes(pixels)), ImageConfig())
    return Pictures(inputs, ring.astype(bool))


def folds(ring: np.ndarray, seed: int, labels: int | None = None) -> Folds:
    """Training and test rows of five stratified folds.

    Training rows are limited to ``labels``; every image is tested.
    """
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    found = list(split.split(ring, ring))
    if labels is None:
        return found
    return [
        (_part(learnt, ring, labels, seed * FOLDS + fold), judged)
        for fold, (learnt, judged) in enumerate(found)
    ]


def _part(rows: np.ndarray, ring: np.ndarray, size: int, seed: int) -> np.ndarray:
    part, _ = train_test_split(
        rows, train_size=size, stratify=ring[rows], random_state=seed
    )
    return part


def started(start: GalaxyModel | None, pictures: Pictures, seed: int) -> GalaxyModel:
    """A copy of ``start``, or random weights, with the images' batch-norm statistics.

    The head answers one question: is there a ring?
    """
    torch.manual_seed(seed)
    if start is None:
        model = make_model(ModelConfig(), len(GZD5.labels))
    else:
        model = copy.deepcopy(start)
    model.classifier = nn.Linear(model.classifier.in_features, 1)
    _get_used_to(model, pictures)
    return model


@torch.no_grad()
def _get_used_to(model: GalaxyModel, pictures: Pictures) -> None:
    """Set the batch-norm statistics to those of all images."""
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
    momentum = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    model.train()
    for part in pictures.inputs.split(_BATCH):
        model.features(part)
    for norm, usual in zip(norms, momentum, strict=True):
        norm.momentum = usual
    model.eval()


@torch.inference_mode()
def features(model: GalaxyModel, inputs: torch.Tensor) -> np.ndarray:
    """(N, D) features, the mean over four quarter turns of each image."""
    model.eval()
    parts = [
        torch.stack([model.features(turned) for turned in _quarter_turns(part)]).mean(0)
        for part in inputs.split(_BATCH)
    ]
    return torch.cat(parts).float().numpy()


def _quarter_turns(inputs: torch.Tensor) -> list[torch.Tensor]:
    return [torch.rot90(inputs, turns, (2, 3)) for turns in range(4)]


def probed(found: np.ndarray, ring: np.ndarray, splits: Folds) -> np.ndarray:
    """(N,) correct or not, by cross-validated logistic regression."""
    right = np.zeros(len(found), dtype=bool)
    for learnt, judged in splits:
        probe = _probe(found[learnt], ring[learnt])
        right[judged] = probe.predict(found[judged]) == ring[judged]
    return right


def _probe(found: np.ndarray, ring: np.ndarray) -> Pipeline:
    """A logistic regression with cross-validated regularisation."""
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
        {"logisticregression__C": REINS},
        cv=StratifiedKFold(FOLDS, shuffle=True, random_state=0),
        scoring="neg_log_loss",
    )
    return search.fit(found, ring).best_estimator_


def fine_tuned(
    model: GalaxyModel,
    pictures: Pictures,
    splits: Folds,
    fits: Sequence[FitConfig],
    seed: int,
) -> np.ndarray:
    """(N,) correct or not, by cross-validated fine-tuning of the whole network.

    The head starts as the probe of the same rows, because a random head would distort
    pretrained features (Kumar et al. 2022).
    """
    right = np.zeros(len(pictures.ring), dtype=bool)
    for fold, (learnt, judged) in enumerate(splits):
        own = seed * FOLDS + fold
        config = _best_fit(model, pictures, learnt, fits, own)
        tuned = taught(model, pictures, learnt, config, own)
        right[judged] = (said(tuned, pictures, judged) > 0) == pictures.ring[judged]
    return right


def _best_fit(
    model: GalaxyModel,
    pictures: Pictures,
    rows: np.ndarray,
    fits: Sequence[FitConfig],
    seed: int,
) -> FitConfig:
    """The fit with the best validation score."""
    if len(fits) == 1:
        return fits[0]
    seen, unseen = train_test_split(
        rows, test_size=_HELD_OUT, stratify=pictures.ring[rows], random_state=seed
    )
    wanted = torch.from_numpy(pictures.ring[unseen].astype(np.float32))

    def loss(config: FitConfig) -> float:
        tuned = taught(model, pictures, seen, config, seed)
        logits = torch.from_numpy(said(tuned, pictures, unseen))
        return nn.functional.binary_cross_entropy_with_logits(logits, wanted).item()

    return min(fits, key=loss)


@torch.inference_mode()
def said(model: GalaxyModel, pictures: Pictures, rows: np.ndarray) -> np.ndarray:
    """(len(rows),) logits of a ring."""
    found = torch.from_numpy(features(model, pictures.inputs[rows]))
    return model.logits(found)[:, 0].numpy()


def taught(
    start: GalaxyModel,
    pictures: Pictures,
    rows: np.ndarray,
    config: FitConfig,
    seed: int,
) -> GalaxyModel:
    """A copy of a model fitted to rows, with AdamW and the schedule of runs."""
    model = copy.deepcopy(start)
    _begin_with_probe(model, pictures, rows)
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        config.learning_rate,
        weight_decay=config.weight_decay,
        fused=True,
    )
    rng = np.random.default_rng(seed)
    drawn = Draws(torch.Generator().manual_seed(seed))
    batches = max(1, len(rows) // config.batch_size)
    wanted = torch.from_numpy(pictures.ring.astype(np.float32))
    model.train()
    for step in range(config.epochs * batches):
        if step % batches == 0:
            order = torch.from_numpy(rng.permutation(rows))
        place = step % batches * config.batch_size
        batch = order[place : place + config.batch_size]
        for group in optimizer.param_groups:
            done = (step + 0.5) / (config.epochs * batches)
            group["lr"] = learning_rate(done, config)
        logits = model(augmented(pictures.inputs[batch], config.augment, drawn))[:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(logits, wanted[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
        optimizer.step()
    return model


@torch.no_grad()
def _begin_with_probe(model: GalaxyModel, pictures: Pictures, rows: np.ndarray) -> None:
    """Set the head to the probe."""
    probe = _probe(features(model, pictures.inputs[rows]), pictures.ring[rows])
    scaler, regression = probe[0], probe[1]
    weights = regression.coef_[0] / scaler.scale_
    bias = regression.intercept_[0] - weights @ scaler.mean_
    model.classifier.weight.copy_(torch.from_numpy(weights[None]))
    model.classifier.bias.fill_(float(bias))
