"""A release with a second map, of other features, made from one with a map."""

from pathlib import Path

import numpy as np
import pandas as pd

from morph.release.attach_features import add_map
from morph.release.manifest import Manifest
from morph.release.maps import map_columns

NAME = "second"
SETTINGS = {"components": 8, "neighbours": 5, "min_dist": 0.3, "epochs": 9, "seed": 1}


def map_table(
    name: str, iaunames: np.ndarray, position: np.ndarray, trust: np.ndarray
) -> pd.DataFrame:
    """The file of a map: N names, (N, 2) coordinates and N trusts."""
    table = pd.DataFrame({"iauname": iaunames})
    table[list(map_columns(name))] = np.column_stack([position, trust])
    return table


def with_second_map(
    folder: Path, parent: Path, *, name: str = NAME, words: str = "Another encoder"
) -> Manifest:
    """Write ``folder``: the parent, and its map turned, wider and noisy as a second.

    One galaxy in ten is not on the second map.
    """
    first = pd.read_parquet(parent / "projection.parquet")
    first = first[np.arange(len(first)) % 10 > 0]
    rng = np.random.default_rng(5)
    position = np.column_stack([3 * first["umap_y"], -3 * first["umap_x"]])
    position = (position + rng.normal(0, 1, position.shape)).astype(np.float32)
    trust = rng.uniform(0.1, 0.9, len(first)).astype(np.float32)
    names = first["iauname"].to_numpy()
    vectors = np.hstack([position, rng.normal(size=(len(first), 2))])
    features = pd.DataFrame({"iauname": names})
    features["feature"] = list(vectors.astype(np.float16))
    return add_map(
        folder,
        parent,
        features,
        map_table(name, names, position, trust),
        name=name,
        record={
            "words": words,
            "projection": SETTINGS,
            "features": {"run": "another", "model": "another model"},
        },
        changes={"release_id": folder.name},
        documents={f"map_{name}_card.md": "# Of the second map"},
    )
