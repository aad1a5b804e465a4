import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord

from morph.similar.near_examples import near_in_value, near_on_sky


def test_near_on_sky_is_great_circle_separation():
    rng = np.random.default_rng(0)
    ra = rng.uniform(359.9, 360.1, 3000) % 360
    dec = rng.uniform(59.9, 60.1, 3000)
    places = SkyCoord(ra, dec, unit=u.deg)
    expected = (places.separation(places[4]) <= 100 * u.arcsec) | (
        places.separation(places[9]) <= 100 * u.arcsec
    )
    near = near_on_sky(ra, dec, [4, 9])
    np.testing.assert_array_equal(near, expected)
    assert near[[4, 9]].all() and 100 < near.sum() < 1000


def test_a_galaxy_of_unknown_position_is_near_itself_only():
    ra, dec = np.array([10.0, np.nan, 10.0]), np.array([5.0, np.nan, 5.0])
    np.testing.assert_array_equal(near_on_sky(ra, dec, [1]), [False, True, False])
    np.testing.assert_array_equal(near_on_sky(ra, dec, [0]), [True, False, True])
    np.testing.assert_array_equal(near_on_sky(ra, dec, []), [False, False, False])


def test_near_in_value_is_around_the_mean_of_the_known_examples():
    values = np.array([17.0, 18.0, 16.4, 18.6, 15.9, np.nan])
    near = near_in_value(values, [0, 1, 5], reach=1.0)
    assert near.tolist() == [True, True, False, False, False, False]
    assert near_in_value(values, [5], reach=1.0).all()
    assert near_in_value(values, [], reach=1.0).all()
