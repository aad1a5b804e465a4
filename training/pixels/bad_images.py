"""Images with bad pixels: what a run reports of them, and what it refuses.

What a bad pixel is, and what networks see of it, is in `morph.images.blanks`.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.blanks import (
    CLIPPED,
    LARGEST_FLUX,
    NO_BAND,
    TOO_MANY,
    BadPixels,
    bad_pixels,
)
from morph.images.store import open_store
from morph.runs.active_run import Run
from morph.runs.config_parts import BadPixelsConfig
from morph.runs.run_files import BAD_PIXELS
from morph.wording import command, percent
from training.pixels.galaxy_images import Galaxies

_FEW = 64  # cutouts of which all bands of most stores have data


def bands_without_data(root: Path, name: str) -> list[str]:
    """The bands that no cutout of a store has data in.

    Reads a store to its end only if there are some.
    """
    store = open_store(cutouts_folder(root, name))
    lacking = np.ones(len(store.manifest.bands), bool)
    for start in range(0, len(store.names), _FEW):
        lacking &= (bad_pixels(store.pixels[start : start + _FEW]).bands == 1).all(0)
        if not lacking.any():
            break
    return list(np.array(store.manifest.bands)[lacking])


def check_bands(run: Run, stores: Iterable[str], config: BadPixelsConfig) -> None:
    """Say which stores lack a band in all cutouts; MorphError unless it is allowed."""
    for name in dict.fromkeys(stores):
        lacking = bands_without_data(run.root, name)
        if not lacking:
            continue
        says = (
            f"the cutout store {name} has no data in {' and '.join(lacking)} in any of "
            "its cutouts"
        )
        if config.missing_band == "refuse":
            raise MorphError(
                f"{says}; make it again with images in {' and '.join(lacking)}, or set "
                'bad_pixels.missing_band to "allow": the network then sees empty sky '
                "there, and learns nothing from these cutouts"
            )
        run.event("band_without_data", store=name, bands=lacking, says=says)


def usable_rows(rows: np.ndarray, galaxies: Galaxies, what: str) -> np.ndarray:
    """Those of ``rows`` without too many bad pixels; MorphError if none is left."""
    kept = np.intersect1d(rows, galaxies.usable)
    if len(rows) and not len(kept):
        raise MorphError(
            f"all {len(rows):,} galaxies to {what} have more bad pixels than "
            f"bad_pixels.most, {galaxies.most_bad:g}, or a band without data; "
            f"`{command('stores', 'check', 'NAME')}` counts them. Choose another "
            "cutout store"
        )
    return kept


def note_bad_pixels(run: Run, of: str, bad: BadPixels, most: float) -> None:
    """Record how many images of a stage have bad pixels, if any has, in an event."""
    counts = counted(bad, most)
    if any(counts[name] for name in ("some", *_FLAGGED)):
        run.event(BAD_PIXELS, of=of, says=words(counts, most), **counts)


_FLAGGED = {"too_many": TOO_MANY, "no_band": NO_BAND, "clipped": CLIPPED}


def counted(bad: BadPixels, most: float) -> dict[str, int]:
    """Numbers of images: all, those with bad pixels, and those with each flag."""
    flags = bad.flags(most)
    flagged = {name: int((flags & bit > 0).sum()) for name, bit in _FLAGGED.items()}
    return {"galaxies": len(flags), "some": int((bad.fraction > 0).sum()), **flagged}


def words(counts: dict[str, int], most: float) -> str:
    """The same as a sentence."""
    parts = {
        "with bad pixels, which the network sees as empty sky": counts["some"],
        f"with more than {percent(most)} of them": counts["too_many"],
        "with a band without data": counts["no_band"],
        f"with fluxes clipped to {LARGEST_FLUX:,.0f} nanomaggies": counts["clipped"],
    }
    said = [f"{what}: {number:,}" for what, number in parts.items() if number]
    return f"{counts['galaxies']:,} cutouts; {'; '.join(said)}."
