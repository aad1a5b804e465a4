"""Names, typed positions and cones, by worked values and brute force."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from morph import sky
from morph.errors import MorphError
from morph.sky import healpix_29

REAL_VOTES = Path(__file__).parents[4] / "shared" / "real" / "votes"
PLACE = (184.675, 11.7318)


def scattered(galaxies: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Positions spread evenly over the whole sky, degrees."""
    random = np.random.default_rng(seed)
    dec = np.degrees(np.arcsin(random.uniform(-1, 1, galaxies)))
    return random.uniform(0, 360, galaxies), dec


def test_a_name_is_cut_not_rounded():
    ra = 15 * (11 + 29 / 60 + 53.889 / 3600)
    dec = -(4 / 60 + 27.49 / 3600)
    assert sky.iauname_from_position(ra, dec).tolist() == ["J112953.88-000427.4"]


@pytest.mark.parametrize(
    ("ra", "dec", "name"),
    [
        (0, 0, "J000000.00+000000.0"),
        (10.005, 20.1, "J004001.20+200600.0"),  # 10.005 * 24000 = 240119.99999999997
        (359.999999, 90, "J235959.99+900000.0"),
        (359.9999999999999, -90, "J000000.00-900000.0"),
        (180, -1e-9, "J120000.00-000000.0"),
        (180, -0.0, "J120000.00+000000.0"),
    ],
)
def test_names_at_the_edges_of_cells_and_sky(ra, dec, name):
    assert sky.iauname_from_position(ra, dec).tolist() == [name]


def test_names_of_positions_written_to_their_last_digit_are_exact():
    hours, hundredths = np.divmod(np.arange(0, 8_640_000, 997), 360_000)
    ra = 15 * (hours + hundredths / 360_000)
    names = sky.iauname_from_position(ra, np.zeros(len(ra)))
    minutes, rest = np.divmod(hundredths, 6000)
    for name, h, m, s in zip(names, hours, minutes, rest, strict=True):
        assert name == f"J{h:02d}{m:02d}{s // 100:02d}.{s % 100:02d}+000000.0"


def test_names_agree_with_astropy_away_from_the_edges_of_cells():
    ra, dec = scattered(300)
    steps = np.stack([ra * 24_000, np.abs(dec) * 36_000])
    clear = (np.abs(steps - np.round(steps)) > 1e-3).all(axis=0)
    for name, place in zip(
        sky.iauname_from_position(ra[clear], dec[clear]),
        SkyCoord(ra[clear], dec[clear], unit="deg"),
        strict=True,
    ):
        hours = place.ra.to_string(unit="hourangle", sep="", precision=6, pad=True)
        degrees = place.dec.to_string(sep="", precision=6, pad=True, alwayssign=True)
        assert name == f"J{hours[:9]}{degrees[:9]}"


def test_the_centre_of_a_names_cell_has_that_name_and_lies_near():
    ra, dec = scattered(2000)
    names = sky.iauname_from_position(ra, dec)
    centres = np.array([sky.position_from_iauname(name) for name in names])
    np.testing.assert_array_equal(sky.iauname_from_position(*centres.T), names)
    off = np.array(
        [
            sky.separation_arcsec(ra[i], dec[i], from_ra=c[0], from_dec=c[1])
            for i, c in enumerate(centres)
        ]
    )
    assert off.max() < np.hypot(0.075, 0.05) + 1e-6


def test_pole_and_suffix_have_positions():
    assert sky.position_from_iauname("J000000.00+900000.0")[1] == 90
    assert sky.position_from_iauname("J112953.88-000427.4-2") == pytest.approx(
        sky.position_from_iauname("J112953.88-000427.4")
    )


@pytest.mark.parametrize(
    "name",
    ["J246053.88-000427.4", "J116053.88-000427.4", "J112960.00-000427.4", "J1129", ""],
)
def test_a_name_of_no_place_is_refused(name):
    with pytest.raises(MorphError):
        sky.position_from_iauname(name)


@pytest.mark.parametrize(("ra", "dec"), [(360, 0), (-1, 0), (0, 91), (np.nan, 0)])
def test_a_position_off_the_sky_has_no_name(ra, dec):
    with pytest.raises(MorphError, match="1 positions are invalid"):
        sky.iauname_from_position([10, ra], [10, dec])


def test_published_names_follow_truncation_more_often_than_rounding():
    """Their positions come from another catalogue: most differ in a last digit."""
    table = REAL_VOTES / "gzd5_first_question.csv"
    if not table.is_file():
        pytest.skip(f"real data is not on this machine ({table})")
    votes = pd.read_csv(table).drop_duplicates("iauname")
    names = sky.iauname_from_position(votes["ra"].to_numpy(), votes["dec"].to_numpy())
    exact = (names == votes["iauname"]).mean()
    rounded = sky.iauname_from_position(
        votes["ra"].to_numpy() + 0.5 / 24_000,
        votes["dec"].to_numpy() + np.sign(votes["dec"].to_numpy()) * 0.5 / 36_000,
    )
    assert exact == pytest.approx(0.30, abs=0.01)
    assert (rounded == votes["iauname"]).mean() < 0.10


def test_a_second_galaxy_of_a_name_gets_a_suffix():
    names = ["a", "b", "a", "a", "b"]
    assert sky.unique_names(names).tolist() == ["a", "b", "a-2", "a-3", "b-2"]


def test_a_suffix_never_takes_a_name_that_stands_already():
    names = ["a", "a", "a-2", "a"]
    assert sky.unique_names(names).tolist() == ["a", "a-3", "a-2", "a-4"]


@given(st.lists(st.sampled_from(["a", "a-2", "a-3", "b", "a-2-2"]), max_size=12))
def test_unique_names_are_unique(names):
    unique = sky.unique_names(names)
    assert len(set(unique)) == len(names)
    for first in set(names):
        assert unique[names.index(first)] == first


def test_separation_is_astropys():
    ra, dec = scattered(50)
    here = SkyCoord(*PLACE, unit="deg")
    expected = here.separation(SkyCoord(ra, dec, unit="deg")).arcsec
    found = sky.separation_arcsec(ra, dec, from_ra=PLACE[0], from_dec=PLACE[1])
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("ra", "dec", "radius_arcsec"),
    [
        (184.675, 11.7318, 1),
        (184.675, 11.7318, 3600),
        (0.001, -0.001, 20_000),
        (12, 89.9, 7200),
        (300, -90, 40_000),
        (45, 45, 400_000),
    ],
)
def test_cone_ranges_miss_no_galaxy_and_stay_close(ra, dec, radius_arcsec):
    random = np.random.default_rng(6)
    inside = scattered_near(ra, dec, radius_arcsec, random)
    index = healpix_29(*inside)
    ranges = sky.cone_ranges(ra, dec, radius_arcsec)
    covered = np.zeros(len(index), dtype=bool)
    for start, stop in ranges:
        covered |= (index >= start) & (index < stop)
    assert covered.all()
    assert len(ranges) < 300
    assert ranges == sorted(ranges)
    area = sum(stop - start for start, stop in ranges) / (12 * 4**29)
    cone = (1 - np.cos(np.radians(radius_arcsec / 3600))) / 2
    assert area < 1.6 * cone


def scattered_near(ra, dec, radius_arcsec, random):
    """Positions evenly inside a cone, by rotating a cap from the pole with astropy."""
    off = radius_arcsec * np.sqrt(random.uniform(0, 1, 2000))
    angle = random.uniform(0, 360, 2000)
    places = SkyCoord(ra, dec, unit="deg").directional_offset_by(
        angle * np.pi / 180 * u.rad, off * u.arcsec
    )
    return places.ra.deg, places.dec.deg


@pytest.mark.parametrize("degrees", [85, 90.1, 129, 131, 150, 172, 179.9, 180])
def test_wide_cones_miss_no_position_of_the_whole_sky(degrees):
    """Against brute force, around poles, RA 0 and places between."""
    ra, dec = scattered(20_000)
    index = healpix_29(ra, dec)
    between = zip(*scattered(5, seed=5), strict=True)
    for centre in ((0, 90), (0, -90), (0, 0), (359.99, 41.8), (0.01, -66), *between):
        ranges = sky.cone_ranges(*centre, degrees * 3600)
        bounds = np.array(ranges).ravel()
        assert (np.diff(bounds) > 0).all()
        covered = np.searchsorted(bounds, index, side="right") % 2 == 1
        away = sky.separation_arcsec(ra, dec, from_ra=centre[0], from_dec=centre[1])
        assert covered[away <= degrees * 3600].all()
        assert not covered[away > (degrees + 30) * 3600].any()
        assert len(ranges) < 100


def test_the_cone_of_the_whole_sky_is_the_whole_sky():
    assert sky.cone_ranges(10, 10, 648_000) == [(0, 12 * 4**29)]


@pytest.mark.parametrize(
    "cone", [(400, 0, 1), (0, 95, 1), (0, 0, 0), (0, 0, np.nan), (0, 0, 1e9)]
)
def test_a_cone_off_the_sky_is_refused(cone):
    with pytest.raises(MorphError, match="is not a cone on the sky"):
        sky.cone_ranges(*cone)


def test_links_carry_the_place_and_the_surveys_layer():
    links = dict(sky.external_links(*PLACE, "ls-dr9-north"))
    assert "layer=ls-dr9-north" in links["Legacy Surveys viewer"]
    assert "layer=ls-dr9-north" in links["DESI spectra"]
    assert "skyserver.sdss.org" in links["SDSS SkyServer"]
    for address in links.values():
        assert address.startswith("https://")
        assert "184.675" in address
        assert "11.7318" in address
        assert " " not in address


def test_our_own_links_can_be_pasted_back():
    for name, address in sky.external_links(350.25, -0.5, "ls-dr9"):
        if name in ("Legacy Surveys viewer", "DESI spectra", "ESASky", "Aladin Lite"):
            found = sky.parse_position(address)
            assert (found.ra, found.dec) == pytest.approx((350.25, -0.5)), name
