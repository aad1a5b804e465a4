"""What differs between surveys, drawn from a prior: PSF, depth, noise, zero points.

Widths and depths scatter around those of DECaLS for a source, and around BASS+MzLS and
its range for a target. All are in g, r, z.
"""

from dataclasses import dataclass, replace

import numpy as np

from data.simulation.observe import DECALS
from morph.images.store_manifest import PIXSCALE_ARCSEC

SKY_BRIGHTNESS = (1.6, 3.3, 10.0)  # nanomaggies per square arcsec, a dark night
_COARSE_ARCSEC = 0.454  # pixels of 90prime, whose resampling correlates the noise


@dataclass(frozen=True)
class Sky:
    """A survey, each (3,) in g, r, z."""

    fwhm_arcsec: np.ndarray
    depth: np.ndarray  # magnitude of a point source at 5 sigma, of a coadd
    native_arcsec: np.ndarray
    zero_point: np.ndarray  # factors of the fluxes
    colour_term: np.ndarray  # powers of g / r, r / z and r / z in the fluxes
    ellipticity: float  # of the PSF, in the median

    @property
    def noise(self) -> np.ndarray:
        """(3,) standard deviation of a native pixel, nanomaggies."""
        own = replace(
            DECALS, fwhm_arcsec=tuple(self.fwhm_arcsec), depth=tuple(self.depth)
        )
        return own.pixel_noise * self.native_arcsec / PIXSCALE_ARCSEC


def source_sky(rng: np.random.Generator) -> Sky:
    """A survey like DECaLS."""
    return Sky(
        fwhm_arcsec=np.array(DECALS.fwhm_arcsec) * _scatter(rng, 0.05),
        depth=np.array(DECALS.depth) + 0.1 * rng.standard_normal(3),
        native_arcsec=np.full(3, PIXSCALE_ARCSEC),
        zero_point=np.ones(3),
        colour_term=np.zeros(3),
        ellipticity=0.05,
    )


def target_sky(rng: np.random.Generator) -> Sky:
    """A survey like BASS+MzLS, or one that is as different."""
    coarse = rng.random(3) < 0.5
    return Sky(
        fwhm_arcsec=np.array([1.6, 1.45, 1.1]) * _scatter(rng, 0.12),
        depth=np.array([24.3, 23.75, 23.2]) + 0.25 * rng.standard_normal(3),
        native_arcsec=np.where(coarse, _COARSE_ARCSEC, PIXSCALE_ARCSEC),
        zero_point=_scatter(rng, 0.04),
        colour_term=0.04 * rng.standard_normal(3),
        ellipticity=0.07 * float(_scatter(rng, 0.3)[0]),
    )


def similar_sky(source: Sky, rng: np.random.Generator) -> Sky:
    """Nearly the survey ``source``."""
    return replace(
        source,
        fwhm_arcsec=source.fwhm_arcsec * 1.08 * _scatter(rng, 0.04),
        depth=source.depth - 0.2 + 0.1 * rng.standard_normal(3),
        zero_point=_scatter(rng, 0.015),
        ellipticity=0.06,
    )


def calibrated_as(sky: Sky, pixels: np.ndarray) -> np.ndarray:
    """Fluxes (N, 3, S, S) with the zero points and colour terms of a survey, float16.

    Colours are those of a whole cutout.
    """
    total = np.nansum(pixels, axis=(2, 3), dtype=float).clip(min=0.1)
    g, r, z = (total / total[:, 1:2]).T.clip(0.05, 20)
    colour = np.stack([g / r, r / z, r / z], axis=1)
    factor = sky.zero_point * colour**sky.colour_term
    return (pixels.astype(np.float32) * factor[:, :, None, None]).astype(np.float16)


def _scatter(rng: np.random.Generator, width: float) -> np.ndarray:
    return np.exp(width * rng.standard_normal(3))
