"""Ring or not: a new question answered from what a network had learnt before."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from morph.tree import GZD5
from tests.benchmarks.pilots.workplace import as_fluxes
from training.augment import augmented
from training.checkpoints import load_model
from training.config_parts import AugmentConfig, FitConfig, ImageConfig, ModelConfig
from training.draws import Draws
from training.images import network_input
from training.loop import learning_rate
from training.model import GalaxyModel, make_model

FOLDS = 5
_AUGMENT = AugmentConfig(turn="any", shift=2.0, zoom=0.15)
_REGULARISATION = 0.01  # C of the logistic regression, features being standardised


@dataclass(frozen=True)
class Pictures:
    """N pictures as a network takes them, and which show a ring."""

    inputs: torch.Tensor  # (N, 3, S, S)
    ring: np.ndarray  # (N,) bool


def prepared(pixels: np.ndarray, ring: np.ndarray) -> Pictures:
    """Framed pictures (N, S, S, 3) uint8, ready to be learnt from."""
    inputs = network_input(torch.from_numpy(as_fluxes(pixels)), ImageConfig())
    return Pictures(inputs, ring.astype(bool))


def start_from(run: Path | None, seed: int) -> GalaxyModel:
    """The model of a run, or one that has learnt nothing."""
    if run is not None:
        return load_model(run / "checkpoints", GZD5.labels)[0]
    torch.manual_seed(seed)
    return make_model(ModelConfig(), len(GZD5.labels))


def folds(pictures: Pictures, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and to be judged on, five times; rings shared out evenly."""
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return list(split.split(pictures.ring, pictures.ring))


@torch.inference_mode()
def features(model: GalaxyModel, pictures: Pictures) -> np.ndarray:
    """(N, D) features of all pictures."""
    model.eval()
    parts = [model.features(part).float() for part in pictures.inputs.split(256)]
    return torch.cat(parts).numpy()


def probed(run: Path | None, pictures: Pictures, seed: int) -> np.ndarray:
    """(N,) right or not, by logistic regression on the features, fold by fold."""
    found = features(start_from(run, seed), pictures)
    right = np.zeros(len(found), dtype=bool)
    for learnt, judged in folds(pictures, seed):
        probe = make_pipeline(
            StandardScaler(), LogisticRegression(C=_REGULARISATION, max_iter=2000)
        )
        probe.fit(found[learnt], pictures.ring[learnt])
        right[judged] = probe.predict(found[judged]) == pictures.ring[judged]
    return right


def fine_tuned(
    run: Path | None, pictures: Pictures, config: FitConfig, seed: int
) -> np.ndarray:
    """(N,) right or not, by the whole network fitted anew, fold by fold."""
    right = np.zeros(len(pictures.ring), dtype=bool)
    for fold, (learnt, judged) in enumerate(folds(pictures, seed)):
        torch.manual_seed(seed * FOLDS + fold)
        model = start_from(run, seed)
        model.classifier = nn.Linear(model.encoder.num_features, 1)
        _fit(model, pictures, learnt, config, seed * FOLDS + fold)
        with torch.inference_mode():
            model.eval()
            said = model(pictures.inputs[judged])[:, 0].numpy() > 0
        right[judged] = said == pictures.ring[judged]
    return right


def _fit(
    model: GalaxyModel,
    pictures: Pictures,
    rows: np.ndarray,
    config: FitConfig,
    seed: int,
) -> None:
    """AdamW on binary cross-entropy, by the engine's schedule."""
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, weight_decay=config.weight_decay
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
