"""Real cutouts: the published colours, the pixel scale, and flux after resampling."""

import numpy as np
import pytest

from morph.images.decoded_image import central
from morph.images.fits.fluxes import read_fits
from morph.images.stretch import Colours, colour_picture
from tests.real_data import CUBES, cube, cube_file, needs_cubes

QS = {"viewer": 20, "authors": 50}


def published(flux, q, m):
    """The definition (Lupton et al. 2004; Ye et al. 2025), pixel by pixel, in float64.

    Red is z, green is r, blue is g.
    """
    scaled = [
        scale * band + m
        for scale, band in zip((6.0, 3.4, 2.2), flux.astype(float), strict=True)
    ]
    intensity = sum(np.maximum(0, one) for one in scaled) / 3
    ratio = (
        np.arcsinh(q * intensity) / np.sqrt(q) / (intensity + (intensity == 0) * 1e-9)
    )
    return np.stack([np.clip(one * ratio, 0, 1) for one in reversed(scaled)], axis=-1)


def disc(size=48):
    """g, r, z of a bright disc with noise, from black to white."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    light = np.exp(-np.hypot(x, y * 1.7) / 5)
    rng = np.random.default_rng(0)
    return np.stack([s * light + rng.normal(0, 0.03, light.shape) for s in (0.5, 1, 2)])


def assert_as_published(flux, q, m):
    found = colour_picture(flux, colours=Colours(offset=m), q=q) / 255
    assert np.abs(found - published(flux, q, m)).max() <= 1 / 255


@pytest.mark.parametrize("m", [0.03, 0.0, 0.1])
@pytest.mark.parametrize("q", QS.values(), ids=QS)
def test_colours_are_the_published_ones(q, m):
    assert_as_published(disc(), q, m)


@needs_cubes
@pytest.mark.parametrize("name", CUBES)
@pytest.mark.parametrize("q", QS.values(), ids=QS)
def test_colours_of_real_galaxies_are_the_published_ones(name, q):
    for m in (0.03, 0.0, 0.1):
        assert_as_published(cube(name), q, m)


def total(flux, pixscale):
    """Flux of each band: values are surface brightness."""
    return flux.astype(float).sum(axis=(1, 2)) * pixscale**2


@pytest.mark.parametrize("size", [24, 32, 64, 100])
def test_resampling_conserves_flux(size):
    flux = disc() + 0.01
    found = central(flux, size)
    assert found.shape == (3, size, size)
    np.testing.assert_allclose(total(found, 48 / size), total(flux, 1), rtol=0.005)


def galaxy_only(flux):
    """The galaxy without the sky, whose sum is noise."""
    size = flux.shape[-1]
    axis = np.arange(size) - (size - 1) / 2
    inside = np.hypot(axis[:, None], axis) < 0.3 * size
    return np.where(inside, flux, 0)


@needs_cubes
@pytest.mark.parametrize("name", CUBES)
@pytest.mark.parametrize("size", [64, 128, 224, 256])
def test_resampling_conserves_the_flux_of_real_galaxies(name, size):
    flux = galaxy_only(cube(name))
    found = central(flux, size)
    scale = flux.shape[-1] / size
    np.testing.assert_allclose(total(found, scale), total(flux, 1), rtol=0.005)


@needs_cubes
@pytest.mark.parametrize("name", CUBES)
def test_real_cutouts_have_their_bands_and_pixel_scale(name):
    """The rows of the file begin in the south, those of the image in the north."""
    with cube_file(name).open("rb") as file:
        found = read_fits(file)
    np.testing.assert_array_equal(found.flux, cube(name)[:, ::-1])
    scale = 0.143 if "resampled" in name else 0.262
    assert found.pixscale_arcsec == pytest.approx(scale, rel=0.003)
    assert not found.notices


@needs_cubes
@pytest.mark.parametrize("name", CUBES)
def test_no_pixel_of_a_real_cutout_is_exactly_0(name):
    """So a pixel that is 0 has no data."""
    assert (cube(name) != 0).all()
