"""The source and the targets of `tests.benchmarks.adaptation_cases`, as cutout stores.

All have votes and the truth, which no adaptation reads of its target. ``foreign`` is
not observed by `data.simulation.observe` but by `tests.benchmarks.foreign`, with real
PSFEx models if they are in ``../shared/real/ccd``, and made-up elliptical ones if not.
``damaged`` has the galaxies of ``same``, those in its middle with bad pixels.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from data.simulation.population import DISC, SMOOTH, draw_population
from data.simulation.simulate import (
    SIZE,
    VOLUNTEERS,
    SimulatedSurvey,
    place,
    simulate,
)
from data.simulation.simulated_votes import draw_votes, vote_fractions
from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.trees.decision_tree import GZD5
from tests.benchmarks.foreign.coadds import foreign_coadds, pointings
from tests.benchmarks.foreign.exposures import Exposure, made_exposures, real_exposures
from tests.real_data import REAL

SOURCE, SAME, ALIKE, FOREIGN = 1800, 1000, 800, 1000  # galaxies
DRAWN = 3500  # of all kinds, for those that are alike
_SEED = 91
_SPIRAL = 0.5  # least fraction of a disc's light in its arms
_BAD = 0.04  # fraction of the pixels that are bad here and there
_COLUMNS = 3  # of a bad column and its neighbours


def write_skies(root: Path) -> None:
    """Write every store that is not complete."""
    if not _complete(root, "source"):
        made = simulate(SOURCE, _SEED, surveys=("decals",), footprint="decals")
        _write(root, "source", made, np.arange(SOURCE), made.pixels["decals"])
    own = "same", "damaged", "smooth", "spirals"
    if not all(_complete(root, name) for name in own):
        _write_own(root)
    if not _complete(root, "foreign"):
        _write_foreign(root)


def _write_own(root: Path) -> None:
    """Other galaxies of the source's survey: all kinds, smooth ones, and spirals."""
    made = simulate(DRAWN, _SEED + 1, surveys=("decals",), footprint="bmz")
    kind = made.population["kind"].to_numpy()
    spiral = (kind == DISC) & (made.population["arm_contrast"].to_numpy() > _SPIRAL)
    kinds = {
        "same": np.arange(SAME),
        "smooth": np.flatnonzero(kind == SMOOTH)[:ALIKE],
        "spirals": np.flatnonzero(spiral)[:ALIKE],
    }
    pixels = made.pixels["decals"]
    for name, rows in kinds.items():
        _write(root, name, made, rows, pixels[rows])
    _write(root, "damaged", made, kinds["same"], damaged(pixels[kinds["same"]]))


def damaged(pixels: np.ndarray) -> np.ndarray:
    """A copy of float16 fluxes (N, 3, S, S) with bad pixels in the middle half of N.

    In turn: NaN here and there, masked columns, no data in z, infinite fluxes in the
    centre, and an image that is left alone.
    """
    found, rng = pixels.copy(), np.random.default_rng(_SEED + 3)
    count, _, size, _ = found.shape
    for row in range(count // 4, 3 * count // 4):
        image, kind = found[row], row % 5
        if kind == 0:
            image[rng.random(image.shape) < _BAD / 3] = np.nan
        elif kind == 1:
            first = int(rng.integers(size - _COLUMNS))
            image[:, :, first : first + _COLUMNS] = np.nan
        elif kind == 2:
            image[2] = np.nan
        elif kind == 3:
            image[:, size // 2, size // 2] = np.inf
            image[0, size // 2, size // 2 - 1] = -np.inf
    return found


def foreign_exposures() -> tuple[Exposure, ...]:
    """Real exposures of 90prime and Mosaic3, or made-up ones where these are not."""
    if (REAL / "ccd").is_dir():
        return real_exposures("mzlsbass3")
    return made_exposures(np.random.default_rng(_SEED))


def _write_foreign(root: Path) -> None:
    rng = np.random.default_rng(_SEED + 2)
    population = draw_population(FOREIGN, rng)
    index = place(population, "bmz", rng)
    truth = vote_fractions(population)
    votes = draw_votes(truth, rng, *VOLUNTEERS)
    field = index["field"].to_numpy()
    observed = pointings(foreign_exposures(), int(field.max()) + 1, rng)
    pixels = foreign_coadds(population, field, observed, seed=_SEED, size=SIZE)
    made = SimulatedSurvey(index, population, truth, votes, {})
    _write(root, "foreign", made, np.arange(FOREIGN), pixels)


def _complete(root: Path, name: str) -> bool:
    """Whether a store is there: its manifest is written last."""
    return (cutouts_folder(root, name) / "manifest.json").is_file()


def _write(
    root: Path, name: str, made: SimulatedSurvey, rows: np.ndarray, pixels: np.ndarray
) -> None:
    folder = cutouts_folder(root, name)
    folder.mkdir(parents=True, exist_ok=True)
    index = made.index.iloc[rows].reset_index(drop=True)
    _per_label(index, made.truth[rows]).to_parquet(folder / "truth.parquet")
    survey = "bmz" if name == "foreign" else "decals"
    manifest = StoreManifest(survey, "simulated", name, len(rows), size=SIZE)
    votes = _per_label(index, made.votes[rows])
    write_store(folder, manifest, index, pixels, votes=votes)


def _per_label(index: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=list(GZD5.labels))
    table.insert(0, "iauname", index["iauname"].to_numpy())
    return table
