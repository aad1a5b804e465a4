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

    ``cache`` is the folder of the copies; those not in use may be deleted. ``file`` is
    that of the features, of the first map by default. ``progress`` is called with the
    number of galaxies copied and their total.

    Returns
    -------
    (N, D) float16 memory map, read-only
        In the order of the release's galaxies; zeros for galaxies without features.

    Raises
    ------
    MorphError
        If the release has no features, or features of unknown galaxies.
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
    file: str,
    path: Path,
    progress: Callable[[int, int], None] | None,
) -> None:
    names = pq.read_table(folder / "galaxies.parquet", columns=["iauname"])["iauname"]
    order = pd.Index(names.to_pandas())
    table = pq.ParquetFile(folder / file)
    length = table.schema_arrow.field("feature").type.list_size
    features = open_memmap(path, "w+", np.float16, (len(order), length))
    done = 0
    for batch in table.iter_batches(_ROWS_AT_ONCE):
        values = batch["feature"].flatten().to_numpy(zero_copy_only=False)
        rows = order.get_indexer(pd.Index(batch["iauname"].to_pandas()))
        if (rows < 0).any():  # -1 would be the last galaxy
            raise DamagedRelease(
                f"{folder} has features of galaxies that are not in galaxies.parquet; "
                "make the release again"
            )
        features[rows] = values.reshape(-1, length)
        done += len(rows)
        if progress is not None:
            progress(done, table.metadata.num_rows)
    features.flush()
