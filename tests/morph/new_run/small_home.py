"""A home with a few small stores and models, for what new runs can use."""

from pathlib import Path

import numpy as np
import pandas as pd

from morph.atomic import write_json
from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.release.manifest import Origin
from morph.runs.lifecycle import create_run
from morph.runs.run_files import STATUS
from morph.trees.decision_tree import GZD5

GALAXIES = 40


def store(
    root: Path,
    name: str,
    *,
    survey: str = "decals",
    votes: bool = False,
    size: int = 8,
    halves: bool = False,
    begin: str = "",
    galaxies: int = GALAXIES,
    origin: Origin = "demonstration",
) -> None:
    """Write a store of black images; its galaxies are called after ``begin``."""
    manifest = StoreManifest(survey, origin, name, galaxies, size)
    names = [f"{begin or name}-{number}" for number in range(galaxies)]
    index = pd.DataFrame({"iauname": names, "ra": 1.0, "dec": 2.0})
    if halves:
        index["half"] = ["tune", "test"] * (galaxies // 2)
    counts = pd.DataFrame(
        np.ones((galaxies, len(GZD5.labels)), int), columns=GZD5.labels
    )
    counts.insert(0, "iauname", names)
    pixels = np.zeros((galaxies, 3, size, size), np.float16)
    folder = cutouts_folder(root, name)
    write_store(folder, manifest, index, pixels, votes=counts if votes else None)


def model(
    root: Path,
    run_id: str,
    *,
    stores: tuple[str, ...] = ("decals",),
    size: int = 8,
    kind: str = "source",
) -> None:
    """Write a finished run with the metadata of a model, without its weights."""
    config = {"kind": kind, "stores": list(stores)}
    folder = create_run(root, run_id, config)
    write_json(folder / STATUS, {"state": "finished"})
    card = {
        "tree": "gzd5",
        "size": size,
        "pixscale_arcsec": 0.262,
        "stores": list(stores),
        "survey": "decals",
        "model": {"encoder": "small"},
    }
    (folder / "checkpoints").mkdir()
    write_json(folder / "checkpoints" / "model.json", card)


def fill(root: Path) -> None:
    """Stores ``decals`` and ``overlap`` with votes, ``bmz`` without."""
    store(root, "decals", votes=True)
    store(root, "overlap", votes=True, halves=True, galaxies=20)
    store(root, "bmz", survey="bmz")


def fill_demonstration(root: Path) -> None:
    """The stores of the demonstration, with few galaxies."""
    for survey, votes in (("decals", True), ("bmz", False)):
        store(root, f"demo-{survey}", survey=survey, votes=votes)
        overlap = f"demo-overlap-{survey}"
        store(root, overlap, survey=survey, votes=True, halves=True, galaxies=20)
