"""Images of galaxies with and without a ring, their labels, and a first model."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.runs.finetuning.config import OwnQuestionConfig
from morph.runs.finetuning.labels_file import write_labels
from morph.runs.lifecycle import create_run
from morph.trees.decision_tree import GZD5

QUESTION = {"text": "Is there a ring?", "answers": ["Ring", "No ring"]}


def write_ring_store(root: Path, name: str, *, galaxies: int, seed: int) -> np.ndarray:
    """Write a store with votes; whether each galaxy has a ring."""
    rng = np.random.default_rng(seed)
    ring = np.arange(galaxies) % 2 == 0
    axis = np.arange(16) - 7.5
    radius = np.hypot(axis[:, None], axis)
    light = np.exp(-radius / 3) + ring[:, None, None] * np.exp(-((radius - 5) ** 2))
    pixels = light[:, None] * rng.uniform(0.8, 1.2, (galaxies, 3, 1, 1))
    pixels = pixels + 0.02 * rng.standard_normal(pixels.shape)
    index = pd.DataFrame(
        {
            "iauname": [f"{name}-{i:03d}" for i in range(galaxies)],
            "ra": rng.uniform(150, 152, galaxies),
            "dec": rng.uniform(33, 35, galaxies),
        }
    )
    votes = rng.integers(0, 6, (galaxies, len(GZD5.labels)))
    votes = pd.DataFrame(votes, columns=list(GZD5.labels))
    for label, seen in zip(GZD5.labels, (~ring, ring), strict=False):
        votes[label] = np.where(seen, 20, 0)  # rings count as featured
    votes.insert(0, "iauname", index["iauname"])
    manifest = StoreManifest("decals", "demonstration", name, galaxies, 16)
    folder = cutouts_folder(root, name)
    write_store(folder, manifest, index, pixels.astype(np.float16), votes=votes)
    return ring


def finetune_config(**changes) -> dict:
    """A short fine-tuning of the run "first" to labels of the store "rings"."""
    fit = {"epochs": 6, "batch_size": 8, "patience": 0}
    return {
        "kind": "finetune",
        "model_run": "first",
        "stores": ["rings"],
        "question": QUESTION,
        "fit": fit | {"learning_rate": 0.01},
        "transfer": {"head_epochs": 2, "stage_decay": 0.5},
    } | changes


def make_finetuning(
    root: Path, run_id: str, names: list[str], counts: np.ndarray, config: dict
) -> Path:
    """The folder of a new run with its labels."""
    tree = OwnQuestionConfig(
        config["question"]["text"],
        tuple(config["question"]["answers"]),
        config["question"].get("kind", "one"),
    ).tree
    return create_run(
        root,
        run_id,
        json.loads(json.dumps(config)),
        fill=lambda folder: write_labels(folder, names, counts, tree),
    )
