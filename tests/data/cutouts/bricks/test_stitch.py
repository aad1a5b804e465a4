"""Cutouts within a brick, over edges and corners: stars, their flux, missing pixels.

The truth is drawn on the pixels of the cutout, with astropy's WCS.
"""

import numpy as np
import pytest
from astropy.wcs import WCS

from data.cutouts.bricks.brick_grid import Brick, brick_at, bricks_at
from data.cutouts.bricks.stitch import interpolated
from data.cutouts.bricks.tangent_plane import centred_on, sky_of
from data.cutouts.outcomes import Target
from tests.made_bricks import (
    BANDS,
    PIXSCALE_ARCSEC,
    Made,
    Star,
    add_star,
    drawn,
    tan_header,
    write_brick,
)

SIZE = 64
EDGE = brick_at(150.05, 2.0).ra_limits[1]
FAR_EDGE = brick_at(16.4, 60.0).ra_limits[1]
# Position, and how many bricks have a part of the cutout.
PLACES = {
    "within a brick": (150.13, 2.01, 1),
    "over an edge": (EDGE, 2.01, 2),
    "over the corner of four, at RA 0": (359.9998, 0.1253, 4),
    "where three meet": (FAR_EDGE, 60.1251, 3),
    "at the north pole": (90.0, 89.8765, 2),
    "at the south pole": (200.0, -89.99, 1),
}


def reached(ra, dec, size=SIZE):
    """The bricks that have pixels of a cutout."""
    places = bricks_at(*sky_of(centred_on(ra, dec, size, PIXSCALE_ARCSEC)))
    return sorted({Brick(*place) for place in places.reshape(-1, 2).tolist()})


def scattered(ra, dec, number=10):
    """Stars over a cutout; the first in its middle, the brightest."""
    rng = np.random.default_rng(8)
    pixels = rng.uniform(10, SIZE - 10, (number, 2))
    pixels[0] = (SIZE - 1) / 2
    sky = WCS(tan_header(ra, dec, SIZE, PIXSCALE_ARCSEC)).pixel_to_world_values(
        *pixels.T
    )
    flux = [100.0, *rng.uniform(5, 20, number - 1)]
    return [Star(*star) for star in zip(*sky, flux, strict=True)]


def made(folder, ra, dec, stars, **how):
    for brick in reached(ra, dec):
        part = 9011 if brick.dec >= 70 else 9010
        write_brick(folder, brick, stars, Made(release=part, **how))


def centroid(image):
    """x and y of the light around the middle, pixels."""
    middle = slice(SIZE // 2 - 9, SIZE // 2 + 9)
    part = image[middle, middle]
    y, x = np.indices(part.shape) + middle.start
    return (x * part).sum() / part.sum(), (y * part).sum() / part.sum()


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_stars_keep_their_places_and_fluxes(tmp_path, bricks_of, place):
    ra, dec, number = place
    stars = scattered(ra, dec)
    made(tmp_path, ra, dec, stars)
    outcome = bricks_of(tmp_path, SIZE).outcome(Target("a", ra, dec))
    assert len(outcome.bricks) == number
    truth = drawn(tan_header(ra, dec, SIZE, PIXSCALE_ARCSEC), SIZE, stars)
    in_fits = outcome.flux[:, ::-1]  # south first, as astropy counts rows
    for flux, part in zip(in_fits, BANDS.values(), strict=True):
        assert abs(flux.sum() / (part * truth).sum() - 1) < 5e-4
        assert abs(flux - part * truth).max() < 4e-3 * truth.max()


def test_north_is_up_and_east_is_left(tmp_path, bricks_of):
    ra, dec, _ = PLACES["within a brick"]
    offset = 20 / 3600
    north = Star(ra, dec + offset, 100.0)
    east = Star(ra + offset / np.cos(np.radians(dec)), dec, 300.0)
    made(tmp_path, ra, dec, [north, east])
    flux = bricks_of(tmp_path, SIZE).outcome(Target("a", ra, dec)).flux[1]
    step, middle = 20 / PIXSCALE_ARCSEC, (SIZE - 1) / 2
    row, column = np.unravel_index(flux.argmax(), flux.shape)
    assert abs(row - middle) < 1 and abs(column - (middle - step)) < 1
    flux[:, : SIZE // 2 - 5] = 0
    row, column = np.unravel_index(flux.argmax(), flux.shape)
    assert abs(row - (middle - step)) < 1 and abs(column - middle) < 1


@pytest.mark.parametrize("place", list(PLACES.values())[1:3], ids=list(PLACES)[1:3])
def test_a_star_on_an_edge_is_in_the_middle_with_its_flux(tmp_path, bricks_of, place):
    ra, dec, _ = place
    made(tmp_path, ra, dec, [Star(ra, dec, 100.0)], noise=0.002)
    flux = bricks_of(tmp_path, SIZE).outcome(Target("a", ra, dec)).flux[1]
    assert np.hypot(*np.subtract(centroid(flux), (SIZE - 1) / 2)) < 0.01
    y, x = np.indices(flux.shape) - (SIZE - 1) / 2
    assert abs(flux[np.hypot(x, y) < 10].sum() / 100 - 1) < 2e-3


def test_missing_pixels_stay_missing_and_no_others(tmp_path, bricks_of):
    """By inverse variance 0, by ALLMASK of a band, or not finite; not by other bits."""
    ra, dec = 150.13, 2.01
    rows = np.s_[300:420]

    def change(planes):
        planes["invvar-g"][rows, 290:300] = 0
        planes["maskbits"][rows, 305:315] = 1 << 6
        planes["image-z"][rows, 320:323] = np.nan
        planes["maskbits"][rows, 330:340] |= 0xFFF ^ (0b111 << 5)

    made(tmp_path, ra, dec, [], change=change, noise=0.01)
    outcome = bricks_of(tmp_path, SIZE).outcome(Target("a", ra, dec))
    brick = brick_at(ra, dec)
    header = tan_header(brick.ra, brick.dec, 600, PIXSCALE_ARCSEC)
    y, x = np.indices((SIZE, SIZE))
    sky = WCS(tan_header(ra, dec, SIZE, PIXSCALE_ARCSEC)).pixel_to_world_values(x, y)
    x, y = (np.round(at).astype(int) for at in WCS(header).world_to_pixel_values(*sky))
    within = (y >= 300) & (y < 420)
    holes = [(290, 300), (305, 315), (320, 323)]
    expected = np.stack([within & (x >= start) & (x < stop) for start, stop in holes])
    assert expected.any(axis=(1, 2)).all()
    np.testing.assert_array_equal(np.isnan(outcome.flux[:, ::-1]), expected)


def test_pixels_beside_missing_ones_do_not_have_their_values():
    """What a missing pixel holds, such as 0 or saturation, must not leak."""
    image = np.zeros((40, 40), dtype=np.float32)
    add_star(image, 19.3, 20.1, 50, 2.5)
    holed = image.copy()
    holed[18:22, 10:13] = np.nan
    y, x = np.mgrid[12:28:40j, 12:28:40j]
    found = interpolated(holed, y.ravel(), x.ravel())
    whole = interpolated(image, y.ravel(), x.ravel())
    known = np.isfinite(found)
    assert 0.9 < known.mean() < 1
    assert abs(found - whole)[known].max() < 0.05 * image.max()


def test_an_image_without_any_data_is_missing():
    nothing = np.full((9, 9), np.nan, dtype=np.float32)
    assert np.isnan(interpolated(nothing, np.ones(3), np.ones(3))).all()


def test_a_neighbour_that_is_absent_leaves_its_part_missing(tmp_path, bricks_of):
    ra, dec, _ = PLACES["over an edge"]
    home, other = brick_at(ra, dec), brick_at(ra - 0.01, dec)
    write_brick(tmp_path, home, [Star(ra, dec, 50.0)])
    outcome = bricks_of(tmp_path, SIZE).outcome(Target("a", ra, dec))
    missing = np.isnan(outcome.flux).mean()
    # Bricks overlap by 14 pixels: of 32 columns beyond the edge 18 have no data.
    assert missing == pytest.approx(18 / 64, abs=0.02)
    assert len(outcome.absent) == 7
    assert all(other.name in name for name in outcome.absent)
    write_brick(tmp_path, other, [Star(ra, dec, 50.0)])
    flux = bricks_of(tmp_path, SIZE).outcome(Target("a", ra, dec)).flux
    assert not np.isnan(flux).any()
