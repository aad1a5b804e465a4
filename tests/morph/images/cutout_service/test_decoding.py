"""Answers of a cutout service: fluxes with gaps as NaN, and what is no cutout."""

import io

import numpy as np
import pytest
from astropy.io import fits

from morph.images.cutout_service.bounded_get import NoCutout, ServiceTrouble
from morph.images.cutout_service.decoding import fluxes, jpeg_pixels, missing_part
from morph.images.fits.row_order import rows_go_up
from morph.images.store import encode_jpeg
from tests.cutout_server import fits_file

SIZE = 16
GRZ = ("g", "r", "z")


def flux(bands=3):
    return np.random.default_rng(0).normal(1, 0.1, (bands, SIZE, SIZE)).astype("f4")


def test_fluxes_are_those_of_the_file():
    found = fluxes(fits_file(flux(), "grz"), GRZ, SIZE)
    np.testing.assert_array_equal(found, flux()[:, ::-1])
    one = fluxes(fits_file(flux(1), "r"), ("r",), SIZE)  # two axes
    np.testing.assert_array_equal(one, flux(1)[:, ::-1])


@pytest.mark.parametrize(
    ("cards", "up"),
    [
        ({"CD2_2": 1e-4}, True),
        ({"CD2_2": -1e-4}, False),
        ({"CDELT2": -1e-4}, False),
        ({"CDELT2": -1e-4, "PC2_2": -1.0}, True),
        ({}, True),
        ({"CD2_2": "north"}, True),
    ],
)
def test_the_first_row_of_a_fits_image_is_the_lowest_unless_stated(cards, up):
    assert rows_go_up(cards) == up


def test_bands_are_those_that_the_header_names():
    swapped = fluxes(fits_file(flux()[::-1], "zrg"), GRZ, SIZE)
    np.testing.assert_array_equal(swapped, flux()[:, ::-1])
    two = fluxes(fits_file(flux()[:2], "gr"), GRZ, SIZE)
    np.testing.assert_array_equal(two[:2], flux()[:2, ::-1])
    assert np.isnan(two[2]).all()
    assert missing_part(two) == 1.0


def test_pixels_without_data_are_nan_and_never_zero():
    given = flux()
    given[0, :4], given[1, 8, 8], given[2, 9, 9] = 0, np.nan, np.inf
    found = fluxes(fits_file(given, "grz"), GRZ, SIZE)
    assert np.isnan(found).sum() == 4 * SIZE + 2
    assert not (found == 0).any()
    assert missing_part(found) == (4 * SIZE + 2) / SIZE**2


def test_a_file_without_an_image_is_no_cutout():
    with pytest.raises(NoCutout, match="no image"):
        fluxes(fits_file(None, "grz"), GRZ, SIZE)


def compressed() -> bytes:
    file = io.BytesIO()
    parts = [fits.PrimaryHDU(), fits.CompImageHDU(flux()[0])]
    fits.HDUList(parts).writeto(file)
    return file.getvalue()


def claimed() -> bytes:
    """A header of 4 TB."""
    data = fits_file(flux(), "grz")
    return data.replace(
        b"NAXIS1  =                   16", b"NAXIS1  = 1000000000000000000"
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<html>busy</html>", "not a FITS"),
        (b"", "not a FITS"),
        (b"\x1f\x8b packed", "not a FITS"),
        (fits_file(flux(), "grz")[:3000], "truncated|broken"),
        (fits_file(flux()[:, :8, :8], "grz"), "8"),
        (claimed(), "truncated|broken"),
    ],
)
def test_what_is_no_cutout_is_trouble(data, says):
    with pytest.raises(ServiceTrouble, match=says):
        fluxes(data, GRZ, SIZE)
    with pytest.raises(NoCutout):
        fluxes(compressed(), GRZ, SIZE)


def test_a_jpeg_has_the_size_that_was_asked_for():
    pixels = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8)
    found = jpeg_pixels(encode_jpeg(pixels), SIZE)
    assert (found.shape, found.dtype) == ((SIZE, SIZE, 3), np.uint8)
    with pytest.raises(ServiceTrouble, match="16 × 16"):
        jpeg_pixels(encode_jpeg(pixels), SIZE + 1)
    with pytest.raises(ServiceTrouble, match="not a JPEG"):
        jpeg_pixels(encode_jpeg(pixels)[:200], SIZE)
    with pytest.raises(ServiceTrouble, match="not a JPEG"):
        jpeg_pixels(b"<html>", SIZE)
    with pytest.raises(NoCutout, match="blank"):
        jpeg_pixels(encode_jpeg(np.full_like(pixels, 33)), SIZE)
