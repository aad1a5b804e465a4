"""The labelled galaxies that have an image, and which of them are for what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from morph.errors import MorphError
from morph.images.store import CutoutStore
from morph.runs.active_run import Run
from morph.runs.finetuning.config import FinetuneConfig
from morph.runs.finetuning.labels_file import (
    Labels,
    given_answers,
    read_labels,
    too_few,
)
from morph.trees.decision_tree import DecisionTree
from training.apply.predict import check_look
from training.network.checkpoints import FittedModel
from training.pixels.bad_images import note_bad_pixels, usable_rows
from training.pixels.crop_and_bin import of_rows
from training.pixels.galaxy_images import Galaxies, open_stores, read_galaxies


@dataclass(frozen=True)
class Labelled:
    """Images and labels of N galaxies, and the rows of the three parts of them."""

    galaxies: Galaxies
    votes: Tensor  # (N, L) float32 people who gave each answer, on the CPU
    given: np.ndarray  # (N, Q) place of the answer that most gave, or -1
    learnt: np.ndarray
    held_out: np.ndarray
    tested: np.ndarray
    without_image: int  # galaxies with a label that are in none of the stores
    sha256: str  # of the labels
    survey: str  # of the first store

    @property
    def names(self) -> np.ndarray:
        """(N,) iaunames."""
        return self.galaxies.index["iauname"].to_numpy(dtype=str)


def read_labelled(
    run: Run,
    fabric: Fabric,
    config: FinetuneConfig,
    card: FittedModel,
    tree: DecisionTree,
) -> Labelled:
    """Labels and images, for the model of ``card``; only labelled galaxies are read.

    MorphError if they are too few.
    """
    labels = read_labels(run.folder, tree)
    stores = open_stores(run.root, config.stores, card.image)
    for store in stores:
        check_look(store, card)
    parts, rows = with_labels(stores, labels)
    votes = labels.counts[rows]
    if problem := too_few(votes, tree):
        raise MorphError(problem)
    galaxies = read_galaxies(
        parts, fabric.device, config.device.pixels, most_bad=config.bad_pixels.most
    )
    note_bad_pixels(run, "fit", galaxies.bad, config.bad_pixels.most)
    given = given_answers(votes, tree)
    named = zip(
        ("learn from", "hold out", "judge on"),
        three_parts(given, config),
        strict=True,
    )
    learnt, held_out, tested = (
        usable_rows(rows, galaxies, what) for what, rows in named
    )
    return Labelled(
        galaxies,
        torch.from_numpy(votes),
        given,
        learnt,
        held_out,
        tested,
        len(labels.names) - len(rows),
        labels.sha256,
        stores[0].manifest.survey,
    )


def three_parts(
    given: np.ndarray, config: FinetuneConfig
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to learn from, to hold out and to judge on, each with all answers' shares.

    ``given`` (N, Q) are the answers of the galaxies.
    """
    tested = spread(given, config.tested, seed=config.seed)
    left = np.setdiff1d(np.arange(len(given)), tested)
    held_out = left[spread(given[left], config.held_out, seed=config.seed + 1)]
    return np.setdiff1d(left, held_out), held_out, tested


def spread(given: np.ndarray, share: float, *, seed: int) -> np.ndarray:
    """Random rows, sorted: this share of the galaxies with each answers (N, Q).

    Numbers are rounded so that the whole has the share, to one galaxy.
    """
    chance = np.random.default_rng([seed, len(given)])
    order = chance.permutation(len(given))
    strata = np.unique(given[order], axis=0, return_inverse=True)[1].ravel()
    order = order[np.argsort(strata, kind="stable")]
    steps = np.floor(np.arange(1, len(order) + 1) * share + 0.5)
    return np.sort(order[np.diff(steps, prepend=0) > 0])


def with_labels(
    stores: Sequence[CutoutStore], labels: Labels
) -> tuple[list[CutoutStore], np.ndarray]:
    """The stores with labelled galaxies only, and their rows in the labels.

    A galaxy that is in two stores is taken from the first.
    """
    place = {name: row for row, name in enumerate(labels.names)}
    parts, found = [], []
    for store in stores:
        rows = [row for row, name in enumerate(store.names) if name in place]
        rows = np.array(rows, dtype=np.int64)
        found += [place.pop(name) for name in store.names[rows]]
        if len(rows):
            parts.append(
                replace(
                    store,
                    manifest=replace(store.manifest, galaxies=len(rows)),
                    index=store.index.iloc[rows].reset_index(drop=True),
                    pixels=of_rows(store.pixels, rows),
                )
            )
    if not parts:
        raise MorphError(
            f"none of the {len(labels.names):,} labelled galaxies is in "
            f"{', '.join(store.folder.name for store in stores)}; name the cutout "
            "stores with their images"
        )
    return parts, np.array(found)
