"""The features of a release as a few numbers per galaxy, in which models are fitted.

They are principal components of the features of all galaxies, labelled or not, so that
no label has a part in them. A copy on disk serves all later fits. Frozen features and
a model on them take seconds, where fitting the encoder again would take hours.
"""

from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from morph.atomic import replacing

COMPONENTS = 64
_SAMPLE, _SEED = 20_000, 0  # galaxies of which the components are computed
_BLOCK = 16_384


def open_space(features: np.ndarray, path: Path) -> np.ndarray:
    """The components of all galaxies, from a copy made at the first call.

    Parameters
    ----------
    features : (N, D) array
        Zeros for a galaxy without features.

    Returns
    -------
    (N, K) float32 memory map, read-only
        K is `COMPONENTS` or D, if that is smaller. The variances of the columns fall,
        and are 1 in the mean. NaN for a galaxy without features.
    """
    if not path.exists():
        mean, axes = components(features)
        with replacing(path) as temporary:
            shape = (len(features), axes.shape[1])
            space = open_memmap(temporary, "w+", np.float32, shape)
            for start in range(0, len(features), _BLOCK):
                block = np.asarray(features[start : start + _BLOCK], np.float32)
                space[start : start + _BLOCK] = (block - mean) @ axes
                space[start : start + _BLOCK][~block.any(axis=1)] = np.nan
            space.flush()
    return np.load(path, mmap_mode="r")


def components(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean (D,) of a sample of galaxies, and the axes (D, K) of its variance."""
    rows = np.arange(len(features))
    if len(rows) > _SAMPLE:
        rng = np.random.default_rng(_SEED)
        rows = np.sort(rng.choice(rows, _SAMPLE, replace=False))
    sample = np.asarray(features[rows], np.float64)
    sample = sample[sample.any(axis=1)]
    mean = sample.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(sample, rowvar=False))
    most = min(COMPONENTS, sample.shape[1])
    values, vectors = values[::-1][:most], vectors[:, ::-1][:, :most]
    scale = max(values.mean(), np.finfo(float).tiny) ** 0.5
    return mean.astype(np.float32), (vectors / scale).astype(np.float32)
