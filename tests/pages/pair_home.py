"""Galaxies of `tests.pages.conftest.make_home` in a second survey too."""

from pathlib import Path

import numpy as np
import pandas as pd

from morph.images.store import StoreManifest, open_store, write_store
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.trees.decision_tree import GZD5

STORE, RELEASE = "twice-decals", "twice"
PIXELS = 80


def pictured(root: Path) -> pd.DataFrame:
    """The index of the images of the release: names and positions."""
    return open_store(root / "cutouts" / "small-bmz").index


def write_images(root: Path) -> pd.DataFrame:
    """Images of the first and the last ten of them in DECaLS; their index."""
    every = pictured(root)
    ends = [*range(10), *range(len(every) - 10, len(every))]
    index = every.iloc[ends][["iauname", "ra", "dec"]].reset_index(drop=True)
    manifest = StoreManifest("decals", "demonstration", "Twice", len(index), PIXELS)
    shape = (len(index), 3, PIXELS, PIXELS)
    pixels = np.random.default_rng(3).normal(0.1, 0.01, shape)
    write_store(root / "cutouts" / STORE, manifest, index, pixels)
    return index


def write_posteriors(root: Path, index: pd.DataFrame) -> Path:
    """A release that classified these images: all concentrations are 2."""
    columns = posterior_columns(GZD5, "concentration")
    posteriors = pd.DataFrame(2.0, index=index.index, columns=columns)
    posteriors.insert(0, "iauname", index["iauname"])
    folder = root / "releases" / RELEASE
    about = ("demonstration", "decals", "Twice", "", "")
    manifest = Manifest(RELEASE, *about, cutouts=(STORE,))
    write_release(folder, manifest, index, posteriors)
    return folder
