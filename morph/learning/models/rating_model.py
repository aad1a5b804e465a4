"""A Gaussian process that predicts ratings, as in Walmsley et al. (2022).

The kernel is rational quadratic plus white noise, on 40 principal components of unit
variance (Walmsley et al. 2022, MNRAS 513, 1581, section 4). Ratings are centred, so
that a galaxy unlike all that were rated gets their mean, with a large uncertainty.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.linalg import solve_triangular
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Kernel, RationalQuadratic, WhiteKernel

from morph.learning.models.answer_model import floored

COMPONENTS = 40
MOST = 2000  # galaxies that an exact Gaussian process is fitted to
_MOST_FOR_KERNEL = 300  # of which the kernel is optimised
_BLOCK = 8192


@dataclass(frozen=True)
class RatingModel:
    """A fitted process; ``mean`` and ``noise`` (a variance) in ratings."""

    process: GaussianProcessRegressor
    centre: np.ndarray  # (K,) of the components
    scale: np.ndarray
    mean: float
    spread: float  # standard deviation of the ratings

    @property
    def noise(self) -> float:
        """Standard deviation of a rating around the process."""
        return self.spread * float(self.process.kernel_.k2.noise_level) ** 0.5

    @property
    def kernel(self) -> Kernel:
        return self.process.kernel_

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation (n,) of the process, without noise."""
        mean, error = np.empty(len(x)), np.empty(len(x))
        for start in range(0, len(x), _BLOCK):
            part = slice(start, start + _BLOCK)
            mean[part], error[part] = self._predict(x[part])
        return mean, error

    def _predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        smooth = self.process.kernel_.k1
        across = smooth(self._scaled(x), self.process.X_train_)
        mean = across @ self.process.alpha_.ravel()
        solved = solve_triangular(
            self.process.L_, across.T, lower=True, check_finite=False
        )
        variance = np.maximum(1 - np.einsum("ij,ij->j", solved, solved), 0)
        return self.mean + self.spread * mean, self.spread * variance**0.5

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        part = np.asarray(x[:, : len(self.centre)], np.float64)
        return (part - self.centre) / self.scale


def fit_ratings(
    x: np.ndarray, ratings: np.ndarray, *, seed: int, kernel: Kernel | None = None
) -> RatingModel:
    """The process of n galaxies with features ``x`` (n, K) and ratings (n,).

    With a ``kernel``, its parameters are kept. Of more than `MOST` galaxies, a random
    sample is used.
    """
    rng = np.random.default_rng(seed)
    if len(x) > MOST:
        rows = np.sort(rng.choice(len(x), MOST, replace=False))
        x, ratings = x[rows], ratings[rows]
    part = np.asarray(x[:, :COMPONENTS], np.float64)
    centre, scale = part.mean(axis=0), part.std(axis=0)
    scale = np.where(scale > 0, scale, 1)
    scaled = (part - centre) / scale
    mean, spread = ratings.mean(), max(ratings.std(), 1e-6)
    centred = (ratings - mean) / spread
    if kernel is None:
        some = rng.permutation(len(scaled))[:_MOST_FOR_KERNEL]
        kernel = _optimised(scaled[some], centred[some])
    process = GaussianProcessRegressor(kernel, optimizer=None).fit(scaled, centred)
    return RatingModel(process, centre, scale, float(mean), float(spread))


def _optimised(x: np.ndarray, ratings: np.ndarray) -> Kernel:
    """The kernel of the largest marginal likelihood."""
    length = x.shape[1] ** 0.5
    smooth = RationalQuadratic(length, 1.0, (0.1 * length, 100 * length), (1e-2, 1e3))
    kernel = smooth + WhiteKernel(0.5, (1e-3, 10))
    with warnings.catch_warnings():  # a parameter at its bound is a valid result
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianProcessRegressor(kernel).fit(x, ratings).kernel_


def rating_members(
    mean: np.ndarray, error: np.ndarray, noise: float, ratings: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (B, n, R) of the ratings at B values of the process; weights (B,).

    The values are nodes of a Gauss-Hermite quadrature, so that weighted means over them
    are those over the posterior of the process. A rating is a value plus noise, rounded
    to the nearest of ``ratings`` (R,), which increase by 1.
    """
    nodes, weights = hermegauss(9)
    values = mean + nodes[:, None] * error  # (B, n)
    edges = ratings[:-1] + 0.5
    below = norm.cdf((edges - values[..., None]) / max(noise, 1e-3))
    ends = (np.zeros_like(below[..., :1]), np.ones_like(below[..., :1]))
    sums = np.concatenate([ends[0], below, ends[1]], axis=-1)
    return floored(np.diff(sums, axis=-1)), weights / weights.sum()
