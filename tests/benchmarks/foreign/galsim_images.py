"""Images of the galaxies of a simulated population, drawn by GalSim.

Of the simulation only the table of properties is used. Galaxies are sums of profiles:
Sersic ones and exponential discs, with bars, arms, rings and tails of Gaussians. They
are convolved with a Kolmogorov PSF with wings, sheared, another one in each field and
band, and drawn in the native pixels of the camera at a random offset. These have the
noise of sky and light, and are resampled by Lanczos-3 to 0.262″.
"""

from collections.abc import Iterator

import galsim
import numpy as np
import pandas as pd

from data.simulation.population import (
    ARTIFACT,
    BAND,
    DISC,
    EDGE_ON,
    GHOST,
    SMOOTH,
    STAR,
)
from morph.images.store_manifest import PIXSCALE_ARCSEC
from tests.benchmarks.foreign.sky import SKY_BRIGHTNESS, Sky

_COLOURS = {  # g - r and r - z
    "old": (0.85, 0.75),
    "mixed": (0.55, 0.42),
    "young": (0.25, 0.2),
    "white": (0.55, 0.45),
}
_WINGS, _WING_WIDTH = 0.05, 2.5  # fraction of light, and width in that of the core
_FULL = 50.0  # nanomaggies in 0.262″ squared that a pixel can hold
_BORDER = 6  # native pixels around a cutout, for the resampling
_CELL_ARCSEC, _CELLS = 0.2, 128  # of images of arms and tails
_COARSE = galsim.GSParams(folding_threshold=0.03, maxk_threshold=0.02)

Number = float | np.ndarray
# A profile, its flux in r, and the stars that it is made of, by name.
Light = tuple[galsim.GSObject, float, str]


def galsim_images(
    population: pd.DataFrame, field: np.ndarray, sky: Sky, *, seed: int, size: int
) -> np.ndarray:
    """(N, 3, S, S) float16 nanomaggies per 0.262″ pixel in a survey.

    ``field`` (N,) are the fields of the galaxies.
    """
    pixels = np.empty((len(population), 3, size, size), dtype=np.float16)
    psfs = {number: _psfs(sky, seed, int(number)) for number in np.unique(field)}
    for row, galaxy in enumerate(population.itertuples()):
        rng = np.random.default_rng([seed, 1, row])
        of_stars: dict[str, list[galsim.GSObject]] = {}
        for profile, flux, stars in light(galaxy):
            of_stars.setdefault(stars, []).append(profile.withFlux(flux))
        sums = {stars: galsim.Add(parts) for stars, parts in of_stars.items()}
        for band in range(3):
            own = [
                profile * _factor(stars, band, galaxy.redness)
                for stars, profile in sums.items()
            ]
            seen = galsim.Convolve(
                galsim.Add(own), psfs[field[row]][band], gsparams=_COARSE
            )
            pixels[row, band] = _exposed(seen, sky, band, rng, size)
    return pixels


def light(galaxy: tuple) -> Iterator[Light]:
    """The parts of a galaxy, as a row of a population, with what is beside it."""
    flux = 10 ** ((22.5 - galaxy.mag_r) / 2.5)
    paint = {SMOOTH: _smooth, DISC: _disc, EDGE_ON: _edge_on, ARTIFACT: _artifact}
    for profile, share, stars in paint[galaxy.kind](galaxy):
        yield profile, share * flux, stars
    for profile, share, stars in _surroundings(galaxy):
        yield profile, share * flux, stars


def _factor(stars: str, band: int, redness: float) -> float:
    """Flux in a band, of stars with a flux of 1 in r."""
    blue, red = _COLOURS[stars]
    return (10 ** (-0.4 * (blue + redness)), 1.0, 10 ** (0.4 * (red + redness)))[band]


def _sersic(index: float, radius: float) -> galsim.GSObject:
    """The index is rounded, as GalSim tabulates each; high ones need large FFTs."""
    return galsim.Sersic(min(round(2 * index) / 2, 3), half_light_radius=radius)


def _turn(angle: float) -> galsim.Angle:
    return angle * galsim.radians


def _smooth(galaxy: tuple) -> Iterator[Light]:
    profile = _sersic(galaxy.sersic_index, galaxy.radius_arcsec)
    yield profile.shear(q=galaxy.axis_ratio, beta=_turn(galaxy.angle)), 1.0, "old"


def _disc(galaxy: tuple) -> Iterator[Light]:
    """Drawn face-on, then foreshortened and turned."""
    q, scale = galaxy.axis_ratio, galaxy.radius_arcsec / 1.678
    rng = np.random.default_rng([7, int(galaxy.texture)])
    bulge = galaxy.bulge**2
    bar = 0.35 * galaxy.bar * (1 - bulge)
    disc = 1 - bulge - bar
    arms, ring = 0.5 * galaxy.arm_contrast, galaxy.ring
    even = disc * max(1 - arms - ring, 0.1)
    parts = [(galsim.Exponential(scale_radius=scale), even, "mixed")]
    if bulge:
        core = _sersic(1 + galaxy.bulge, scale * (0.1 + 0.8 * galaxy.bulge))
        parts.append((core, bulge, "old"))
    if bar:
        long = galsim.Gaussian(sigma=0.3 * scale * (0.6 + 0.9 * galaxy.bar))
        thin = long.shear(q=0.42 - 0.2 * galaxy.bar, beta=_turn(galaxy.bar_angle))
        parts.append((thin, bar, "mixed"))
    knots = _arms(galaxy, scale, rng) * (disc * arms)
    if ring:
        around = np.linspace(0, 2 * np.pi, 20)[:-1]
        knots = knots + _knots(1.5 * scale, around, 0.2 * scale, disc * ring / 19)
    parts.append((_image(knots), knots.sum(), "young"))
    turned = galsim.Shear(q=q, beta=_turn(galaxy.angle))
    for profile, share, stars in parts:
        yield profile.shear(turned), share, stars


def _arms(galaxy: tuple, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Image of knots along logarithmic spirals, of flux 1.

    Where the arms are disordered, the knots are scattered.
    """
    begin = scale * (0.6 + 0.6 * galaxy.bar)
    radius = np.geomspace(begin, 3.4 * scale, 10)
    spiral = galaxy.hand * np.log(radius / scale) / np.tan(np.deg2rad(galaxy.pitch))
    weight = radius**2 * np.exp(-radius / scale)
    number = int(galaxy.arms)
    start = galaxy.arm_phase + 2 * np.pi * np.arange(number)[:, None] / number
    angle = (
        start + spiral + 1.2 * galaxy.arm_disorder * rng.standard_normal((number, 10))
    )
    width = np.minimum(0.13 * radius, 0.9 * radius / number)
    return _knots(radius, angle, width, weight / weight.sum() / number)


def _knots(
    radius: Number, angle: np.ndarray, width: Number, flux: Number
) -> np.ndarray:
    """(K, K) image of Gaussians at polar coordinates, K of `_CELL_ARCSEC` a side."""
    radius, angle, width, flux = map(
        np.ravel, np.broadcast_arrays(radius, angle, width, flux)
    )
    axis = (np.arange(_CELLS) - (_CELLS - 1) / 2) * _CELL_ARCSEC
    across, up = (
        np.exp(-0.5 * ((axis - (radius * of(angle))[:, None]) / width[:, None]) ** 2)
        for of in (np.cos, np.sin)
    )
    peak = flux * _CELL_ARCSEC**2 / (2 * np.pi * width**2)
    return np.einsum("k,ky,kx->yx", peak, up, across)


def _image(light: np.ndarray) -> galsim.GSObject:
    return galsim.InterpolatedImage(
        galsim.Image(light, scale=_CELL_ARCSEC),
        x_interpolant="linear",
        k_interpolant="cubic",
        calculate_stepk=False,
        calculate_maxk=False,
    )


def _edge_on(galaxy: tuple) -> Iterator[Light]:
    scale, turn = 0.72 * galaxy.radius_arcsec, _turn(galaxy.angle)
    share = galaxy.bulge**2
    thin = galsim.Exponential(scale_radius=scale).shear(q=0.13, beta=turn)
    yield thin, 1 - share, "mixed"
    if share and galaxy.boxiness > 0.5:
        box = galsim.Box(2.3 * scale, 1.4 * scale)
        yield box.rotate(turn), share, "old"
    elif share:
        yield _sersic(2.0, 0.6 * scale).shear(q=0.8, beta=turn), share, "old"


def _surroundings(galaxy: tuple) -> Iterator[Light]:
    """Tidal tails, a companion, a star."""
    disturbed, radius = galaxy.disturbance, galaxy.radius_arcsec
    if disturbed:
        along = np.linspace(0, 1, 7)
        tails = np.pi * np.arange(1 + (disturbed > 0.7))[:, None]
        angle = galaxy.disturbance_angle + tails + galaxy.hand * 1.3 * along
        share = (0.06 + 0.14 * disturbed) / 7
        knots = _knots(radius * (1.1 + 1.1 * along), angle, 0.5, share)
        yield _image(knots), knots.sum(), "young"
    if galaxy.companion:
        away = galaxy.companion_distance * radius
        place = (
            away * np.cos(galaxy.companion_angle),
            away * np.sin(galaxy.companion_angle),
        )
        own = _sersic(2.0, 0.6 * radius * np.sqrt(galaxy.companion))
        turned = own.shear(q=0.7, beta=_turn(galaxy.bar_angle))
        yield turned.shift(*place), galaxy.companion, "mixed"
    if galaxy.star_flux:
        away, angle = galaxy.star_distance, galaxy.star_angle
        star = galsim.DeltaFunction().shift(away * np.cos(angle), away * np.sin(angle))
        yield star, galaxy.star_flux, "white"


def _artifact(galaxy: tuple) -> Iterator[Light]:
    """A flaw, in nanomaggies, on top of a faint galaxy."""
    flux, turn = 10 ** ((22.5 - galaxy.mag_r) / 2.5), _turn(galaxy.angle)
    for profile, share, stars in _smooth(galaxy):
        yield profile, 0.25 * share, stars
    strength = galaxy.flaw_strength / flux
    if galaxy.flaw == STAR:
        yield galsim.DeltaFunction(), 4000 * strength, "white"
        for across in (0, np.pi / 2):
            spike = galsim.Gaussian(sigma=0.6).shear(q=0.02, beta=_turn(across))
            yield spike, 150 * strength, "white"
    elif galaxy.flaw == GHOST:
        yield galsim.TopHat(5.0).shift(1.5, 0), 90 * strength, "white"
        yield galsim.TopHat(1.8).shift(1.5, 0), -10 * strength, "white"
    elif galaxy.flaw == BAND:
        side = galsim.Box(20.0, 10.0).shift(0, 6.0)
        yield side.rotate(turn), 130 * strength, "young"
    else:
        streak = galsim.Box(20.0, 0.9).shift(0, 1.0)
        yield streak.rotate(turn), 140 * strength, "young"


def _psfs(sky: Sky, seed: int, field: int) -> list[galsim.GSObject]:
    """The PSF of a field in each band."""
    rng = np.random.default_rng([seed, 2, field])
    common, found = 0.06 * rng.standard_normal(), []
    for fwhm in sky.fwhm_arcsec:
        fwhm = fwhm * np.exp(common + 0.05 * rng.standard_normal())
        wings = galsim.Gaussian(fwhm=_WING_WIDTH * fwhm)
        psf = (1 - _WINGS) * galsim.Kolmogorov(fwhm=fwhm) + _WINGS * wings
        # An axis ratio of 1 - e is a shear of nearly e / 2.
        g = sky.ellipticity / 2 * np.exp(0.5 * rng.standard_normal())
        found.append(psf.shear(g=g, beta=_turn(rng.uniform(0, np.pi))))
    return found


def _exposed(
    seen: galsim.GSObject,
    sky: Sky,
    band: int,
    rng: np.random.Generator,
    size: int,
) -> np.ndarray:
    """(S, S) pixels of 0.262″, with noise."""
    native, sigma = sky.native_arcsec[band], sky.noise[band]
    side = int(np.ceil(size * PIXSCALE_ARCSEC / native)) + _BORDER
    offset = rng.uniform(-0.5, 0.5, 2)
    image = seen.drawImage(
        nx=side, ny=side, scale=native, offset=offset, dtype=float
    ).array
    photons = SKY_BRIGHTNESS[band] * native**2 / sigma**2  # per nanomaggy
    variance = sigma**2 + image.clip(min=0) / photons
    image = image + np.sqrt(variance) * rng.standard_normal(image.shape)
    image = np.minimum(image, _FULL * (native / PIXSCALE_ARCSEC) ** 2)
    surface = galsim.InterpolatedImage(
        galsim.Image(image, scale=native),
        x_interpolant="lanczos3",
        offset=offset,
        calculate_stepk=False,
        calculate_maxk=False,
    )
    return surface.drawImage(
        nx=size, ny=size, scale=PIXSCALE_ARCSEC, method="no_pixel", dtype=float
    ).array
