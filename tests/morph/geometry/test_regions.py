"""Regions against points tested one by one, set algebra, and hostile saved views."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from morph.errors import MorphError
from morph.geometry.regions import (
    MOST_CORNERS,
    MOST_REGIONS,
    Plane,
    Region,
    combined,
    contained,
    from_box,
    from_json,
    from_lasso,
    inside,
    outline,
    plane_coordinates,
    to_json,
)
from morph.geometry.ternary import suggested_corners, to_plane
from morph.trees.decision_tree import GZD5

MAP = Plane("map", ("demo-adapted",))
BAR = Plane.of_corners(suggested_corners(GZD5)["bar"])
ARMS = Plane.of_corners(suggested_corners(GZD5)["spiral-arm-count"])
SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def is_inside(x: float, y: float, polygon) -> bool:
    """Crossings of a ray to the right, counted for one point at a time."""
    odd = False
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)):
            odd = not odd
    return odd


def scattered(points: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.random.default_rng(seed).normal(0, 2, (2, points)))


@pytest.mark.parametrize("seed", range(8))
def test_random_polygons_that_cross_themselves_hold_the_points_a_ray_says(seed):
    rng = np.random.default_rng(seed)
    polygon = rng.normal(0, 2, (rng.integers(3, 40), 2)).tolist()
    x, y = scattered(800, seed + 100)
    expected = [is_inside(a, b, polygon) for a, b in zip(x, y, strict=True)]
    np.testing.assert_array_equal(inside(x, y, polygon), expected)


def test_points_on_corners_and_sides_follow_the_same_rule_as_a_ray():
    grid = np.arange(-1, 4) / 2
    x, y = (axis.ravel() for axis in np.meshgrid(grid, grid))
    for polygon in (SQUARE, ((0, 0), (1, 0.5), (0.5, 1)), ((0, 0), (1, 1), (0, 1))):
        expected = [is_inside(a, b, polygon) for a, b in zip(x, y, strict=True)]
        np.testing.assert_array_equal(inside(x, y, polygon), expected)


def test_squares_side_by_side_share_no_point_and_lose_none():
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(9) / 4, np.arange(9) / 4))
    times = np.zeros(len(x), dtype=int)
    for east in (0, 1):
        for north in (0, 1):
            times += inside(x, y, [(a + east, b + north) for a, b in SQUARE])
    np.testing.assert_array_equal(times, (x < 2) & (y < 2))


def test_single_precision_points_are_not_rounded_at_a_side():
    x = np.array([0.1], dtype=np.float32)  # a little more than 0.1
    polygon = ((0.0, -1.0), (0.1, -1.0), (0.1, 1.0), (0.0, 1.0))
    assert not inside(x, np.zeros(1, dtype=np.float32), polygon)[0]


def test_no_points_and_points_without_coordinates_are_inside_nothing():
    assert inside(np.empty(0), np.empty(0), SQUARE).shape == (0,)
    x, y = np.array([np.nan, 0.5, 0.5]), np.array([0.5, np.nan, 0.5])
    np.testing.assert_array_equal(inside(x, y, SQUARE), [False, False, True])
    inverted = Region(MAP, SQUARE, inverted=True)
    np.testing.assert_array_equal(contained(inverted, x, y), [False, False, False])
    np.testing.assert_array_equal(contained(inverted, x + 1, y), [False, False, True])


def test_a_closed_lasso_is_the_open_one():
    x, y = scattered(500)
    np.testing.assert_array_equal(
        inside(x, y, SQUARE), inside(x, y, (*SQUARE, SQUARE[0]))
    )


def test_regions_combine_in_the_order_they_were_drawn():
    x, y = scattered(3000)
    boxes = [((-2, 2), (-2, 2)), ((1, 4), (1, 4)), ((-1, 1.5), (-9, 9)), ((-9, 9),) * 2]
    modes = ["new", "add", "remove", "intersect"]
    regions = [from_box(MAP, *box, mode=m) for box, m in zip(boxes, modes, strict=True)]
    first, second, third, fourth = (
        (x >= a) & (x < b) & (y >= c) & (y < d) for (a, b), (c, d) in boxes
    )
    expected = ((first | second) & ~third) & fourth
    assert 0 < expected.sum() < 3000
    np.testing.assert_array_equal(combined(regions, {MAP: (x, y)}), expected)
    again = [*regions, from_box(MAP, (0, 1), (0, 1), mode="new")]
    unit = (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
    np.testing.assert_array_equal(combined(again, {MAP: (x, y)}), unit)


@pytest.mark.parametrize(
    ("mode", "kept"),
    [("new", True), ("add", True), ("intersect", True), ("remove", False)],
)
def test_a_first_region_starts_from_nothing_or_is_taken_from_everything(mode, kept):
    x, y = scattered(300)
    box = from_box(MAP, (-1, 1), (-1, 1), mode=mode)
    within = (np.abs(x + 0) < 1) & (np.abs(y) < 1)
    np.testing.assert_array_equal(combined([box], {MAP: (x, y)}), within == kept)


def test_what_is_left_on_one_plane_and_on_another_must_both_hold():
    share = np.random.default_rng(0).dirichlet((1, 1, 1), 1000)
    x, y = scattered(1000)
    strong = from_lasso(
        BAR, *to_plane(np.array([[1, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5]]))
    )
    no_bar = from_lasso(
        BAR,
        *to_plane(np.array([[0, 0, 1], [0.5, 0, 0.5], [0, 0.5, 0.5]])),
        mode="add",
    )
    west = from_box(MAP, (-99, 0), (-99, 99))
    coordinates = {BAR: (share[:, 0], share[:, 1]), MAP: (x, y)}
    expected = ((share[:, 0] >= 0.5) | (share[:, 2] >= 0.5)) & (x < 0)
    drawn = ([strong, no_bar, west], [strong, west, no_bar], [west, strong, no_bar])
    for order in drawn:
        mask = combined(order, coordinates)
        np.testing.assert_array_equal(mask, expected)


def test_a_lasso_on_the_triangle_is_kept_in_shares_and_drawn_where_it_was():
    x, y = np.array([0.2, 0.9, 0.5, 0.1]), np.array([-0.05, 0.1, 0.8, 0.4])
    region = from_lasso(BAR, x, y)
    drawn_x, drawn_y = outline(region)
    np.testing.assert_allclose(drawn_x, [*x, x[0]])
    np.testing.assert_allclose(drawn_y, [*y, y[0]])
    share = np.random.default_rng(0).dirichlet((1, 1, 1), 2000)
    on_plane = inside(*to_plane(share), list(zip(x, y, strict=True)))
    np.testing.assert_array_equal(contained(region, share[:, 0], share[:, 1]), on_plane)


def test_a_long_lasso_is_thinned_and_keeps_its_shape():
    angle = np.linspace(0, 2 * np.pi, 1500, endpoint=False)
    region = from_lasso(MAP, np.cos(angle), np.sin(angle))
    assert len(region.corners) == MOST_CORNERS
    x, y = scattered(20_000)
    difference = contained(region, x, y) != (np.hypot(x, y) < 1)
    assert difference.mean() < 1e-3


def test_planes_compute_their_coordinates():
    strip = Plane("strip", ("bar_strong",))
    x, y = plane_coordinates(strip, [np.array([0.6]), np.array([0.04])], GZD5)
    assert (x[0], y[0]) == (0.6, 0.2)
    fractions = [np.array([v, 0.0]) for v in (0.1, 0.3, 0.1, 0.0, 0.3, 0.2)]
    x, y = plane_coordinates(ARMS, fractions, GZD5)
    np.testing.assert_allclose([x[0], y[0]], [0.125, 0.375])
    assert np.isnan([x[1], y[1]]).all()


def test_regions_come_back_from_a_saved_view_as_they_were():
    regions = (
        from_lasso(ARMS, [0.1, 0.7, 1 / 3], [0.1, 0.2, 0.5], name="two arms"),
        Region(MAP, SQUARE, "remove", "Region B", inverted=True),
    )
    assert from_json(json.loads(json.dumps(to_json(regions)))) == regions
    assert from_json([]) == ()


def saved(**changes) -> list:
    (region,) = to_json([Region(MAP, SQUARE)])
    return [region | changes]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "regions",
        {},
        [None],
        [{}],
        to_json([Region(MAP, SQUARE)] * (MOST_REGIONS + 1)),
        saved(more=1),
        saved(corners=[]),
        saved(corners=[[0, 0], [1, 1]]),
        saved(corners=[[0, 0]] * (MOST_CORNERS + 1)),
        saved(corners=[[0, 0], [1, 1], [float("nan"), 0]]),
        saved(corners=[[0, 0], [1, 1], [float("inf"), 0]]),
        saved(corners=[[0, 0], [1, 1], [1e9, 0]]),
        saved(corners=[[0, 0], [1, 1], [10**400, 0]]),
        saved(corners=[[0, 0], [1, 1], ["1", 0]]),
        saved(corners=[[0, 0], [1, 1], [True, 0]]),
        saved(corners=[[0, 0], [1, 1], [0]]),
        saved(corners="abc"),
        saved(mode="replace"),
        saved(mode=[]),
        saved(name=""),
        saved(name="x" * 61),
        saved(name="a\nb"),
        saved(name=3),
        saved(inverted="yes"),
        saved(plane=None),
        saved(plane={"kind": "sky", "of": ["a"]}),
        saved(plane={"kind": "map", "of": []}),
        saved(plane={"kind": "map", "of": [3]}),
        saved(plane={"kind": "map", "of": "a"}),
        saved(plane={"kind": "simplex", "of": ["a", "b"]}),
    ],
)
def test_an_edited_saved_view_is_refused_in_words(value):
    with pytest.raises(MorphError):
        from_json(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["plane", "corners", "mode", "name", "inverted", "kind", "of"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_whatever_a_saved_view_holds_it_is_regions_or_a_sentence(value):
    try:
        assert all(isinstance(region, Region) for region in from_json(value))
    except MorphError as error:
        assert str(error)
