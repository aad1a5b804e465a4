"""Fine-tuned beside frozen features and random weights: rows of `discovery`.

"Is there a ring?" of the galaxies of a demonstration (``MORPH_HOME``), by the simulated
truth, which no tree asks about. Labels are half rings, of the survey that the source
model of the demonstration was fitted to; all methods are judged on galaxies of the
overlap that no model has seen. Values are means over the seeds, each of which draws
other labels; intervals are a bootstrap over the judged galaxies.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric

from data.simulation.population import DISC, draw_population
from morph.evaluation.answer_scores import (
    SCORES,
    drawn_weights,
    interval,
    mcnemar,
    score,
)
from morph.images.store import CutoutStore
from morph.runs.config_parts import TransferConfig
from morph.runs.finetuning.config import FinetuneConfig, OwnQuestionConfig
from morph.runs.finetuning.labels_file import Labels
from morph.runs.run_files import read_json
from training.apply.forward import concentrations_of, features_of
from training.finetune.fits import fitted
from training.finetune.frozen import frozen_probability
from training.finetune.labelled import Labelled, spread, with_labels
from training.finetune.networks import begun_with, from_scratch
from training.network.checkpoints import load_model
from training.pixels.galaxy_images import open_stores, read_galaxies

LABELLED = (50, 100, 200)
LEARNT, JUDGED = "demo-decals", "demo-overlap-decals"
FINE, STATISTICS, HEAD = "fine-tuned", "fine-tuned, batch norm updated", "head only"
FROZEN, SCRATCH = "frozen + logistic", "from random weights"
_ALL_WAYS_UNTIL = 100  # labels; beyond, the ways that differ little are left out
_MAG_ERROR = 0.5  # magnitudes; those of other galaxies differ by more
_OTHERS = 300  # galaxies without a ring to judge on
_QUESTION = OwnQuestionConfig("Is there a ring?", ("Ring", "No ring"))

Row = dict[str, object]


class _Folder:
    """A run without a process: fits write their epochs to its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def progress(self, *_: object) -> None:
        """Nothing: nobody looks."""

    def event(self, *_: object, **__: object) -> None:
        """Nothing: nobody looks."""


def rows(*, quick: bool) -> Iterator[Row]:
    """A row for each number of labels and method; none without a demonstration."""
    root = Path(os.environ.get("MORPH_HOME", "."))
    if not (root / "runs" / "demo-source" / "checkpoints" / "model.json").is_file():
        return
    for number in LABELLED[:1] if quick else LABELLED:
        yield from of_number(root, number, seeds=range(1 if quick else 3))


def of_number(root: Path, number: int, *, seeds: range) -> Iterator[Row]:
    """The rows of one number of labels."""
    found: dict[str, list[np.ndarray]] = {}
    for seed in seeds:
        probabilities, given = _one(root, number, seed)
        for method, probability in probabilities.items():
            found.setdefault(method, []).append(probability)
    weights = drawn_weights(len(given), seed=0)
    values = {
        method: {
            name: np.mean([score(name, p, given, weights) for p in each], axis=0)
            for name in SCORES
        }
        for method, each in found.items()
    }
    for method, scores in values.items():
        row: Row = {"what": f"ring, {number} labels: {method}", "missed": ""}
        row |= {name: _words(drawn) for name, drawn in scores.items()}
        apart = values[FINE]["balanced_accuracy"] - scores["balanced_accuracy"]
        if method in (FROZEN, SCRATCH) and interval(apart).high < 0:
            row["missed"] = f"fine-tuned is worse than {method}"
        row["fine-tuned minus this"] = "" if method == FINE else _words(apart, "+")
        pairs = zip(found[FINE], found[method], strict=True)
        tests = [mcnemar(_right(a, given), _right(b, given)) for a, b in pairs]
        said = (f"{one}:{other} p={p:.2g}" for one, other, p in tests)
        row["McNemar"] = "" if method == FINE else ", ".join(said)
        yield row


def _one(
    root: Path, number: int, seed: int
) -> tuple[Mapping[str, np.ndarray], np.ndarray]:
    """(n, 2) probabilities by each method, and the answers, of the judged galaxies."""
    fabric = Fabric(accelerator="cpu", devices=1)
    model, card = load_model(root / "runs" / "demo-source" / "checkpoints")
    labelled = _labelled(root, card.image, number, seed)
    tree, galaxies = _QUESTION.tree, labelled.galaxies
    config = FinetuneConfig(
        model_run="demo-source", stores=(LEARNT,), question=_QUESTION, seed=seed
    )
    fit = replace(config.fit, tensorboard=False)
    plain = TransferConfig()
    ways = {
        FINE: (fit, config.transfer),
        STATISTICS: (replace(fit, batch_norm="train"), config.transfer),
        HEAD: (fit, TransferConfig(encoder="frozen")),
        SCRATCH: (replace(fit, learning_rate=3e-3, batch_norm="train"), plain),
    }
    if number > _ALL_WAYS_UNTIL:
        ways = {method: ways[method] for method in (FINE, SCRATCH)}
    judged = torch.from_numpy(labelled.tested)
    frozen = begun_with(model, card, tree, survey=labelled.survey, seed=seed)
    features = features_of(fabric, frozen, galaxies, card.image).numpy()
    found = {}
    for method, (how, transfer) in ways.items():
        network = begun_with(model, card, tree, survey=labelled.survey, seed=seed)
        if method == SCRATCH:
            network = from_scratch(card, tree, seed=seed)
        with tempfile.TemporaryDirectory() as folder:
            run = _Folder(Path(folder))
            task = (network, card, labelled, tree)
            begun = method != SCRATCH
            fitted(
                run, fabric, "fit", config, how, transfer, *task, by_regression=begun
            )
        alpha = concentrations_of(fabric, network, galaxies, card.image, judged)
        found[method] = (alpha / alpha.sum(dim=1, keepdim=True)).numpy()
    given = labelled.given[:, 0]
    learnt = np.union1d(labelled.learnt, labelled.held_out)
    found[FROZEN], _ = frozen_probability(
        features[learnt], given[learnt], features[labelled.tested], 2
    )
    return found, given[labelled.tested]


def _labelled(root: Path, image, number: int, seed: int) -> Labelled:
    """Labels, half of them rings, and the galaxies to judge on, always the same."""
    learnt, judged = open_stores(root, (LEARNT, JUDGED), image)
    chosen = [
        *_some(learnt, number // 2, number - number // 2, seed=seed),
        *_some(judged, None, _OTHERS, seed=0),
    ]
    names, rings = (np.array(part) for part in zip(*chosen, strict=True))
    counts = np.stack([rings, ~rings], axis=1).astype(np.float32)
    stores, rows = with_labels((learnt, judged), Labels(names, counts))
    galaxies = read_galaxies(stores, torch.device("cpu"))
    given = np.where(rings[rows], 0, 1)[:, None]
    first = np.arange(number)
    held_out = first[spread(given[:number], 0.2, seed=seed)]
    return Labelled(
        galaxies,
        torch.from_numpy(counts[rows]),
        given,
        np.setdiff1d(first, held_out),
        held_out,
        np.arange(number, len(rows)),
        without_image=0,
        sha256="",
        survey=learnt.manifest.survey,
    )


def _some(
    store: CutoutStore, rings: int | None, others: int, *, seed: int
) -> list[tuple[str, bool]]:
    """Names of so many galaxies with a ring (None: all) and without, and which is so.

    The truth is drawn again as it was for the store, and compared with its magnitudes,
    which have errors.
    """
    recipe = read_json(store.folder / "recipe.json")
    drawn = 3 * recipe["seed"] + recipe["part"]["number"]
    population = draw_population(len(store.names), np.random.default_rng([drawn, 0]))
    apart = np.abs(population["mag_r"].to_numpy() - store.index["mag_r"].to_numpy())
    if apart.max() > _MAG_ERROR:
        raise ValueError(
            f"{store.folder.name} is not of the seed that its recipe names"
        )
    has = ((population["ring"] > 0) & (population["kind"] == DISC)).to_numpy()
    chance = np.random.default_rng(seed)
    found = []
    for is_ring, number in ((True, rings), (False, others)):
        rows = chance.permutation(np.flatnonzero(has == is_ring))
        found += [(str(store.names[row]), is_ring) for row in rows[:number]]
    return found


def _right(probability: np.ndarray, given: np.ndarray) -> np.ndarray:
    return probability.argmax(axis=1) == given


def _words(drawn: np.ndarray, sign: str = "") -> str:
    one = interval(drawn)
    return f"{one.value:{sign}.3f} ({one.low:{sign}.3f} to {one.high:{sign}.3f})"
