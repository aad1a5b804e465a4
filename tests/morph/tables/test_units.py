"""Declared units and frames, converted as astropy and textbooks do."""

import numpy as np
import pytest

from morph.errors import UnreadableTable
from morph.tables.units import is_icrs, to_degrees, to_icrs, to_unit

ONE = np.array([1.0])


@pytest.mark.parametrize(
    ("unit", "degrees"),
    [
        *[(unit, 1) for unit in ("", "deg", "Degrees", "degree", "d", "°", "---")],
        *[(unit, 15) for unit in ("h", "hr", "hours", "hourangle", '"h:m:s"', "HMS")],
        *[(unit, 180 / np.pi) for unit in ("rad", "RADIANS", "radian")],
        ("arcmin", 1 / 60),
        ("'", 1 / 60),
        ("arcsec", 1 / 3600),
        ('"', 1 / 3600),
        ("mas", 1 / 3.6e6),
        ("10-3arcsec", 1 / 3.6e6),
    ],
)
def test_angles_become_degrees(unit, degrees):
    assert to_degrees(ONE, unit)[0] == pytest.approx(degrees, rel=1e-14)


@pytest.mark.parametrize("unit", ["kpc", "mag", "pix", "furlong", "s", "Jy/beam", "("])
def test_what_is_no_angle_is_refused(unit):
    with pytest.raises(UnreadableTable, match="the unit"):
        to_degrees(ONE, unit)


def test_measured_columns_have_the_units_of_releases():
    assert to_unit(ONE, "arcmin", "arcsec")[0] == pytest.approx(60)
    for magnitudes in ("mag", "ABmag", "mag(AB)", "AB mag", "[mag]", ""):
        assert to_unit(ONE, magnitudes, "mag")[0] == 1
    for wrong, wanted in (("nanomaggy", "mag"), ("km/s", ""), ("kpc", "arcsec")):
        with pytest.raises(UnreadableTable, match="convert the values"):
            to_unit(ONE, wrong, wanted)


# M 31 and its place in each frame, from SIMBAD.
ICRS = (10.684708, 41.268750)
PLACES = {
    "": ICRS,
    "ICRS": ICRS,
    "FK5 J2000": ICRS,
    "J2000": ICRS,
    "eq_FK5 J2000": ICRS,
    "FK4 B1950": (10.000346, 40.995194),
    "FK4": (10.000346, 40.995194),
    "B1950": (10.000346, 40.995194),
    "galactic": (121.174334, -21.573307),
    "GAL": (121.174334, -21.573307),
}


@pytest.mark.parametrize("frame", PLACES)
def test_frames_become_icrs(frame):
    place = np.array(PLACES[frame])[:, None]
    ra, dec = to_icrs(*place, frame)
    assert ra[0] == pytest.approx(ICRS[0], abs=3e-4)
    assert dec[0] == pytest.approx(ICRS[1], abs=3e-4)


def test_an_equinox_moves_by_precession_alone():
    """At RA 0 and Dec 0, by 46.1 arcsec a year in RA and 20.04 in Dec."""
    ra, dec = to_icrs(np.zeros(1), np.zeros(1), "FK5 J2010")
    assert (360 - ra[0]) * 3600 == pytest.approx(461.2, abs=0.3)
    assert dec[0] * 3600 == pytest.approx(-200.4, abs=0.3)


def test_the_pole_of_the_ecliptic():
    ra, dec = to_icrs(np.array([0.0]), np.array([90.0]), "ecliptic")
    assert (ra[0], dec[0]) == (
        pytest.approx(270, abs=1e-3),
        pytest.approx(90 - 23.4393, abs=1e-3),
    )


def test_a_missing_position_stays_missing():
    ra, dec = to_icrs(np.array([np.nan, 10.0]), np.array([1.0, np.nan]), "FK4 B1950")
    assert np.isnan(ra).all() and np.isnan(dec).all()


@pytest.mark.parametrize("frame", ["AZ_EL", "GEOAPP", "planetographic"])
def test_other_frames_are_refused(frame):
    with pytest.raises(UnreadableTable, match="cannot be converted; expected ICRS"):
        to_icrs(ONE, ONE, frame)
    assert is_icrs("ICRS") and is_icrs("") and not is_icrs("FK5 J2000")
