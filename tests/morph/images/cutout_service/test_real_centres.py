"""Centres of cutouts: against the formulas of a gnomonic projection, and astropy."""

import io

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from morph.images.cutout_service.bounded_get import ServiceTrouble
from morph.images.cutout_service.decoding import centre_of, fluxes
from morph.sky import separation_arcsec
from tests.real_data import CUBES, cube_file, needs_cubes

SIZE = 16
CELL = 0.262 / 3600


def header_of(ra, dec, *, crpix=(SIZE + 1) / 2, cell=CELL):
    return fits.Header(
        {
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CRVAL1": ra,
            "CRVAL2": dec,
            "CRPIX1": crpix,
            "CRPIX2": crpix,
            "CD1_1": -cell,
            "CD1_2": 0.0,
            "CD2_1": 0.0,
            "CD2_2": cell,
        }
    )


def file_of(header):
    flux = np.ones((3, SIZE, SIZE), np.float32)
    written = io.BytesIO()
    fits.PrimaryHDU(flux, fits.Header([("BANDS", "grz")]) + header).writeto(written)
    return written.getvalue()


def gnomonic(ra, dec, x, y):
    """RA and Dec of a point of the tangent plane, degrees (Calabretta & Greisen)."""
    ra, dec, x, y = np.deg2rad([ra, dec, x, y])
    down = np.cos(dec) - y * np.sin(dec)
    east = np.arctan2(x, down)
    north = np.arctan2(np.cos(east) * (np.sin(dec) + y * np.cos(dec)), down)
    return np.rad2deg(ra + east), np.rad2deg(north)


@pytest.mark.parametrize("dec", [-54.9, 0.0, 33.0, 80.0])
def test_the_centre_is_that_of_the_projection(dec):
    header = header_of(210.0, dec, crpix=3.0)
    off = (SIZE + 1) / 2 - 3.0
    ra, found, scale = centre_of(header, (SIZE, SIZE))
    expected = gnomonic(210.0, dec, -off * CELL, off * CELL)
    apart = separation_arcsec(ra, found, from_ra=expected[0], from_dec=expected[1])
    assert apart < 0.1 * 0.262
    assert scale == pytest.approx(0.262, rel=1e-4)


def test_a_cutout_of_another_place_is_refused():
    data = file_of(header_of(150.0, 2.0))
    here = {"pixscale_arcsec": 0.262}
    assert fluxes(data, "grz", SIZE, place=(150.0, 2.0), **here).shape == (3, 16, 16)
    with pytest.raises(ServiceTrouble, match=r"centred on 150.00000 .2.00000, not"):
        fluxes(data, "grz", SIZE, place=(150.0, 2.0 + 2 * CELL), **here)
    beside = 360 - 1e-6, 2.0  # across RA 0
    assert fluxes(file_of(header_of(0.0, 2.0)), "grz", SIZE, place=beside).all()


def test_a_cutout_with_other_pixels_is_refused():
    data = file_of(header_of(150.0, 2.0, cell=2 * CELL))
    with pytest.raises(ServiceTrouble, match=r"0.524 arcsec wide, not 0.262"):
        fluxes(data, "grz", SIZE, place=(150.0, 2.0), pixscale_arcsec=0.262)


def test_a_cutout_without_coordinates_is_accepted():
    data = file_of(fits.Header())
    assert fluxes(data, "grz", SIZE, place=(150.0, 2.0)).all()


@needs_cubes
@pytest.mark.parametrize("name", CUBES)
def test_the_centre_of_a_real_cutout_is_that_of_astropy(name):
    header = fits.getheader(cube_file(name))
    size = header["NAXIS1"]
    ra, dec, scale = centre_of(header, (size, size))
    place = WCS(header, naxis=2).pixel_to_world((size - 1) / 2, (size - 1) / 2)
    apart = separation_arcsec(ra, dec, from_ra=place.ra.deg, from_dec=place.dec.deg)
    assert apart < 0.1 * scale
    # The viewer puts the requested position into the middle.
    asked = separation_arcsec(
        ra, dec, from_ra=header["CRVAL1"], from_dec=header["CRVAL2"]
    )
    assert asked < 0.1 * scale
