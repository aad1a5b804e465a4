"""Measure PSF, depth and colour terms of surveys from their cutout stores."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from data.survey.colour_terms import ColourTerm, aperture_fluxes, colour_terms
from data.survey.point_sources import PointSources, point_sources, profiles
from data.survey.sky_noise import SkyNoise, sky_noise
from morph.errors import MorphError
from morph.images.store import CutoutStore

LEAST_SOURCES = 20  # point sources of a band
LEAST_IMAGES = 10  # that show sky

_OF_NOISE = 100  # images of which the noise is measured
_PIXELS_PER_FWHM = 2.0  # fewer, and the width is that of the pixels
_SAME_SCALE = 0.01  # relative
_SAME_ARCSEC = 1.0
_8_BIT = (".jpg", ".jpeg", ".png", ".tif", ".tiff")


@dataclass(frozen=True)
class BandMeasured:
    """One band; ``problem`` says why its values cannot be used, if they cannot."""

    name: str  # g, r or z
    psf: PointSources | None
    noise: SkyNoise | None
    problem: str = ""


def measure_store(
    store: CutoutStore, *, survey_pixscale: float | None, galaxies: int, seed: int
) -> list[BandMeasured]:
    """The bands of a store, from a random sample of its galaxies.

    MorphError if its images cannot be used; a band with too few point sources or too
    little sky has a ``problem``.
    """
    scale = usable_scale(store, survey_pixscale)
    rows = _sample(len(store.index), galaxies, seed)
    return [
        _measured(name, np.asarray(store.pixels[rows, band], np.float32), scale)
        for band, name in enumerate(store.manifest.bands)
    ]


def usable_scale(store: CutoutStore, survey_pixscale: float | None) -> float:
    """Arcsec per pixel; MorphError if the images are not as the survey took them."""
    name, manifest = store.folder.name, store.manifest
    scale = manifest.pixscale_arcsec
    if scale is None:
        raise MorphError(
            f"the images of {name} have different pixel scales, or unknown ones; "
            "expected one scale, that of the survey. Resampling changes noise and PSF"
        )
    if survey_pixscale and abs(scale / survey_pixscale - 1) > _SAME_SCALE:
        raise MorphError(
            f"the pixels of {name} are {scale:.4g} arcsec wide, those of the survey "
            f"{survey_pixscale:.4g}; resampling changes noise and PSF. Make a store "
            "with the survey's pixels"
        )
    if manifest.unit != "nanomaggy":
        raise MorphError(
            f"the fluxes of {name} are in {manifest.unit!r}; expected nanomaggies"
        )
    files = store.index.get("file")
    if files is not None and files.astype(str).str.lower().str.endswith(_8_BIT).any():
        raise MorphError(
            f"{name} was made of 8-bit pictures, which do not keep the noise; use FITS "
            "images"
        )
    return scale


def compare_stores(
    first: CutoutStore, second: CutoutStore, *, galaxies: int, seed: int
) -> list[ColourTerm]:
    """Colour terms from the galaxies in both stores, by name or position.

    MorphError if too few are in both, or the stores have different bands.
    """
    scales = [usable_scale(store, None) for store in (first, second)]
    names = first.folder.name, second.folder.name
    if first.manifest.bands != second.manifest.bands or len(first.manifest.bands) < 2:
        bands = [", ".join(store.manifest.bands) for store in (first, second)]
        raise MorphError(
            f"{names[0]} has the bands {bands[0]}, {names[1]} has {bands[1]}; colour "
            "terms need the same bands, at least two"
        )
    here, there = _in_both(first, second)
    some = _sample(len(here), galaxies, seed)
    fluxes = [
        aperture_fluxes(np.asarray(store.pixels[rows[some]], np.float32), scale)
        for store, rows, scale in zip(
            (first, second), (here, there), scales, strict=True
        )
    ]
    terms = colour_terms(*fluxes, first.manifest.bands)
    if not terms:
        raise MorphError(
            f"{len(here):,} galaxies are in both {names[0]} and {names[1]}, too few of "
            "them bright; expected at least 30 with 50 times the noise in both"
        )
    return terms


def _sample(number: int, most: int, seed: int) -> np.ndarray:
    """At most ``most`` rows of ``number``, sorted, as reading from disk is fastest."""
    if number <= most:
        return np.arange(number)
    return np.sort(np.random.default_rng(seed).choice(number, most, replace=False))


def _measured(name: str, flux: np.ndarray, scale: float) -> BandMeasured:
    psf = point_sources(profiles(flux, scale))
    found = 0 if psf is None else psf.number
    if psf is None or found < LEAST_SOURCES:
        return BandMeasured(
            name,
            psf,
            None,
            f"only {found} point sources were found in {len(flux):,} images; at least "
            f"{LEAST_SOURCES} are needed. Use more or larger cutouts",
        )
    # Of the whole survey: neighbours in a store are often from the same field.
    some = np.linspace(0, len(flux) - 1, min(len(flux), _OF_NOISE)).astype(int)
    noise = sky_noise(flux[some], psf, scale)
    return BandMeasured(name, psf, noise, _problem(psf, noise, scale))


def _problem(psf: PointSources, noise: SkyNoise, scale: float) -> str:
    if len(noise.pixel) < LEAST_IMAGES:
        return (
            f"only {len(noise.pixel)} images show enough sky; at least {LEAST_IMAGES} "
            "are needed. Use more or larger cutouts"
        )
    if psf.half_maximum_arcsec < _PIXELS_PER_FWHM * scale:
        return (
            f"the PSF is narrower than {_PIXELS_PER_FWHM:g} pixels, so its width is "
            "not resolved"
        )
    return ""


def _in_both(first: CutoutStore, second: CutoutStore) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the same galaxies: of the same name, else nearer than 1 arcsec."""
    rows = {name: row for row, name in enumerate(second.names)}
    there = np.array([rows.get(name, -1) for name in first.names])
    if (there < 0).any() and all(
        {"ra", "dec"} <= set(s.index) for s in (first, second)
    ):
        near, row = cKDTree(_directions(second)).query(_directions(first), k=1)
        close = (there < 0) & (near <= np.deg2rad(_SAME_ARCSEC / 3600))
        there = np.where(close, row, there)
    return np.flatnonzero(there >= 0), there[there >= 0]


def _directions(store: CutoutStore) -> np.ndarray:
    """(N, 3) unit vectors to the galaxies; far away where a position is unknown."""
    ra, dec = (np.deg2rad(store.index[c].to_numpy(float)) for c in ("ra", "dec"))
    towards = np.stack(
        [np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1
    )
    apart = np.arange(len(towards))[:, None] + 10.0
    return np.where(np.isfinite(towards), towards, apart)
