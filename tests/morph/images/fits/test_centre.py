"""The middle of a FITS image on the sky, against worked positions."""

import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits

from morph.images.fits.centre import centre_in

SHAPE = (40, 64)  # height and width: the middle is pixel 32.5, 20.5 as FITS counts
SCALE = 0.5 / 3600


def header(**cards) -> fits.Header:
    plain = {
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CRVAL1": 150.0,
        "CRVAL2": 60.0,
    }
    plain |= {"CRPIX1": 32.5, "CRPIX2": 20.5, "CD1_1": -SCALE, "CD2_2": SCALE}
    cards = {
        name: value for name, value in (plain | cards).items() if value is not None
    }
    return fits.Header(cards)


def test_the_reference_pixel_in_the_middle():
    assert centre_in(header(), {}, SHAPE) == pytest.approx((150.0, 60.0), abs=1e-9)


def test_a_middle_ten_pixels_north_of_the_reference_pixel():
    ra, dec = centre_in(header(CRPIX2=10.5), {}, SHAPE)
    assert ra == pytest.approx(150.0, abs=1e-9)
    assert dec == pytest.approx(60 + 10 * SCALE, abs=1e-9)


def test_a_middle_ten_pixels_west_on_the_sky():
    ra, dec = centre_in(header(CRPIX1=22.5), {}, SHAPE)
    found = SkyCoord(ra, dec, unit=u.deg)
    reference = SkyCoord(150.0, 60.0, unit=u.deg)
    assert found.separation(reference).arcsec == pytest.approx(5.0, abs=1e-4)
    assert reference.position_angle(found).deg == pytest.approx(270, abs=0.01)


def test_galactic_coordinates_and_the_older_equinox_are_converted():
    cards = {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN", "CRVAL1": 30, "CRVAL2": 45}
    expected = SkyCoord(l=30 * u.deg, b=45 * u.deg, frame="galactic").icrs
    found = centre_in(header(**cards), {}, SHAPE)
    assert found == pytest.approx((expected.ra.deg, expected.dec.deg), abs=1e-9)
    expected = SkyCoord(150 * u.deg, 60 * u.deg, frame="fk4", equinox="B1950").icrs
    found = centre_in(header(RADESYS="FK4", EQUINOX=1950.0), {}, SHAPE)
    assert found == pytest.approx((expected.ra.deg, expected.dec.deg), abs=1e-5)


def test_the_primary_header_serves_an_extension_without_coordinates():
    assert centre_in({"BUNIT": "nanomaggy"}, header(), SHAPE) is not None


@pytest.mark.parametrize(
    "cards",
    [
        {"CTYPE1": None},
        {"CTYPE1": "WAVE"},
        {"CTYPE2": "DEC--XYZ"},
        {"CRVAL1": None},
        {"CRPIX2": None},
        {"CD1_1": None, "CD2_2": None},
        {"CD1_1": 0.0, "CD2_2": 0.0},
        {"CRVAL2": "north"},
        {"CUNIT1": "parsec"},
    ],
)
def test_a_header_that_gives_no_position(cards):
    assert centre_in(header(**cards), {}, SHAPE) is None
