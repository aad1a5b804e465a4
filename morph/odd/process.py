"""The scores of a release's galaxies, from a file that is made at the first call."""

import logging
from pathlib import Path

import numpy as np

from morph import sandbox
from morph.atomic import replacing
from morph.errors import MorphError
from morph.odd.scores import Method
from morph.release.folder import read_manifest
from morph.release.maps import FEATURES
from morph.similar.features import open_features

_MOST_S = 600

_log = logging.getLogger(__name__)


def scores_of(folder: Path, cache: Path, method: Method) -> np.ndarray:
    """(N,) scores in the order of the galaxies of a release folder.

    Raises
    ------
    MorphError
        If the release has no features, too few galaxies have any, or it takes longer
        than ten minutes.
    """
    features = open_features(folder, cache)
    manifest = read_manifest(folder)
    names = ("galaxies.parquet", FEATURES)
    stem = "-".join(manifest.files[name].sha256[:16] for name in names)
    path = cache / f"odd-{method}-{stem}.npy"
    if not path.exists():
        with replacing(path) as temporary:
            made = sandbox.run(
                ["morph.odd.child", str(features.filename), str(temporary), method],
                limit_s=_MOST_S,
            )
            if made.returncode == sandbox.REFUSED:
                raise MorphError(made.stdout.strip())
            if made.returncode:
                _log.warning("odd galaxies: %s", made.stderr[-2000:])
                raise MorphError(
                    "the galaxies could not be ranked, as if memory was short or ten "
                    "minutes were not enough; try again"
                )
    return np.load(path)
