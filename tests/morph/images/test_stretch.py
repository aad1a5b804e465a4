"""The colour stretch by the published formula, in plain numbers, and its inverse."""

import numpy as np
import pytest

from morph.images.stretch import (
    BLANK,
    Colours,
    band_picture,
    colour_picture,
    fluxes_of,
)


def one_pixel(g: float, r: float, z: float, **options) -> list[int]:
    flux = np.array([g, r, z], dtype=float).reshape(3, 1, 1)
    return colour_picture(flux, **options)[0, 0].tolist()


@pytest.mark.parametrize("q", [20.0, 50.0])
@pytest.mark.parametrize("flux", [(0.0, 0.0, 0.0), (0.02, 0.05, 0.1), (0.5, 0.1, 0.01)])
def test_a_pixel_has_the_colour_of_the_formula(flux, q):
    """Method, section 1.5, in plain numbers."""
    scaled = [s * f + 0.03 for s, f in zip((6.0, 3.4, 2.2), flux, strict=True)]
    intensity = sum(max(0, value) for value in scaled) / 3
    stretch = np.arcsinh(q * intensity) / np.sqrt(q)
    blue, green, red = (min(1, max(0, v * stretch / intensity)) for v in scaled)
    expected = [255 * channel for channel in (red, green, blue)]
    assert one_pixel(*flux, q=q) == pytest.approx(expected, abs=0.51)


def test_z_is_red_r_is_green_and_g_is_blue():
    for band, channel in enumerate((2, 1, 0)):
        flux = [0.0, 0.0, 0.0]
        flux[band] = 1.0
        assert int(np.argmax(one_pixel(*flux))) == channel


def test_negative_flux_is_black_and_bright_flux_white():
    assert one_pixel(-1, -1, -1) == [0, 0, 0]
    assert one_pixel(1e4, 1e4, 1e4) == [255, 255, 255]


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("bands", [(0,), (1, 2), (0, 1, 2)])
def test_a_pixel_without_data_in_some_band_is_grey(strange, bands):
    flux = np.zeros((3, 2, 2))
    flux[list(bands), 0, 0] = strange
    picture = colour_picture(flux)
    assert picture[0, 0].tolist() == [BLANK] * 3
    assert picture[1, 1].tolist() == one_pixel(0, 0, 0)
    assert band_picture(flux, bands[0], q=20.0)[0, 0] == BLANK
    assert (
        colour_picture(np.full((3, 2, 2), strange)).tolist() == [[[BLANK] * 3] * 2] * 2
    )


def test_bands_that_a_survey_does_not_have_are_the_mean_of_the_others():
    flux = np.full((3, 2, 2), np.nan)
    flux[1] = [[0.0, 0.1], [0.2, np.nan]]
    picture = colour_picture(flux)
    assert (np.ptp(picture, axis=2) == 0).all()  # grey
    assert picture[0, 0, 0] < picture[0, 1, 0] < picture[1, 0, 0]
    assert picture[1, 1, 0] == BLANK


def test_a_survey_has_colours_of_its_own():
    flux = np.full((3, 1, 1), 0.1)
    red = colour_picture(flux, colours=Colours(scales=(1.0, 1.0, 9.0)))[0, 0]
    assert red[0] > red[1] == red[2]


def test_pictures_of_many_galaxies_are_those_of_each():
    flux = np.random.default_rng(0).normal(0, 0.05, (3, 3, 8, 8)).astype(np.float16)
    together = colour_picture(flux)
    assert together.shape == (3, 8, 8, 3)
    assert together.dtype == np.uint8
    for one, picture in zip(flux, together, strict=True):
        np.testing.assert_array_equal(colour_picture(one), picture)


def test_the_viewers_stretch_is_undone():
    y, x = np.mgrid[:64, :64] - 31.5
    disc = np.exp(-np.hypot(x, y) / 6)
    flux = np.stack([0.1 * disc, 0.2 * disc, 0.3 * disc])
    found = fluxes_of(colour_picture(flux))
    np.testing.assert_allclose(found, flux, atol=0.004)
