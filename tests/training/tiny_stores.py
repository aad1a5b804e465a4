"""Cutout stores of a few small galaxies, for tests of training."""

from pathlib import Path

import numpy as np
import pandas as pd

from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.trees.decision_tree import GZD5, DecisionTree


def write_tiny_store(
    root: Path,
    name: str,
    *,
    survey: str = "decals",
    galaxies: int = 48,
    size: int = 16,
    votes: bool = True,
    truth: bool = False,
    seed: int = 0,
    called: str = "",
    tree: DecisionTree = GZD5,
) -> Path:
    """Write ``root``/cutouts/``name``; its galaxies are called ``name``-000 ...

    or ``called``-000 ..., for stores of the same galaxies.
    """
    rng = np.random.default_rng(seed)
    index = pd.DataFrame(
        {
            "iauname": [f"{called or name}-{i:03d}" for i in range(galaxies)],
            "ra": rng.uniform(150, 152, galaxies),
            "dec": rng.uniform(33, 35, galaxies),
            "mag_r": rng.uniform(14, 17, galaxies),
        }
    )
    if truth:
        index["half"] = np.where(np.arange(galaxies) % 2, "tune", "test")
    manifest = StoreManifest(survey, "demonstration", name, galaxies, size)
    folder = cutouts_folder(root, name)
    counts = _table(index, rng.integers(0, 6, (galaxies, len(tree.labels))), tree)
    pixels = _pictures(galaxies, size, rng)
    write_store(folder, manifest, index, pixels, votes=counts if votes else None)
    if truth:
        fractions = _table(index, _fractions(rng, galaxies, tree), tree)
        fractions.to_parquet(folder / "truth.parquet", index=False)
    return folder


def _pictures(galaxies: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """(N, 3, S, S) float16 fluxes: round galaxies of different sizes, and noise."""
    axis = np.arange(size) - (size - 1) / 2
    radius = np.hypot(axis[:, None], axis)
    width = rng.uniform(size / 16, size / 6, (galaxies, 1, 1, 1))
    light = rng.uniform(0.5, 2, (galaxies, 3, 1, 1)) * np.exp(-radius / width)
    noise = 0.01 * rng.standard_normal((galaxies, 3, size, size))
    return (light + noise).astype(np.float16)


def _fractions(
    rng: np.random.Generator, galaxies: int, tree: DecisionTree
) -> np.ndarray:
    """(N, L) vote fractions; every answer of a question prevails in some galaxy."""
    fractions = rng.uniform(0.05, 1, (galaxies, len(tree.labels)))
    for question in tree.questions:
        columns = tree.columns(question)
        prevails = rng.integers(len(question.answers), size=galaxies)
        fractions[np.arange(galaxies), columns.start + prevails] += 40
        fractions[:, columns] /= fractions[:, columns].sum(axis=1, keepdims=True)
    return fractions


def _table(index: pd.DataFrame, values: np.ndarray, tree: DecisionTree) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=list(tree.labels))
    table.insert(0, "iauname", index["iauname"])
    return table
