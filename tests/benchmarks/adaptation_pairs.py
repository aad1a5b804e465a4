"""Pairs of surveys drawn from a prior, and the cutout stores of each.

The first four are: PSFEx models of real exposures (of DECam for the source, of 90prime
and Mosaic3 for the target), GalSim, nearly the same survey, and GalSim again; further
pairs are drawn with made-up elliptical PSFs. So is the first, and it is called so, if
``../shared/real/ccd`` lacks the real ones.
Pixels are those of `tests.benchmarks.foreign`: nothing that the adaptation assumes of a
survey is in their making. The prior is `tests.benchmarks.foreign.sky`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.simulation.population import draw_population
from data.simulation.simulate import VOLUNTEERS, place
from data.simulation.simulated_votes import draw_votes, vote_fractions
from data.simulation.stores import OVERLAP_VOLUNTEERS, half_of
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.runs.run_files import read_json
from morph.trees.decision_tree import GZD5
from tests.benchmarks.foreign.coadds import foreign_coadds, pointings
from tests.benchmarks.foreign.exposures import (
    Exposure,
    made_exposures,
    real_exposures,
)
from tests.benchmarks.foreign.galsim_images import galsim_images
from tests.benchmarks.foreign.sky import (
    Sky,
    calibrated_as,
    similar_sky,
    source_sky,
    target_sky,
)
from tests.real_data import REAL

_SEED = 2412
_KINDS = ("real PSFs", "GalSim", "small gap", "GalSim")
_MADE_UP = "made-up PSFs"  # where the real ones are missing
_OTHERS = "drawn"
_REAL = {"source": "testcase9", "target": "mzlsbass3"}
_SURVEYS = {"source": "decals", "target": "bmz"}  # as which a store counts


@dataclass(frozen=True)
class Size:
    """How much one pass of the benchmark does."""

    galaxies: int  # of the source survey, and as many of the target
    overlap: int  # with known truth: half of them tune, half of them test
    epochs: int  # of the source's fit and of every adaptation
    judged: int  # galaxies per survey that a model is judged on without votes
    pixels: int = 64  # of a side


QUICK = Size(galaxies=700, overlap=500, epochs=6, judged=200)
WHOLE = Size(galaxies=1300, overlap=800, epochs=6, judged=200)


@dataclass(frozen=True)
class Pair:
    """Two surveys; ``number`` is that of its random numbers."""

    number: int
    kind: str
    source: Sky
    target: Sky

    @property
    def name(self) -> str:
        return f"{self.number} {self.kind}"

    def folder(self, root: Path) -> Path:
        """The home of its stores and runs."""
        return root / self.name.replace(" ", "-").lower()


def drawn_pairs(number: int) -> list[Pair]:
    """The first ``number`` pairs; each is the same however many there are."""
    pairs = []
    for place_, kind in enumerate([*_KINDS, *[_OTHERS] * number][:number]):
        rng = np.random.default_rng([_SEED, place_])
        source, target = source_sky(rng), target_sky(rng)
        if kind == "small gap":
            target = similar_sky(source, rng)
        if kind == "real PSFs" and not (REAL / "ccd").is_dir():
            kind = _MADE_UP
        pairs.append(Pair(place_ + 1, kind, source, target))
    return pairs


def write_pair(root: Path, pair: Pair, size: Size, twins: bool = False) -> None:
    """Write the stores of a pair; complete ones are kept.

    ``source`` and ``test-source`` are of the source survey, ``target``,
    ``source-target`` (the galaxies of ``source``) and ``test-target`` (those of
    ``test-source``) of the target survey; with ``twins`` also ``pairs-source`` and
    ``pairs-target``.

    Raises
    ------
    MorphError
        If there are stores of another size.
    """
    wanted = [
        ("source", {"source": "source", "source-target": "target"}, size.galaxies),
        ("target", {"target": "target"}, size.galaxies),
        ("test", {"test-source": "source", "test-target": "target"}, size.overlap),
    ]
    if twins:
        both = {"pairs-source": "source", "pairs-target": "target"}
        wanted.append(("pairs", both, size.galaxies // 2))
    for part, (name, stores, galaxies) in enumerate(wanted):
        folders = [cutouts_folder(pair.folder(root), store) for store in stores]
        if not all([_stands(folder, galaxies) for folder in folders]):
            _write(root, pair, size, part, name, stores, galaxies)


def _stands(folder: Path, galaxies: int) -> bool:
    """Whether the store is complete: its manifest is written last."""
    path = folder / "manifest.json"
    if not path.is_file():
        return False
    found = read_json(path)["galaxies"]
    if found != galaxies:
        raise MorphError(
            f"{folder} holds {found:,} galaxies; this size of the benchmark has "
            f"{galaxies:,}. Name another folder by --keep"
        )
    return True


def _write(
    root: Path,
    pair: Pair,
    size: Size,
    part: int,
    name: str,
    stores: dict[str, str],
    galaxies: int,
) -> None:
    seeds = [_SEED, pair.number, part]
    population = draw_population(galaxies, np.random.default_rng([*seeds, 0]))
    footprint = {"source": "decals", "target": "bmz"}.get(name, "overlap")
    index = place(population, footprint, np.random.default_rng([*seeds, 1]))
    truth, judged = vote_fractions(population), name == "test"
    volunteers = OVERLAP_VOLUNTEERS if judged else VOLUNTEERS
    votes = draw_votes(truth, np.random.default_rng([*seeds, 2]), *volunteers)
    index = index.assign(half=index["iauname"].map(half_of))
    field = index["field"].to_numpy()
    for store, survey in stores.items():
        folder = cutouts_folder(pair.folder(root), store)
        folder.mkdir(parents=True, exist_ok=True)
        pixels = _observed(pair, survey, population, field, part, size.pixels)
        if judged:
            table = _per_label(index, truth)
            table.to_parquet(folder / "truth.parquet", index=False)
        manifest = StoreManifest(
            _SURVEYS[survey], "simulated", store, galaxies, size=size.pixels
        )
        counts = _per_label(index, votes) if name in ("source", "test") else None
        write_store(folder, manifest, index, pixels, votes=counts)


def _observed(
    pair: Pair,
    survey: str,
    population: pd.DataFrame,
    field: np.ndarray,
    part: int,
    size: int,
) -> np.ndarray:
    """(N, 3, S, S) float16 fluxes of a population in one survey of a pair."""
    sky: Sky = getattr(pair, survey)
    number = 100 * pair.number + 10 * part + list(_SURVEYS).index(survey)
    if pair.kind == "GalSim":
        pixels = galsim_images(population, field, sky, seed=number, size=size)
        return calibrated_as(sky, pixels)
    rng = np.random.default_rng([_SEED, number])
    observed = pointings(_exposures(pair, survey), int(field.max()) + 1, rng)
    pixels = foreign_coadds(population, field, observed, seed=number, size=size)
    return calibrated_as(sky, pixels)


def _exposures(pair: Pair, survey: str) -> Sequence[Exposure]:
    """The same for all stores of a survey."""
    if pair.kind == "real PSFs":
        return real_exposures(_REAL[survey])
    sky: Sky = getattr(pair, survey)
    return made_exposures(
        np.random.default_rng([_SEED, pair.number, 10, list(_SURVEYS).index(survey)]),
        fwhm_arcsec=tuple(sky.fwhm_arcsec),
        native_arcsec=tuple(sky.native_arcsec),
        sig1=tuple(sky.noise * np.sqrt(2)),  # of one of about two of a coadd
        ellipticity=sky.ellipticity,
    )


def _per_label(index: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=list(GZD5.labels))
    table.insert(0, "iauname", index["iauname"].to_numpy())
    return table
