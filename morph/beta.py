"""Tails and quantiles of very many Beta distributions at once."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.special import betainc, betaincinv


def upper_tail(a: np.ndarray, b: np.ndarray, threshold: float) -> np.ndarray:
    """P(x > threshold) for x ~ Beta(a, b), elementwise."""
    return in_threads(lambda a, b: betainc(b, a, 1 - threshold), a, b)


def quantile(a: np.ndarray, b: np.ndarray, probability: float) -> np.ndarray:
    """The x that Beta(a, b) stays below with ``probability``, elementwise."""
    return in_threads(lambda a, b: betaincinv(a, b, probability), a, b)


def in_threads(function: Callable[..., np.ndarray], *arrays: np.ndarray) -> np.ndarray:
    """Apply an elementwise function to pieces of equal arrays, a thread per core.

    scipy's special functions release the interpreter's lock, so threads do help.
    """
    cores = os.cpu_count() or 1
    pieces = zip(*(np.array_split(array, cores) for array in arrays), strict=True)
    with ThreadPoolExecutor(cores) as threads:
        return np.concatenate(list(threads.map(lambda piece: function(*piece), pieces)))
