"""Exposures in g, r and z: PSFEx models, real or made up, and what their tables state.

A PSFEx model is an image of the PSF, pixels included, that is a polynomial of the place
on the CCD. Real ones are in ``../shared/real/ccd``; made-up ones have elliptical Moffat
profiles with wings, which vary from exposure to exposure and over the CCD.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from tests.real_data import PIXELS_ARCSEC, PsfexModel, stamps

BANDS = ("g", "r", "z")
_SKY = {"g": 1.6, "r": 3.3, "z": 10.0}  # nanomaggies per square arcsec, a dark night
_WING_FWHM, _WING_BETA = 3.5, 2.0
_SIDE = 63  # pixels of a made-up model


@dataclass(frozen=True)
class Exposure:
    """An exposure in one band. The sky is what makes its noise: photons per nanomaggy
    are sky / sig1²."""

    band: str
    native_arcsec: float  # side of a pixel
    model: PsfexModel
    sig1: float  # noise of a pixel, nanomaggies

    @property
    def photons(self) -> float:
        """Detected photons per nanomaggy."""
        return _SKY[self.band] * self.native_arcsec**2 / self.sig1**2

    def psf(self, x: float, y: float, cells: int, cell_arcsec: float) -> np.ndarray:
        """(cells, cells) PSF of flux 1 at a place on the CCD, centred on cell 0, 0.

        ``x`` and ``y`` go from -0.5 to 0.5 over the CCD.
        """
        image = self.model.at(x, y)
        axis = np.fft.fftfreq(cells, 1 / cells) * cell_arcsec
        places = axis / self.native_arcsec / self.model.step + image.shape[0] // 2
        grid = np.stack(np.meshgrid(places, places, indexing="ij"))
        seen = ndimage.map_coordinates(image, grid, order=3)
        return seen / seen.sum()


def real_exposures(field: str) -> tuple[Exposure, ...]:
    """The exposures of a field of ``../shared/real/ccd``."""
    return tuple(
        Exposure(s.band[0], PIXELS_ARCSEC[s.camera], s.model, s.sig1)
        for s in stamps(field)
    )


def made_exposures(
    rng: np.random.Generator,
    *,
    fwhm_arcsec: tuple[float, float, float] = (1.75, 1.4, 1.0),
    native_arcsec: tuple[float, float, float] = (0.454, 0.454, 0.26),
    sig1: tuple[float, float, float] = (0.011, 0.026, 0.024),
    ellipticity: float = 0.07,  # in the median
    each: int = 3,
) -> tuple[Exposure, ...]:
    """``each`` exposures in every band, their widths scattering by 8 %."""
    made = []
    for number, band in enumerate(BANDS):
        for _ in range(each):
            fwhm = fwhm_arcsec[number] * np.exp(0.08 * rng.standard_normal())
            model = _made_model(fwhm / native_arcsec[number], ellipticity, rng)
            made.append(Exposure(band, native_arcsec[number], model, sig1[number]))
    return tuple(made)


def _made_model(
    fwhm: float, ellipticity: float, rng: np.random.Generator
) -> PsfexModel:
    """A model of the first degree; ``fwhm`` in native pixels."""
    step = fwhm / 5
    size = ellipticity * np.exp(0.5 * rng.standard_normal())
    angle = rng.uniform(0, 2 * np.pi)
    e = size * np.array([np.cos(angle), np.sin(angle)])
    beta, share = rng.uniform(2.7, 3.6), rng.uniform(0.02, 0.08)

    def profile(width: float, e1: float, e2: float) -> np.ndarray:
        y, x = (np.mgrid[:_SIDE, :_SIDE] - _SIDE // 2) * step
        # An ellipse of axis ratio (1 - e) / (1 + e) in x² and y², of the same area.
        r2 = ((1 - e1) * x**2 - 2 * e2 * x * y + (1 + e1) * y**2) / np.sqrt(
            1 - e1**2 - e2**2
        )
        core = _moffat(r2, width, beta)
        wings = _moffat(r2, _WING_FWHM / 1.75 * fwhm, _WING_BETA)
        return (1 - share) * core + share * wings

    middle = profile(fwhm, *e)
    along, across = 0.04 * rng.standard_normal(2)  # of the width, from edge to edge
    turn = 0.03 * rng.standard_normal((2, 2))
    slopes = [
        profile(fwhm * (1 + part / 2), *(e + change / 2))
        - profile(fwhm * (1 - part / 2), *(e - change / 2))
        for part, change in ((along, turn[0]), (across, turn[1]))
    ]
    return PsfexModel(np.stack([middle, *slopes]), 1, step)


def _moffat(r2: np.ndarray, fwhm: float, beta: float) -> np.ndarray:
    alpha2 = fwhm**2 / (4 * (2 ** (1 / beta) - 1))
    return (beta - 1) / (np.pi * alpha2) * (1 + r2 / alpha2) ** -beta
