"""The map: UMAP of the features or two of their principal components, and its trust."""

import warnings

import numpy as np
from sklearn.decomposition import PCA

from morph.runs.config_parts import ProjectionConfig
from training.apply.neighbours import nearest_neighbours

_BLOCK = 10_000  # galaxies whose neighbours are compared at once


def project(
    features: np.ndarray, config: ProjectionConfig, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The map of N galaxies by their features.

    Parameters
    ----------
    features : (N, D) array
        At least 3 galaxies.

    Returns
    -------
    (N, 2) float32 array
        UMAP coordinates of the features' principal components; the first two
        components themselves, if the configuration has no epochs.
    (N,) float32 array
        Trust: fraction of a galaxy's nearest neighbours in feature space (those of
        UMAP's graph) that are among its nearest neighbours in the plane.
    """
    count = min(config.components, *features.shape)
    model = PCA(count, svd_solver="randomized", random_state=seed)
    components = model.fit_transform(features.astype(np.float32))
    neighbours = min(config.neighbours, len(features) - 1)
    distances, near = nearest_neighbours(components, neighbours)
    if config.epochs:
        position = umap_of(components, near, distances, config, seed)
    else:  # at once: UMAP takes most of a minute to compile on a new installation
        position = components[:, :2]
    _, near_in_plane = nearest_neighbours(position, neighbours)
    return position, _in_common(near, near_in_plane) / np.float32(neighbours)


def _in_common(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How many rows two lists of neighbours (N, K) have in common, (N,) float32."""
    common = np.empty(len(one), dtype=np.float32)
    for start in range(0, len(one), _BLOCK):
        block = slice(start, start + _BLOCK)
        same = one[block, :, None] == other[block, None, :]
        common[block] = same.sum(axis=(1, 2))
    return common


def umap_of(
    points: np.ndarray,
    near: np.ndarray,
    distances: np.ndarray,
    config: ProjectionConfig,
    seed: int,
) -> np.ndarray:
    """UMAP with given neighbours, so that the trust refers to the same graph."""
    itself = np.arange(len(points))[:, None]  # UMAP's nearest neighbour of a point
    knn = (
        np.hstack([itself, near]),
        np.hstack([np.zeros_like(distances[:, :1]), distances]),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Tensorflow not installed")
        warnings.filterwarnings("ignore", message="precomputed_knn")
        import umap  # compiles for seconds at import; only this stage needs it

        model = umap.UMAP(
            n_neighbors=near.shape[1] + 1,
            min_dist=config.min_dist,
            n_epochs=config.epochs,
            init="pca",
            random_state=seed,
            n_jobs=1,
            precomputed_knn=knn,
        )
        return model.fit_transform(points).astype(np.float32)
