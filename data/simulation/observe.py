"""Observe simulated galaxies as DECaLS and BASS+MzLS (BMz) would.

Both surveys publish coadds of 0.262" pixels. Constants of a survey are published
medians: PSF widths (`morph/images/survey/*.toml`), 5-sigma point-source depths from the
DR9 histograms, the north-south colour terms of desitarget (DR9).

The noise of a pixel is that with which a *Gaussian* PSF of the stated width reaches the
stated depth: its noise-equivalent area is 4π(FWHM/2.3548)². The PSF that is simulated
is a Moffat profile of that width at half maximum, in BMz with wings. Its own area,
1/Σ PSF², is larger, so the simulated images are shallower for point sources, by the
surveys' definition of depth, than what is stated here: by 0.25 mag (DECaLS), 0.30 in g
and r and 0.29 in z (BMz).

BMz also differs in ways that its tables do not describe, for adaptation to learn:

- its g and r come from 90prime's 0.454" pixels, resampled to 0.262" by Lanczos-3: noise
  is correlated over neighbouring pixels (power on large scales matches the depth, so
  the scatter of single pixels is lower than that of white noise);
- a fraction of its light is in wings wider than a Moffat profile (assumed fractions);
- seeing, noise and sky level vary by field, more than in DECaLS (the scatter follows
  the range of single exposures, 90prime g 1.30-2.02", Mosaic3 z 0.91-1.14", DECam
  r 0.80-1.20", reduced because a coadd averages several).

Photon noise of the galaxies is omitted: the sky dominates all but the brightest cores.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from data.simulation import profiles as light
from data.simulation.scene import CELL_ARCSEC, CELL_AREA, MARGIN, OVERSAMPLING
from morph.images.store_manifest import PIXSCALE_ARCSEC
from morph.images.survey.survey_file import shipped

MOFFAT_BETA = 3.2
WING_FWHM_ARCSEC, WING_BETA = 3.5, 2.0
SATURATION = 50.0  # nanomaggies a pixel can hold
_PHASES = 8  # sub-pixel offsets of native pixels from those of the coadd


@dataclass(frozen=True)
class MockSurvey:
    """Medians of a survey in g, r, z and the scatter of its fields."""

    name: str
    fwhm_arcsec: tuple[float, float, float]
    # Magnitude of a point source at 5 sigma if the PSF were a Gaussian, see above.
    depth: tuple[float, float, float]
    native_arcsec: tuple[float, float, float]  # pixels of the camera
    wing_share: tuple[float, float, float]  # fraction of light in the PSF wings
    colour_terms: bool  # fluxes on the northern system
    fwhm_scatter: float  # of a field, natural logarithm
    noise_scatter: float
    sky_scatter: float  # residual sky of a field, in units of its pixel noise

    @property
    def pixel_noise(self) -> np.ndarray:
        """(3,) equivalent white noise per 0.262" pixel, nanomaggies.

        From the depth of a Gaussian PSF of the survey's width.
        """
        five_sigma = 10 ** ((22.5 - np.array(self.depth)) / 2.5)
        sigma_pixels = np.array(self.fwhm_arcsec) / 2.3548 / PIXSCALE_ARCSEC
        return five_sigma / 5 / np.sqrt(4 * np.pi * sigma_pixels**2)


_WIDTHS = {survey.name: survey.fwhm_arcsec for survey in shipped()}
DECALS = MockSurvey(
    name="decals",
    fwhm_arcsec=_WIDTHS["decals"],
    depth=(24.85, 24.25, 23.35),
    native_arcsec=(PIXSCALE_ARCSEC,) * 3,
    wing_share=(0.0, 0.0, 0.0),
    colour_terms=False,
    fwhm_scatter=0.05,
    noise_scatter=0.08,
    sky_scatter=0.05,
)
BMZ = MockSurvey(
    name="bmz",
    fwhm_arcsec=_WIDTHS["bmz"],
    depth=(24.3, 23.75, 23.35),
    native_arcsec=(0.454, 0.454, PIXSCALE_ARCSEC),
    wing_share=(0.06, 0.06, 0.04),
    colour_terms=True,
    fwhm_scatter=0.11,
    noise_scatter=0.2,
    sky_scatter=0.15,
)
SURVEYS = {survey.name: survey for survey in (DECALS, BMZ)}


@dataclass(frozen=True)
class Fields:
    """Conditions of F fields, all (F, 3) with bands in the order g, r, z."""

    fwhm_arcsec: np.ndarray
    pixel_noise: np.ndarray  # equivalent white noise, nanomaggies
    sky: np.ndarray  # residual, nanomaggies per pixel


def draw_fields(survey: MockSurvey, fields: int, rng: np.random.Generator) -> Fields:
    """Seeing, noise and sky of ``fields`` fields, correlated between bands."""

    def scatter(width: float) -> np.ndarray:
        common, band = (rng.standard_normal((fields, n)) for n in (1, 3))
        return np.exp(width * (0.8 * common + 0.6 * band))

    noise = survey.pixel_noise * scatter(survey.noise_scatter)
    return Fields(
        fwhm_arcsec=np.array(survey.fwhm_arcsec) * scatter(survey.fwhm_scatter),
        pixel_noise=noise,
        sky=noise * survey.sky_scatter * rng.standard_normal((fields, 3)),
    )


def spectrum(scene: Tensor, size: int) -> Tensor:
    """(B, 3, M, M/2 + 1) Fourier transform of a scene at the sampling of the cutout.

    Frequencies above those of 0.262" pixels are dropped: seeing removes them.
    """
    pixels = size + 2 * MARGIN
    half = pixels // 2
    full = torch.fft.rfft2(scene)
    rows = torch.cat([full[..., :half, :], full[..., -half:, :]], -2)
    return rows[..., : half + 1]


def responses(survey: MockSurvey, fields: Fields, size: int) -> Tensor:
    """(F, 3, M, M/2 + 1) transfer function of every field's PSF and the sampling."""
    cells = OVERSAMPLING * (size + 2 * MARGIN)
    axis = torch.fft.fftfreq(cells, 1 / cells) * CELL_ARCSEC
    r_squared = axis[:, None] ** 2 + axis**2
    fwhm = torch.as_tensor(fields.fwhm_arcsec, dtype=torch.float32)[..., None, None]
    share = torch.tensor(survey.wing_share)[:, None, None]
    core = light.moffat(r_squared, fwhm, MOFFAT_BETA)
    wings = light.moffat(r_squared, torch.tensor(WING_FWHM_ARCSEC), WING_BETA)
    kernel = ((1 - share) * core + share * wings) * CELL_AREA
    return spectrum(kernel, size) * _to_pixel_centres(size)


def _to_pixel_centres(size: int) -> Tensor:
    """Shift from the first cell's centre to the first pixel's, half a cell each way."""
    pixels = size + 2 * MARGIN
    shift = 0.5 * (OVERSAMPLING - 1) / OVERSAMPLING  # in pixels
    down, right = torch.fft.fftfreq(pixels), torch.fft.rfftfreq(pixels)
    return torch.exp(2j * torch.pi * shift * (down[:, None] + right))


def colour_terms(flux: Tensor) -> Tensor:
    """(B, 3) factors from southern to northern g, r, z fluxes.

    The inverse of desitarget's north-to-south terms (DR9), at each galaxy's colour.
    """
    g, r, z = flux.clamp(min=1e-6).unbind(1)
    return torch.stack(
        [
            10 ** (0.4 * 0.004) * (g / r) ** 0.059,
            10 ** (-0.4 * 0.003) * (r / z) ** 0.024,
            10 ** (-0.4 * 0.013) * (r / z) ** -0.015,
        ],
        1,
    )


def observe(sky: Tensor, survey: MockSurvey, response: Tensor, size: int) -> Tensor:
    """(B, 3, size, size) nanomaggies per pixel, without noise.

    ``sky`` is a `spectrum`, ``response`` the rows of `responses` for each galaxy.
    """
    if survey.colour_terms:
        sky = sky * colour_terms(sky[..., 0, 0].real)[:, :, None, None]
    pixels = size + 2 * MARGIN
    seen = torch.fft.irfft2(sky * response, s=(pixels, pixels))
    return seen[..., MARGIN:-MARGIN, MARGIN:-MARGIN]


def draw_noise(survey: MockSurvey, size: int, rng: np.random.Generator) -> np.ndarray:
    """(3, size, size) sky noise for a `pixel_noise` of 1 in every band."""
    noise = np.empty((3, size, size), dtype=np.float32)
    for band, native in enumerate(survey.native_arcsec):
        if native == PIXSCALE_ARCSEC:
            noise[band] = rng.standard_normal((size, size), dtype=np.float32)
        else:
            down, right = (
                _lanczos(size, native, p) for p in rng.integers(_PHASES, size=2)
            )
            raw = rng.standard_normal((down.shape[1], right.shape[1]), dtype=np.float32)
            # Equal noise per area: that of a native pixel is larger by the ratio of
            # sides, its fraction of flux in a coadd pixel smaller by that of areas.
            noise[band] = (down @ raw @ right.T) * (PIXSCALE_ARCSEC / native)
    return noise


@cache
def _lanczos(size: int, native_arcsec: float, phase: int) -> np.ndarray:
    """(size, M) Lanczos-3 weights that resample native pixels to coadd pixels."""
    step = PIXSCALE_ARCSEC / native_arcsec
    centre = 3 + np.arange(size) * step + phase / _PHASES
    distance = centre[:, None] - np.arange(int(centre[-1]) + 4)
    weight = np.sinc(distance) * np.sinc(distance / 3) * (np.abs(distance) < 3)
    return (weight / weight.sum(1, keepdims=True)).astype(np.float32)
