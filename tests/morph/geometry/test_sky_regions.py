"""Regions of the sky: what is inside, what is refused, and their texts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morph.errors import MorphError
from morph.geometry.sky_regions import (
    Cone,
    CoverageMap,
    SkyPolygon,
    angle_words,
    dec_range,
    in_polygon,
    region_from_text,
    region_text,
    region_words,
)
from tests.morph.sky_by_hand import cones, in_region, near_the_edge, polygons

SQUARE = SkyPolygon(((350, -10), (10, -10), (10, 10), (350, 10)))
POLE = SkyPolygon(((0, 80), (120, 80), (240, 80)))


def sky(number: int, seed: int, around: tuple[float, float], within_deg: float):
    """Positions of the whole sky, and as many around a place."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(-1, 1, number)
    ra, dec = rng.uniform(0, 360, number), np.degrees(np.arcsin(z))
    near_dec = np.clip(around[1] + within_deg * rng.normal(size=number), -90, 90)
    stretch = within_deg / np.maximum(np.cos(np.radians(near_dec)), 0.01)
    near_ra = (around[0] + stretch * rng.normal(size=number)) % 360
    return np.append(ra, near_ra), np.append(dec, near_dec)


@settings(max_examples=60, deadline=None)
@given(polygons(), st.integers(0, 99))
def test_a_polygon_holds_what_its_sides_turn_around(polygon, seed):
    ra, dec = sky(400, seed, polygon.centre, polygon.radius_deg)
    certain = ~near_the_edge(polygon, ra, dec)
    found = in_polygon(polygon, ra, dec)
    assert (found == in_region(polygon, ra, dec))[certain].all()
    low, high = dec_range(polygon)
    assert ((dec >= low) & (dec <= high))[found].all()


def test_polygons_over_ra_0_and_a_pole():
    ra, dec = np.array([0, 355, 5, 180, 0, 0]), np.array([0, 9, -9, 0, 11, 90])
    assert in_polygon(SQUARE, ra, dec).tolist() == [True] * 3 + [False] * 3
    unknown = np.array([np.nan])
    assert not in_polygon(SQUARE, unknown, np.zeros(1)).any()
    ra, dec = np.array([77, 60, 60, 0]), np.array([90, 84, 86, -90.0])
    # The side from RA 0 to 120 comes to Dec 84.97° at RA 60: tan 80° / cos 60°.
    assert in_polygon(POLE, ra, dec).tolist() == [True, False, True, False]
    assert dec_range(POLE)[1] == 90


def test_sides_are_great_circles():
    """The northern side from (-60, 45) to (60, 45) comes to Dec 63.4° at RA 0."""
    polygon = SkyPolygon(((300, 0), (60, 0), (60, 45), (300, 45)))
    top = np.degrees(np.arctan(np.tan(np.radians(45)) / np.cos(np.radians(60))))
    dec = np.array([top - 1e-6, top + 1e-6])
    assert in_polygon(polygon, np.zeros(2), dec).tolist() == [True, False]


@pytest.mark.parametrize("turned", [False, True])
def test_the_order_of_the_corners_is_either_way_around(turned):
    corners = SQUARE.corners[::-1] if turned else (*SQUARE.corners, SQUARE.corners[0])
    again = SkyPolygon(corners)
    assert len(again.corners) == 4
    assert in_polygon(again, np.array([1.0, 180]), np.array([1.0, 0])).tolist() == [
        True,
        False,
    ]


@settings(max_examples=100)
@given(cones() | polygons())
def test_a_text_is_the_same_region(region):
    text = region_text(region)
    assert region_from_text(text) == region
    assert region_text(region_from_text(text)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a region"),
        ("BOX 1 2 3 4", "expected CIRCLE ra dec radius"),
        ("CIRCLE 1 2", "is not a region"),
        ("CIRCLE 1 2 x", "is not a region"),
        ("CIRCLE 361 2 1", "RA 361, Dec 2 is not on the sky"),
        ("CIRCLE nan 2 1", "not on the sky"),
        ("CIRCLE 1 2 0", "more than 0"),
        ("CIRCLE 1 2 nan", "more than 0"),
        ("CIRCLE 1 2 91", "at most 90"),
        ("POLYGON 1 2 3 4 5", "is not a region"),
        ("POLYGON 1 1 1 1 2 2", "2 different corners; expected 3 to 100"),
        ("POLYGON 0 0 1 0 2 0", "on one great circle"),
        ("POLYGON 0 0 1 1 1 0 0 1", "sides 1 and 3 of the polygon cross"),
        ("POLYGON 0 0 120 0 240 0", "larger than a hemisphere"),
        ("POLYGON 0 -5 120 -5 240 -5 180 80", "larger than a hemisphere"),
        ("MOC short", "not the id of a coverage map"),
        ("POLYGON" + " 1 2" * 500, "is not a region|corners"),
    ],
)
def test_what_is_no_region_is_refused_in_a_sentence(text, says):
    with pytest.raises(MorphError, match=says):
        region_from_text(text)


def test_regions_in_words():
    assert region_words(Cone(184.675, 11.7318, 0.05)) == (
        "within 3 arcmin of RA 184.67500, Dec +11.73180"
    )
    assert region_words(SQUARE) == (
        "in a polygon of 4 corners around RA 0.00000, Dec +0.00000"
    )
    assert region_words(CoverageMap("abcdefgh27", "hsc")) == (
        "in the coverage map “hsc”"
    )
    assert [angle_words(x) for x in (2 / 3600, 0.5, 1, 2.5)] == [
        "2 arcsec",
        "30 arcmin",
        "1°",
        "2.5°",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NOT CIRCLE 10 20 0.5", "more than 30 arcmin from RA 10.00000, Dec +20.00000"),
        (
            "NOT POLYGON 10 20 11 20 11 21",
            "outside a polygon of 3 corners around RA 10.66",
        ),
        ("NOT MOC abcdefgh27", "outside the coverage map “abcdefgh27”"),
    ],
)
def test_all_of_the_sky_outside_a_region(text, words):
    region = region_from_text(text.lower() if "MOC" not in text else text)
    assert region.outside
    assert region_text(region) == text
    assert region_words(region).startswith(words)
    inside = region_from_text(text.removeprefix("NOT "))
    assert not inside.outside
    assert region != inside


@pytest.mark.parametrize("text", ["NOT", "NOT NOT CIRCLE 1 2 3", "NOTCIRCLE 1 2 3"])
def test_what_is_not_outside_of_anything(text):
    with pytest.raises(MorphError, match="is not a region"):
        region_from_text(text)
