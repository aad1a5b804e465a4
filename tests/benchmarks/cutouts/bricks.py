"""Bricks of real size on disk to a cutout store, beside opening them by galaxy.

The alternative is what astropy's documentation shows: for every galaxy, open the images
of its brick and cut with `astropy.nddata.Cutout2D`, which reads whole images; then the
same with the inverse variance and the mask that morph reads as well.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS

from data.cutouts.bricks.brick_files import BrickFolder, file_name
from data.cutouts.bricks.brick_grid import Brick, brick_at
from data.cutouts.bricks.cut_bricks import Bricks, cut
from data.cutouts.growing_store import GrowingStore, Recipe
from morph.images.new_stores.defaults import MOST_MISSING, SIZE
from morph.images.survey.survey import Service, Survey
from tests.benchmarks.cutouts.row import Row
from tests.made_bricks import Made, Star, write_brick

GALAXIES = 120
PER_BRICK = 30
PIXELS, PIXSCALE_ARCSEC = 3600, 0.262
BANDS = ("g", "r", "z")
BESIDE = 6  # galaxies by the alternative, which takes a second for each
GOAL = 3.0  # times as fast
_FIRST = (150.13, 2.01)
_SURVEY = Survey("bench", "Benchmark", service=Service(layer="ls-dr9-south"))


def rows(folder: Path, galaxies: int | None) -> list[Row]:
    """Cutouts per second, of 256 × 256 pixels in three bands."""
    wanted = galaxies or GALAXIES
    bricks = _bricks(-(-wanted // PER_BRICK))
    targets = _targets(bricks, wanted)
    made = Made(pixels=PIXELS, pixscale_arcsec=PIXSCALE_ARCSEC, noise=0.005)
    for brick in bricks:
        own = targets[targets["brick"] == brick.name]
        stars = [Star(ra, dec, 50.0) for ra, dec in own[["ra", "dec"]].to_numpy()]
        write_brick(folder / "bricks", brick, stars, made)
    ours, stored = _ours(folder, targets)
    few = targets.iloc[np.linspace(0, wanted - 1, min(BESIDE, wanted)).astype(int)]
    return [
        _row("images, weights and masks", ours, _theirs(folder, few, masks=True)),
        _row("images alone", ours, _theirs(folder, few, masks=False)),
        Row(
            "cutouts stored", stored, "cutouts", goal=f"{wanted}", met=stored == wanted
        ),
    ]


def _row(read: str, ours: float, theirs: float) -> Row:
    return Row(
        "bricks to store",
        ours,
        "cutouts/s",
        f"astropy Cutout2D by galaxy, {read}",
        theirs,
        goal=f"{GOAL:g} times",
        met=ours >= GOAL * theirs,
    )


def _bricks(number: int) -> list[Brick]:
    """Bricks that follow one another in a row."""
    first = brick_at(*_FIRST)
    return [Brick(first.row, first.column + place) for place in range(number)]


def _targets(bricks: list[Brick], number: int) -> pd.DataFrame:
    """Galaxies at random places of a row of bricks, some over the edges between them.

    In random order; none over an edge of the row, where there are no bricks.
    """
    rng = np.random.default_rng(5)
    lines = []
    for place in range(number):
        brick = bricks[place % len(bricks)]
        ra = rng.uniform(*brick.ra_limits)
        dec = brick.dec + rng.uniform(-0.1, 0.1)
        if brick in (bricks[0], bricks[-1]):
            ra = brick.ra + rng.uniform(-0.1, 0.1)
        lines.append((f"g{place}", ra, dec, brick.name))
    table = pd.DataFrame(lines, columns=["iauname", "ra", "dec", "brick"])
    return table.sample(frac=1, random_state=1)


def _ours(folder: Path, targets: pd.DataFrame, workers: int = 1) -> tuple[float, int]:
    """Cutouts per second into a finished store, and how many it has."""
    where = ("bench", "coadd bricks", "ls-dr9-south", BANDS)
    recipe = Recipe(*where, SIZE, PIXSCALE_ARCSEC)
    opened = BrickFolder(folder / "bricks", BANDS, PIXSCALE_ARCSEC)
    bricks = Bricks(opened, _SURVEY, recipe)
    bricks.workers = workers
    started = time.perf_counter()
    store = GrowingStore(folder / "store", recipe)
    cut(store, targets, bricks, most_missing=MOST_MISSING)
    stored = store.finish("Benchmark", without_position=[]).galaxies
    seconds = time.perf_counter() - started
    store.close()
    bricks.close()
    return len(targets) / seconds, stored


def _theirs(folder: Path, targets: pd.DataFrame, *, masks: bool) -> float:
    """Cutouts per second of the alternative, appended to a list."""
    kept, started = [], time.perf_counter()
    for ra, dec in targets[["ra", "dec"]].to_numpy():
        brick, sky = brick_at(ra, dec), SkyCoord(ra, dec, unit="deg")
        place = folder / "bricks" / "coadd" / brick.name[:3] / brick.name
        files = [file_name(brick, "image", band) for band in BANDS]
        if masks:
            files += [file_name(brick, "invvar", band) for band in BANDS]
            files.append(file_name(brick, "maskbits", ""))
        kept.append([_cut(place / name, sky) for name in files])
    return len(kept) / (time.perf_counter() - started)


def _cut(path: Path, sky: SkyCoord) -> np.ndarray:
    with fits.open(path) as file:
        part = file[1]
        wcs = WCS(part.header)
        return Cutout2D(part.data, sky, SIZE, wcs, mode="partial", copy=True).data
