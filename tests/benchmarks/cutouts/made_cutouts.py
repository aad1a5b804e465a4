"""Cutouts of 256 pixels with the noise of a survey, quick to make."""

import numpy as np

from data.simulation.observe import DECALS

SIZE = 256
NORTH = 248_088  # galaxies of Ye et al. (2025)


def noise() -> np.ndarray:
    """(3,) standard deviation of a pixel of DECaLS in g, r, z, nanomaggies."""
    return DECALS.pixel_noise.astype(np.float32)


def made_cutouts(galaxies: int, *, seed: int = 0) -> np.ndarray:
    """(N, 3, 256, 256) float16: exponential discs and white noise of DECaLS.

    White noise is the hardest to compress. Noise and discs dominate what a format does
    with a cutout, so no more of a galaxy is imitated.
    """
    rng = np.random.default_rng(seed)
    axis = np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2
    pixels = np.empty((galaxies, 3, SIZE, SIZE), np.float16)
    for cutout in pixels:
        ratio, scale = rng.uniform(0.3, 1), rng.uniform(4, 24)
        radius = np.hypot(axis[:, None], axis / np.float32(ratio)) / np.float32(scale)
        light = np.float32(rng.lognormal(-1.5, 0.7)) * np.exp(-radius)
        colour = np.array([0.5, 1, 1.4], np.float32)[:, None, None]
        sky = rng.standard_normal((3, SIZE, SIZE), dtype=np.float32)
        cutout[:] = light * colour + sky * noise()[:, None, None]
    return pixels
