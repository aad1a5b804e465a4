"""The pair of simulated surveys, in three sizes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.simulation.simulate import simulate
from data.simulation.stores import OVERLAP_VOLUNTEERS, half_of
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.runs.run_files import read_json
from morph.trees.decision_tree import GZD5

SURVEY_SEED = 2412
BOTH = ("decals", "bmz")


@dataclass(frozen=True)
class Size:
    """How much one pass of the benchmark does."""

    galaxies: int  # of the source survey, and as many of the target
    overlap: int  # with known truth: half of them tune, half of them test
    pairs: int  # imaged by both surveys, without votes, for distillation
    choice: int  # likewise, for model selection
    fit_epochs: int
    adapt_epochs: int  # of every method with a fit like the source's
    kmeans_epochs: int
    encoder: str = "small"
    accelerator: str = "cpu"


QUICK = Size(
    galaxies=2500,
    overlap=1200,
    pairs=1000,
    choice=600,
    fit_epochs=12,
    adapt_epochs=3,
    kmeans_epochs=3,
)
WHOLE = Size(
    galaxies=5000,
    overlap=4000,
    pairs=2000,
    choice=1000,
    fit_epochs=14,
    adapt_epochs=3,
    kmeans_epochs=5,  # the 20 of the paper change little
)
GPU = Size(
    galaxies=60_000,
    overlap=10_000,
    pairs=10_000,
    choice=5000,
    fit_epochs=20,
    adapt_epochs=5,
    kmeans_epochs=20,
    encoder="tf_efficientnetv2_s",
    accelerator="cuda",
)


def write_surveys(root: Path, size: Size) -> None:
    """Write source (in both surveys), target, overlap, and two sets of pairs.

    Complete stores are kept.

    Raises
    ------
    MorphError
        If ``root`` holds stores of another size.
    """
    wanted = (
        ("source", BOTH, size.galaxies, "decals"),
        ("target", ("bmz",), size.galaxies, "bmz"),
        ("overlap", BOTH, size.overlap, "overlap"),
        ("pairs", BOTH, size.pairs, "overlap"),
        ("choice", BOTH, size.choice, "overlap"),
    )
    for place, (name, surveys, galaxies, footprint) in enumerate(wanted):
        folders = [cutouts_folder(root, f"{name}-{survey}") for survey in surveys]
        if not all(_stands(folder, galaxies) for folder in folders):
            _write(root, name, surveys, galaxies, SURVEY_SEED + place, footprint)


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
    name: str,
    surveys: tuple[str, ...],
    galaxies: int,
    seed: int,
    footprint: str,
) -> None:
    judged, voted = name == "overlap", name in ("source", "overlap")
    given = {"volunteers": OVERLAP_VOLUNTEERS} if judged else {}
    made = simulate(galaxies, seed, surveys=surveys, footprint=footprint, **given)
    index = made.index.assign(half=made.index["iauname"].map(half_of))
    for survey in surveys:
        folder = cutouts_folder(root, f"{name}-{survey}")
        if judged:
            folder.mkdir(parents=True, exist_ok=True)
            truth = _per_label(index, made.truth)
            truth.to_parquet(folder / "truth.parquet", index=False)
        pixels = made.pixels[survey]
        manifest = StoreManifest(
            survey, "simulated", name, galaxies, size=pixels.shape[-1]
        )
        votes = _per_label(index, made.votes) if voted else None
        write_store(folder, manifest, index, pixels, votes=votes)


def _per_label(index: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=list(GZD5.labels))
    table.insert(0, "iauname", index["iauname"].to_numpy())
    return table
