"""Check a cutout store: its files against each other, its pixels against checksums."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.images.blanks import bad_pixels, together
from morph.images.store import (
    CHECKSUMS,
    CutoutStore,
    checksums_of,
    open_store,
    read_table,
)

Progress = Callable[[int, int], None]
_SAY_EVERY = 512  # cutouts


@dataclass(frozen=True)
class Checked:
    """What a check found."""

    galaxies: int
    damaged: np.ndarray  # rows of cutouts that are not as they were written
    blank: np.ndarray  # rows of cutouts without any data
    has_checksums: bool  # stores of earlier versions have none
    bands: tuple["BandCheck", ...] = ()  # bad pixels of each band
    clipped: int = 0  # cutouts with a flux at the limit of float16


@dataclass(frozen=True)
class BandCheck:
    """The bad pixels of one band, see `morph.images.blanks`."""

    band: str
    fraction: float  # of its pixels in all cutouts
    some: int  # cutouts with bad pixels
    without: int  # cutouts without data in this band


def check_store(folder: Path, progress: Progress = lambda *_: None) -> Checked:
    """Read all pixels of a store; MorphError if its files contradict each other."""
    store = open_store(folder)
    _check_files(store)
    checksums = read_checksums(store)
    damaged, parts, total = [np.array([], dtype=int)], [], len(store.pixels)
    for start in range(0, total, _SAY_EVERY):
        piece = np.array(store.pixels[start : start + _SAY_EVERY])
        if checksums is not None:
            own = checksums[start : start + len(piece)]
            damaged.append(start + np.flatnonzero(checksums_of(piece) != own))
        parts.append(bad_pixels(piece))
        progress(start + len(piece), total)
    found, manifest = together(parts), store.manifest
    return Checked(
        total,
        np.concatenate(damaged),
        np.flatnonzero((found.bands == 1).all(axis=1)),
        checksums is not None,
        tuple(map(_band, manifest.bands, found.bands.T)),
        int(found.clipped.sum()),
    )


def _band(band: str, fraction: np.ndarray) -> BandCheck:
    """The check of one band from the fraction (N,) in each cutout."""
    mean = float(fraction.mean(dtype=float))
    counts = int((fraction > 0).sum()), int((fraction == 1).sum())
    return BandCheck(band, mean, *counts)


def read_checksums(store: CutoutStore) -> np.ndarray | None:
    """(N,) CRC-32 of each cutout's bytes, or None if the store has none."""
    path = store.folder / CHECKSUMS
    if not path.is_file():
        return None
    try:
        checksums = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise MorphError(
            f"{path} cannot be read ({error}); remove it, and the pixels are no longer "
            "checked"
        ) from error
    if checksums.shape != (len(store.names),):
        raise MorphError(
            f"{path} has {checksums.size:,} checksums, but the store has "
            f"{len(store.names):,} cutouts; make the store again"
        )
    return checksums


def _check_files(store: CutoutStore) -> None:
    """MorphError for pixels of another shape, names twice, votes in another order."""
    own = store.manifest
    shape = (own.galaxies, len(own.bands), own.size, own.size)
    if store.pixels.shape != shape or store.pixels.dtype != np.float16:
        raise MorphError(
            f"{store.folder}: the pixels are {store.pixels.dtype} of the shape "
            f"{store.pixels.shape}, but the manifest says float16 {shape}; make the "
            "store again"
        )
    twice = store.index["iauname"][store.index["iauname"].duplicated()]
    if len(twice):
        raise MorphError(
            f"{store.folder}: {twice.iloc[0]} is in the index twice; make the store "
            "again"
        )
    votes = store.folder / "votes.parquet"
    if votes.is_file():
        names = read_table(votes, ["iauname"])["iauname"].to_numpy()
        if not np.array_equal(names, store.names):
            raise MorphError(
                f"{votes} does not list the galaxies in the order of the index; make "
                "the store again"
            )
