"""Thumbnails per second of a store of large cutouts, as the pages request them."""

import time
from pathlib import Path

import pandas as pd

from morph.images.store import write_store
from morph.images.store_manifest import StoreManifest
from pages.common.server.routes import thumbnails
from tests.benchmarks.cutouts.made_cutouts import SIZE, made_cutouts
from tests.benchmarks.cutouts.row import Row

GALAXIES = 96
WIDTH = 132  # pixels of a tile of a gallery
LEAST = 48  # of a gallery, in a second of one processor


def rows(folder: Path, galaxies: int | None) -> list[Row]:
    """JPEGs that are made of fluxes, beside those that are made already."""
    count = galaxies or GALAXIES
    store, names = folder / "made", [f"G{row}" for row in range(count)]
    index = pd.DataFrame({"iauname": names, "ra": 150.0, "dec": 2.0})
    manifest = StoreManifest("decals", "simulated", "Made", count, SIZE)
    write_store(store, manifest, index, made_cutouts(count))

    def rate() -> float:
        begun = time.process_time()
        for name in names:
            assert thumbnails.made(store, name, WIDTH)
        return count / max(time.process_time() - begun, 1e-9)

    thumbnails.made(store, names[0], WIDTH)  # opens the store
    made, again = rate(), rate()
    goal = f"at least {LEAST}"
    what = f"thumbnails of {WIDTH} px from {SIZE}"
    return [Row(what, made, "per CPU s", "made before", again, goal, made >= LEAST)]
