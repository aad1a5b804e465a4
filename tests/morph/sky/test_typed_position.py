"""Positions as people type and paste them, by worked values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from morph import sky
from morph.errors import MorphError
from morph.sky.designations import named_place
from morph.sky.typed_position import is_position

PLACE = (184.675, 11.7318)


@pytest.mark.parametrize(
    "text",
    [
        "184.675 11.7318",
        "184.675, +11.7318",
        " 184.675,11.7318 ",
        "184.675° +11.7318°",
        "184.675d +11.7318d",
        "RA = 184.675 Dec = +11.7318",
        "RA: 184.675, Dec: 11.7318",
        "ICRS 184.675 11.7318",
        "12:18:42.0 +11:43:54.48",
        "12 18 42 +11 43 54.48",
        "12h18m42s +11d43m54.48s",
        "12h18m42s, +11°43′54.48″",
        "12:18:42,+11:43:54.48",
        "184.675 + 11.7318",
        "1.84675e2 1.17318e1",
        "184,675 11,7318",
        "184,675; 11,7318",
        "(184.675, 11.7318)",
        '{"ra": 184.675, "dec": 11.7318}',
        "Dec = 11.7318, RA = 184.675",
        "RA (deg) 184.675 Dec (deg) 11.7318",
        "α = 184.675°, δ = +11.7318°",
        "-175.325 11.7318",
        "184.675 11d43m54.48s",
        "184.675 +11:43:54.48",
        "12:18:42 11.7318",
        "12 18 42 +11.7318",
        "12.3116666666666667h 11.7318d",
        "12h18m42s+11d43m54.48s",
        "12h 18m 42s, +11d 43m 54.48s",
        "12,18,42,+11,43,54.48",
        "12:18:42,0 11:43:54,48",
        "12ʰ18ᵐ42ˢ +11°43′54.″48",
        r"$12^{\mathrm{h}}18^{\mathrm{m}}42^{\mathrm{s}}$ & $+11^\circ43'54.48''$ \\",
        "184.675\u00a011.7318",
        "\ufeff184.675,\u200b11.7318",
        "J2000 12 18 42.0 +11 43 54.48",
        "12 18 42.0 +11 43 54.48 (ICRS, ep=J2000)",
        "184.675°11.7318°",
        "1.84675D+02 1.17318D+01",
        "184,675, 11,7318",
        "RA (J2000) = 184.675 Dec (J2000) = 11.7318",
        "RAJ2000=184.675 DEJ2000=11.7318",
        "RA_ICRS 184.675 DE_ICRS 11.7318",
        "α2000=12:18:42, δ2000=+11:43:54.48",
        "target_ra=184.675 target_dec=11.7318",
        "(RA, Dec) = (184.675°, +11.7318°)",
        "RA/Dec: 184.675/11.7318",
        "RA (h) = 12.3116666666666667, Dec (deg) = 11.7318",
        "RA (deg) = 184:40:30, Dec (deg) = 11:43:54.48",
        "ra_hours=12.3116666666666667 dec_deg=11.7318",
        "center: 184.675, 11.7318",
        '"184.675","11.7318"',
        '{"RA": "184.675", "DEC": "11.7318"}',
        '{"name": "x", "ra": 184.675, "dec": 11.7318, "z": 0.02}',
        '{"position": {"ra": "184,675", "dec": "11,7318"}}',
        'fk5; circle(184.675,11.7318,5")',
        'circle(12:18:42,+11:43:54.48,5")  # text={a}',
        "CIRCLE ICRS 184.675 11.7318 0.01",
        "POINT('ICRS', 184.675, 11.7318)",
        "<SkyCoord (ICRS): (ra, dec) in deg\n    (184.675, 11.7318)>",
        "<SkyCoord (ICRS): (ra, dec, distance) in (deg, deg, kpc)\n"
        "    (184.675, 11.7318, 10.)>",
        "SkyCoord(ra=184.675*u.deg, dec=11.7318*u.deg, frame='icrs')",
        "SkyCoord('12:18:42 +11:43:54.48', unit=(u.hourangle, u.deg))",
        "c = SkyCoord(12.3116666666666667, 11.7318, unit=('hourangle', 'deg'))",
        "12hr18min42sec +11deg43arcmin54.48arcsec",
        "12^h18^m42^s +11^d43^m54.48^s",
        r"$12^{\rm h}18^{\rm m}42\fs0$ $+11\degr43\arcmin54\farcs48$",
        "184°.675 +11°.7318",
        "https://www.legacysurvey.org/viewer?ra=184.675&dec=11.7318&layer=ls-dr9-north",
        "https://www.legacysurvey.org/viewer/?zoom=14&ra=184.675&dec=+11.7318",
        "legacysurvey.org/viewer?ra=12:18:42&dec=%2B11:43:54.48",
        "https://sky.esa.int/?target=184.675%2011.7318&hips=DSS2+color&fov=0.1",
        "https://sky.esa.int/esasky/?target=12%2018%2042%20%2B11%2043%2054.48",
        "https://aladin.cds.unistra.fr/AladinLite/?target=184.675%2B11.7318&fov=0.05",
        "https://aladin.cds.unistra.fr/AladinLite/?target=12+18+42+%2B11+43+54.48",
        "https://www.legacysurvey.org/viewer?layer=ls-dr9&mark=184.675,11.7318",
        "https://ned.ipac.caltech.edu/conesearch?in_csys=Equatorial&in_equinox=J2000"
        "&ra=184.675d&dec=11.7318d&radius=0.5",
        "https://simbad.cds.unistra.fr/simbad/sim-coo?Coord=12%3A18%3A42+%2B11%3A43"
        "%3A54.48&CooFrame=FK5&CooEqui=2000",
        "https://skyserver.sdss.org/dr18/VisualTools/navi?ra=184.675&dec=11.7318",
        "https://vizier.cds.unistra.fr/viz-bin/VizieR-4?-c=184.675%20+11.7318&-c.rs=10",
        "https://www.legacysurvey.org/viewer?ra=184.675&amp;dec=11.7318",
        "https://irsa.ipac.caltech.edu/irsaviewer/?locstr=184.675;11.7318;EQ_J2000",
        "https://mast.stsci.edu/portal/Portal.html?searchQuery=184.675%2011.7318",
        "https://a.b/?raj2000=184.675&dej2000=11.7318",
    ],
)
def test_a_place_is_understood_as_people_type_it(text):
    found = sky.parse_position(text)
    assert (found.ra, found.dec) == pytest.approx(PLACE, abs=1e-9)
    assert found.understood.startswith("RA 184.67500, Dec +11.73180 (")
    assert found.iauname is None


@pytest.mark.parametrize("sign", "-‐‑‒–—―−﹣－˗⸺")
@pytest.mark.parametrize("between", [" ", "", "\u00a0", "\u2009", ", "])
def test_every_dash_is_a_minus(sign, between):
    for form in (f"{sign}11.7318", f"{sign} 11.7318"):
        found = sky.parse_position(f"184.675{between}{form}")
        assert (found.ra, found.dec) == pytest.approx((184.675, -11.7318))


@pytest.mark.parametrize(
    ("text", "ra"),
    [
        ("360 1", 0),
        ("24h +1d", 0),
        ("-180 1", 180),
        ("-0.25 1", 359.75),
        ("0 1", 0),
        (".5 1", 0.5),
        ("RA .5 Dec 1", 0.5),
    ],
)
def test_ra_is_wrapped(text, ra):
    assert sky.parse_position(text).ra == ra


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("12.3 +11:43:54", "RA 12.30000", "RA 184.50000"),
        ("10 20 30", "Dec \\+20.50000", "RA 155.00000, Dec \\+30.00000"),
        ("12 18 42 11.7318", "RA 12.00000", "RA 184.67500, Dec \\+11.73180"),
        ("10 30 15,20 10 5", "Dec \\+20.16806", "Dec \\+10.08333"),
    ],
)
def test_a_text_with_two_meanings_is_refused_with_both(text, one, other):
    with pytest.raises(MorphError, match=f"may be .*{one}.* or .*{other}.*units"):
        sky.parse_position(text)


@pytest.mark.parametrize(
    "text",
    [
        "J112953.88-000427.4",
        "j112953.88−000427.4",
        "SDSS J112953.88-000427.4",
        "SDSSJ112953.88-000427.4",
        "2MASX J11295388-0004274",
        "WISEA J112953.88-000427.4",
        "SDSS J11:29:53.88-00:04:27.4",
        "J11h29m53.88s-00d04m27.4s",
        "iauname = J112953.88-000427.4",
        "'J112953.88-000427.4',",
        "https://www.legacysurvey.org/viewer#J112953.88-000427.4",
        "LS DR9 J112953.88\u00a0–\u00a0000427.4",
        "112953.88-000427.4",
        "https://sky.esa.int/?target=J112953.88-000427.4",
    ],
)
def test_a_full_name_is_found_as_name_and_place(text):
    found = sky.parse_position(text)
    assert found.iauname == "J112953.88-000427.4"
    assert (found.ra, found.dec) == pytest.approx((172.474521, -0.074292), abs=1e-6)


def test_a_short_name_is_a_place_only():
    found = sky.parse_position("J121842+114354")
    assert found.iauname is None
    assert (found.ra, found.dec) == pytest.approx((184.675, 11.7318), abs=0.003)


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("J121842+114354", 14.7),
        ("DES J1218+1143", 883),
        ("J121842.0+114354", 1.8),
        ("PSO J184.6750+11.7318", 0.5),
        ("2MASX J12184200+1143544", 0.18),
        ("6dF J1218420+114354", 1.8),
        ("J1218+11", 3707),
        ("RXC J1218.7+1143", 107),
    ],
)
def test_a_name_gives_a_place_as_exact_as_its_digits(text, within):
    named = sky.parse_position(text).named
    assert named.within_arcsec == pytest.approx(within, rel=0.02)
    assert named.fits(np.array([184.675]), np.array([11.73178]), 0).all()
    off = within / 3600
    assert not named.fits(np.array([184.675]), np.array([11.7318 + 2 * off]), 0).any()


@pytest.mark.parametrize("sign", [1, -1])
def test_cut_and_rounded_names_fit_their_places(sign):
    random = np.random.default_rng(4)
    for ra, dec in random.uniform((0, 0), (360, 89), (99, 2)):
        cut = sky.iauname_from_position(ra, sign * dec)[0]
        steps = np.round(ra * 24_000) % 8_640_000, np.round(dec * 36_000)
        rounded = sky.iauname_from_position(steps[0] / 24_000, sign * steps[1] / 36_000)
        for name in (cut, rounded[0]):
            named = named_place(name)
            assert named.fits(np.array([ra]), np.array([sign * dec]), 1e-6).all(), name


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("NGC 4258", (184.73958, 47.30397)),
        ("NGC_04258", (184.73958, 47.30397)),
        ("N4258", (184.73958, 47.30397)),
        ("Messier51", (202.46963, 47.19517)),
        ("NGC5194 (M51)", (202.46963, 47.19517)),
        ("M51 = NGC 5194", (202.46963, 47.19517)),
        ("Bode’s Galaxy", (148.88822, 69.06529)),
        ("Virgo A", (187.70593, 12.39112)),
        ("Pinwheel Galaxy", (210.80225, 54.34894)),
        ("ic10", (5.07225, 59.30378)),
        ("M 51", (202.46963, 47.19517)),
        ("Messier 51", (202.46963, 47.19517)),
        ("The Whirlpool Galaxy", (202.46963, 47.19517)),
        ("sombrero", (189.99762, -11.62306)),
        (
            "https://ned.ipac.caltech.edu/byname?objname=NGC+4258",
            (184.73958, 47.30397),
        ),
    ],
)
def test_well_known_objects_have_places(text, place):
    pytest.importorskip("pyongc")
    found = sky.parse_position(text)
    assert (found.ra, found.dec) == pytest.approx(place, abs=1e-4)


def test_the_south_just_below_the_equator_stays_south():
    assert sky.parse_position("12:00:00 -00:00:10").dec == pytest.approx(-10 / 3600)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("400 10", "RA 400, Dec 10 .* is out of range"),
        ("-190 3", "is out of range"),
        ("10 95", "RA 10, Dec 95 .* is out of range"),
        ("12:18:42 +95:00:00", "RA 184.675, Dec 95 .* is out of range"),
        ("25:00:00 +11:00:00", "is not a position"),
        ("-12:18:42 +11:00:00", "is not a position"),
        ("12:18:42", "is not a position"),
        ("NGC 99999", "“NGC 99999” was not found: it is not a position, and no known"),
        ("Foo 123", "no known object has this name; try 184.675"),
        ("3C 99999", "“3C 99999” was not found"),
        ("12 18 42 S11 43 54", "is not a position"),
        ("184.675 11.7318 0.03", "is not a position"),
        ("12h18", "is not a position"),
        ("12h18m 42", "is not a position"),
        ("184:40:30 +11:43:54", "above 24 hours"),
        ("B1950 12 18 42 +11 43 54", "not ICRS .b1950"),
        ("l = 120.5, b = 30.1", "not ICRS .l"),
        ("(l, b) = (120.5, 30.1)", "not ICRS"),
        ("RAB1950 12 18 42 DEB1950 11 43 54", "not ICRS .*1950"),
        ("RA (1950) 12 18 42 Dec (1950) 11 43 54", "not ICRS .1950"),
        ("image; circle(100,80,20)", "not ICRS .image"),
        ("circle(100,80,20)", "may be in pixels"),
        ("SkyCoord('10 20 30 +11 22 33', unit='deg')", "is not a position"),
        ("<SkyCoord (ICRS): (ra, dec) in deg [(1., 2.), (3., 4.)]>", "not a position"),
        ('[{"ra": 1, "dec": 2}, {"ra": 3, "dec": 4}]', "several positions"),
        ("M51 = NGC 4258", "is not a position"),
        pytest.param("=".join(["a"] * 1900), "is not a position", id="names"),
        ("galactic 120.5 30.1", "not ICRS .galactic"),
        ("PKS B1218+114", "B1950"),
        ("J126842+114354", "68 minutes"),
        ("J121842.00+914354.4", "not a position on the sky"),
        ("nan nan", "is not a position"),
        ("inf 1e400", "is not a position"),
        ("", "enter a position"),
        ("https://www.legacysurvey.org/viewer?zoom=3", "has no position"),
        ("https://sky.esa.int/?target=M999", "“M999” was not found"),
        ("https://sky.esa.int/?target=1%202&cooframe=GAL", "Galactic"),
        ("https://a.b/AladinLite/?target=1%202&cooFrame=galactic", "Galactic"),
        ("https://a.b/sim-coo?Coord=1+2&CooFrame=FK4", "fk4"),
        ("http://[bad?ra=1&dec=2", "is not a link"),
        ("https://a.b/?target=%3Ftarget%3D1", "is not a position"),
    ],
)
def test_what_cannot_be_a_place_is_refused_with_a_reason(text, reason):
    with pytest.raises(MorphError, match=reason):
        sky.parse_position(text)


@pytest.mark.parametrize("text", ["J1 " * 100_000, "1 " * 200_000])
def test_a_long_text_is_no_position_and_is_not_searched_for_one(text):
    """It would take hours."""
    assert not is_position(text) and not is_position(text, coordinates=False)
    with pytest.raises(MorphError, match=r"'.{80}' and [0-9,]+ more characters"):
        sky.parse_position(text)


@given(st.text(max_size=60) | st.text("0123456789:+-.hdms J,?#=ra°'&", max_size=40))
def test_any_text_gives_a_place_on_the_sky_or_a_reason(text):
    try:
        found = sky.parse_position(text)
    except MorphError as error:
        assert len(str(error)) > 20
    else:
        assert 0 <= found.ra < 360
        assert abs(found.dec) <= 90
