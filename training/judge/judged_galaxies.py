"""The galaxies that models are judged on, read from cutout stores.

Random samples of either survey, source galaxies held out of all fits, and galaxies
imaged by both surveys. None has too many bad pixels: nothing is learnt from those.
"""

import numpy as np
import pandas as pd
import torch

from morph.errors import MorphError
from morph.images.store import CutoutStore
from training.apply.evaluate import refuse_seen_galaxies
from training.pixels.galaxy_images import Galaxies, bad_pixels_at, pixel_of
from training.pixels.on_disk import MappedPixels
from training.survey_differences.adaptation_context import Adaptation, partners


def sample(setup: Adaptation, names: tuple[str, ...]) -> tuple[np.ndarray, Galaxies]:
    """A random sample of the stores' galaxies, and their rows."""
    stores = setup.opened(names)
    rows = _usable(setup, stores, _drawn(setup, sum(len(s.names) for s in stores)))
    return rows, _read(setup, stores, rows)


def held_out_sample(setup: Adaptation) -> tuple[np.ndarray, Galaxies]:
    """A random sample of the source galaxies held out of all fits, and their rows."""
    stores = setup.opened(setup.config.source_stores)
    rows = np.flatnonzero(_index(stores)["iauname"].isin(setup.held_out))
    if len(rows) > setup.config.choice.galaxies:
        rows = rows[_drawn(setup, len(rows))]
    rows = _usable(setup, stores, rows)
    return rows, _read(setup, stores, rows)


def imaged_by_both(setup: Adaptation) -> tuple[Galaxies | None, Galaxies | None]:
    """Source and target images of galaxies imaged by both surveys.

    Without those with too many bad pixels in either; MorphError if none is left.
    """
    config = setup.config.choice
    if not (config.source_stores or config.target_stores):
        return None, None
    if not (config.source_stores and config.target_stores):
        raise MorphError(
            "choice names galaxies of one survey only; name the cutout stores of the "
            "same galaxies in choice.source_stores and choice.target_stores, or none"
        )
    target = setup.opened(config.target_stores)
    for store in target:
        refuse_seen_galaxies(setup.run.root, store, setup.config.learnt_stores)
    source, index = setup.opened(config.source_stores), _index(target)
    rows = _drawn(setup, len(index))
    source_rows = partners(_index(source), index.iloc[rows], "choice")
    most = setup.config.bad_pixels.most
    bad = bad_pixels_at(target, rows).unusable(most)
    bad |= bad_pixels_at(source, source_rows).unusable(most)
    if bad.all():
        raise MorphError(
            f"all {len(rows):,} galaxies imaged by both surveys have more bad pixels "
            f"than bad_pixels.most, {most:g}, or a band without data, in one of them; "
            "name other stores in choice.source_stores and choice.target_stores, or "
            "none"
        )
    rows, source_rows = rows[~bad], source_rows[~bad]
    return _read(setup, source, source_rows), _read(setup, target, rows)


def _usable(
    setup: Adaptation, stores: list[CutoutStore], rows: np.ndarray
) -> np.ndarray:
    """Those of the rows without too many bad pixels."""
    bad = bad_pixels_at(stores, rows)
    return rows[~bad.unusable(setup.config.bad_pixels.most)]


def _read(setup: Adaptation, stores: list[CutoutStore], rows: np.ndarray) -> Galaxies:
    """The galaxies of these rows of all stores together; reads only their pixels."""
    pixels = MappedPixels([store.pixels for store in stores], setup.fabric.device)
    index = _index(stores).iloc[rows].reset_index(drop=True)
    return Galaxies(index, pixels[torch.from_numpy(rows)], pixel_of(stores[0]))


def _index(stores: list[CutoutStore]) -> pd.DataFrame:
    return pd.concat([store.index for store in stores], ignore_index=True)


def _drawn(setup: Adaptation, total: int) -> np.ndarray:
    """Sorted rows of a random sample of ``total`` galaxies, or of all."""
    order = np.random.default_rng(setup.config.seed).permutation(total)
    return np.sort(order[: setup.config.choice.galaxies])
