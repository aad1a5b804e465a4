"""A home with a simulated release of each decision tree, of the same galaxies."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.synthetic.release import synthetic_release
from morph.images import store
from morph.images.store import StoreManifest
from morph.trees.decision_tree import DecisionTree
from tests.pages.conftest import PIXELS, drawn_pictures

GALAXIES, PICTURED = 200, 24


def release_id(tree: DecisionTree) -> str:
    """The name of the simulated release of a tree."""
    return f"simulated-{tree.name}"


def write_simulated(root: Path, trees: Sequence[DecisionTree]) -> None:
    """Write releases with votes, features, a map and a few drawn pictures."""
    for tree in trees:
        folder = root / "releases" / release_id(tree)
        synthetic_release(
            folder,
            galaxies=GALAXIES,
            release_id=release_id(tree),
            votes=True,
            projection=True,
            features=16,
            cutouts=("drawn",),
            tree=tree,
        )
    table = pd.read_parquet(folder / "galaxies.parquet")
    index = table[["iauname", "ra", "dec"]].head(PICTURED)
    manifest = StoreManifest("bmz", "simulated", "Drawn", PICTURED, PIXELS)
    pixels = drawn_pictures(np.random.default_rng(7), PICTURED)
    store.write_store(root / "cutouts" / "drawn", manifest, index, pixels)
