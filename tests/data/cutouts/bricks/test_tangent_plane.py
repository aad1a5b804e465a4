"""Positions of pixels, against astropy's WCS."""

import numpy as np
import pytest
from astropy.wcs import WCS

from data.cutouts.bricks.coadd_header import plane_of
from data.cutouts.bricks.tangent_plane import centred_on, pixels_in, sky_of
from tests.made_bricks import tan_header

CASES = {
    "beside one another": (150.1, 2.0, 150.2, 2.05),
    "over RA 0": (0.05, -40.0, 359.97, -40.1),
    "near the north pole": (10.0, 89.99, 200.0, 89.95),
    "to the pole": (100.0, 89.9, 180.0, 90.0),
    "near the south pole": (10.0, -89.99, 190.0, -90.0),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_pixels_are_where_astropy_has_them(case):
    ra, dec, other_ra, other_dec = case
    plane = centred_on(ra, dec, 48, 0.262)
    header = tan_header(other_ra, other_dec, 600, 1.572)
    header["CD1_2"], header["CD2_1"] = 1e-5, 2e-5
    y, x = np.indices((48, 48))
    sky = WCS(tan_header(ra, dec, 48, 0.262)).pixel_to_world_values(x, y)
    for ours, theirs in zip(sky_of(plane), sky, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-9)
    found = pixels_in(plane, plane_of(header, (600, 600)))
    expected = WCS(header).world_to_pixel_values(*sky)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_default_of_lonpole_turns_an_image_of_the_pole():
    """FITS: 0 where the declination of the tangent point is 90°, else 180."""
    header = tan_header(180, 90, 600, 1.572)
    del header["LONPOLE"]
    plane = centred_on(30, 89.95, 16, 1.572)
    expected = WCS(header).world_to_pixel_values(*sky_of(plane))
    found = pixels_in(plane, plane_of(header, (600, 600)))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_steps_of_cdelt_and_pc_are_those_of_cd():
    header = tan_header(20, 30, 600, 1.572)
    plane = plane_of(header, (600, 600))
    step = header["CD2_2"]
    for key in ("CD1_1", "CD1_2", "CD2_1", "CD2_2"):
        del header[key]
    header["CDELT1"], header["CDELT2"] = -step, step
    assert plane_of(header, (600, 600)) == plane


def test_what_is_behind_has_no_pixel():
    x, _ = pixels_in(centred_on(10, 0, 4, 1.0), centred_on(190, 0, 4, 1.0))
    assert np.isnan(x).all()
