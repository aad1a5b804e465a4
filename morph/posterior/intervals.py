"""Confidence intervals of fractions, from counts or from a mean and variance."""

import numpy as np
from scipy.special import betaincinv

FEW = 30  # fractions of fewer galaxies are marked as unreliable


def wilson(
    counted: np.ndarray, trials: np.ndarray, *, mass: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson score interval of a binomial fraction, elementwise (Wilson 1927).

    ``counted`` and ``trials`` are successes and trials, rounded to whole numbers;
    ``mass`` is the nominal coverage, about which the true one oscillates (Brown, Cai &
    DasGupta 2001). The interval is 0 to 1 where there are no trials.
    """
    from astropy.stats import binom_conf_interval  # slow to import

    counted, trials = np.rint(counted), np.rint(trials)  # astropy would truncate
    low, high = binom_conf_interval(counted, np.maximum(trials, 1), mass, "wilson")
    none = trials == 0
    return np.where(none, 0.0, low), np.where(none, 1.0, high)


def beta_interval(
    mean: np.ndarray, variance: np.ndarray, *, mass: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Equal-tailed interval of the Beta distribution with a mean and a variance.

    For the mean of many bounded posteriors it is an approximation, like a normal
    interval, but always within [0, 1]. The mean is in [0, 1], the variance below
    mean * (1 - mean). Both ends are the mean where the variance is 0, and NaN where
    the mean is.
    """
    mean, variance = np.asarray(mean, dtype=float), np.asarray(variance, dtype=float)
    spread = (variance > 0) & (mean > 0) & (mean < 1)
    total = mean * (1 - mean) / np.where(spread, variance, 1) - 1
    a, b = np.where(spread, (mean * total, (1 - mean) * total), 1)
    tail = (1 - mass) / 2
    low, high = betaincinv(a, b, tail), betaincinv(a, b, 1 - tail)
    return np.where(spread, low, mean), np.where(spread, high, mean)
