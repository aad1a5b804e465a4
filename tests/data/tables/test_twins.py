"""No two rows at one place are overlooked, at the poles and across 0 h as elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.tables.twins import may_have_twins
from morph.sky import separation_arcsec

ARCSEC = 0.2


def have_twins(ra, dec):
    """By brute force."""
    near = [
        separation_arcsec(ra, dec, from_ra=a, from_dec=d) <= ARCSEC
        for a, d in zip(ra, dec, strict=True)
    ]
    return np.sum(near, axis=0) > 1


@pytest.mark.parametrize("place", [(0, 0), (359.99999, 60), (180, -89.999), (10, 90)])
def test_rows_within_the_distance_are_found(place):
    rng = np.random.default_rng(0)
    ra, dec = place[0] + rng.uniform(-3e-3, 3e-3, 300), rng.uniform(-3e-3, 3e-3, 300)
    if abs(place[1]) > 89:
        ra = rng.uniform(0, 360, 300)
    ra, dec = ra % 360, np.clip(place[1] + dec, -90, 90)
    expected = have_twins(ra, dec)
    assert 0 < expected.sum() < 300
    assert may_have_twins(ra, dec, ARCSEC)[expected].all()


@given(
    st.floats(0, 360, exclude_max=True),
    st.floats(-90, 90),
    st.floats(0, 360),
    st.floats(0, 0.99 * ARCSEC),
)
def test_a_row_at_any_distance_and_angle_is_found(ra, dec, angle, apart):
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    here = SkyCoord(ra, dec, unit="deg")
    there = here.directional_offset_by(angle * u.deg, apart * u.arcsec)
    east = np.array([ra, there.ra.deg % 360.0])
    assert may_have_twins(east, np.array([dec, there.dec.deg]), ARCSEC).all()


def test_few_others_are():
    rng = np.random.default_rng(0)
    ra, dec = rng.uniform(0, 360, 20_000), rng.uniform(-60, 60, 20_000)
    dec[7] = ra[7] = np.nan
    assert may_have_twins(ra, dec, ARCSEC).sum() < 20
    assert not may_have_twins(np.array([1, np.nan]), np.array([1, np.nan]), 1.0).any()
