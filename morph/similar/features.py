"""Features of a release as a memory-mapped array, in row order.

A Parquet file must be read whole; this copy gives a few hundred vectors without reading
the others.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.lib.format import open_memmap

from morph.atomic import replacing
from morph.errors import DamagedRelease, MorphError
from morph.release.folder import read_manifest
from morph.release.maps import FEATURES

_ROWS_AT_ONCE = 8192


def open_features(
    folder: Path,
    cache: Path,
    *,
    file: str = FEATURES,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Features of a release folder, from a memory-mapped copy made at the first call.

    Parameters
    ----------
    folder : Path
        The release, verified when it was loaded into the catalogue.
    cache : Path
        Folder of the copies; copies not in use may be deleted.
    file : str
        The file of the features, those of the first map if it is not given.
    progress : callable, optional
        Called with the number of galaxies copied and their total.

    Returns
    -------
    (N, D) float16 memory map, read-only
        In the order of the release's galaxies; zeros for galaxies without features.

    Raises
    ------
    MorphError
        If the release has no features.
    DamagedRelease
        If it has features of unknown galaxies.
    """
    manifest = read_manifest(folder)
    if file not in manifest.files:
        raise MorphError(
            f"release {manifest.release_id} has no features; add features to "
            "search for similar galaxies"
        )
    checksums = [manifest.files[n].sha256 for n in ("galaxies.parquet", file)]
    path = cache / f"features-{'-'.join(text[:16] for text in checksums)}.npy"
    if not path.exists():
        with replacing(path) as temporary:
            _copy(folder, file, temporary, progress)
    return np.load(path, mmap_mode="r")


def _copy(
    folder: Path,
    features: str,
    path: Path,
    progress: Callable[[int, int], None] | None,
) -> None:
    names = pq.read_table(folder / "galaxies.parquet", columns=["iauname"])["iauname"]
    place = pd.Index(names.to_pandas())
    file = pq.ParquetFile(folder / features)
    length = file.schema_arrow.field("feature").type.list_size
    features = open_memmap(path, "w+", np.float16, (len(place), length))
    done = 0
    for batch in file.iter_batches(_ROWS_AT_ONCE):
        values = batch["feature"].flatten().to_numpy(zero_copy_only=False)
        rows = place.get_indexer(pd.Index(batch["iauname"].to_pandas()))
        if (rows < 0).any():  # -1 would be the last galaxy
            raise DamagedRelease(
                f"{folder} has features of galaxies that are not in galaxies.parquet; "
                "write the release again"
            )
        features[rows] = values.reshape(-1, length)
        done += len(rows)
        if progress is not None:
            progress(done, file.metadata.num_rows)
    features.flush()
