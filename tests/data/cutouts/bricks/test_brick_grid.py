"""The grid of bricks, against published numbers, and names and neighbours of bricks."""

import numpy as np
import pytest

from data.cutouts.bricks.brick_grid import Brick, brick_at, bricks_at

# BRICKID of ten positions from RA and Dec -1.5° to 1.5°, from desiutil's tests.
DIAGONAL = np.linspace(-1.5, 1.5, 10)
NUMBERS = [323162, 324603, 327484, 328926, 330367]
NUMBERS += [331808, 333250, 334691, 337572, 339014]


def test_numbers_are_those_of_the_published_grid():
    found = [brick_at(value, value).number for value in DIAGONAL]
    assert found == NUMBERS
    assert brick_at(0, 0).number == 330368
    assert (brick_at(0, -90).number, brick_at(77, 90).number) == (1, 662174)


@pytest.mark.parametrize(
    ("ra", "dec", "name"),
    [
        (0, 0, "0001p000"),
        (112.61, 22.25, "1126p222"),
        (359.9999, -0.2, "3598m002"),
        (10, 90, "1800p900"),
        (10, -90, "1800m900"),
    ],
)
def test_names_are_cut_coordinates_of_centres(ra, dec, name):
    assert brick_at(ra, dec).name == name


def test_every_position_is_within_the_limits_of_its_brick():
    rng = np.random.default_rng(4)
    ra, dec = rng.uniform(0, 360, 3000), np.degrees(np.arcsin(rng.uniform(-1, 1, 3000)))
    for one_ra, one_dec, place in zip(ra, dec, bricks_at(ra, dec), strict=True):
        brick = Brick(*place.tolist())
        (ra_1, ra_2), (dec_1, dec_2) = brick.ra_limits, brick.dec_limits
        assert ra_1 <= one_ra < ra_2
        assert dec_1 <= one_dec < dec_2
        assert (ra_2 - ra_1) * np.cos(np.radians(abs(brick.dec) - 0.125)) <= 0.2500001


def test_positions_at_the_seam_and_beyond_are_in_a_brick():
    assert brick_at(360, 2) == brick_at(0, 2)
    assert brick_at(-0.01, 2) == brick_at(359.99, 2)
    assert brick_at(359.999999999999, 2).ra_limits[1] == 360
