"""The map: UMAP of the features or two of their principal components, and its trust."""

import warnings

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from morph.runs.config_parts import ProjectionConfig


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
    distances, near = _neighbours(components, neighbours)
    if config.epochs:
        position = _umap(components, near, distances, config, seed)
    else:  # at once: UMAP takes most of a minute to compile on a new installation
        position = components[:, :2]
    _, near_in_plane = _neighbours(position, neighbours)
    common = [
        len(np.intersect1d(a, b)) for a, b in zip(near, near_in_plane, strict=True)
    ]
    return position, np.array(common, dtype=np.float32) / neighbours


def _neighbours(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and rows of each point's ``count`` nearest neighbours."""
    return NearestNeighbors(n_neighbors=count).fit(points).kneighbors()


def _umap(
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
