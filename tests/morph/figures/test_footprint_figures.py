"""The map of the sky: the outline of a region, and a plane to draw on."""

import numpy as np
import pytest

from morph.analysis.footprint import Footprint
from morph.figures.footprint_figures import footprint, on_sky, scene
from morph.geometry.sky_regions import Cone

COUNTS = np.array([[0, 2], [3, 1]])
SKY = Footprint(
    ra=np.array([350.0, 360, 370]),
    sin_dec=np.array([0.0, 0.2, 0.4]),
    whole=COUNTS,
    selected=COUNTS // 2,
    without_position=0,
)


def test_a_region_is_outlined_where_the_map_has_it():
    assert len(footprint(SKY).data) == 2
    line = footprint(SKY, Cone(2, 10, 3)).data[-1]
    assert (line.type, line.mode) == ("scatter", "lines")
    assert 355 < min(line.x) < max(line.x) < 368


def test_the_plane_has_east_to_the_left_and_names_its_cells():
    shown = scene(SKY, label="Sky")
    assert (shown.cells.window.left, shown.cells.window.right) == (-370, -350)
    np.testing.assert_array_equal(shown.cells.whole, [[2, 0], [1, 3]])
    np.testing.assert_array_equal(shown.cells.selected, [[1, 0], [0, 1]])
    assert shown.cells.columns == ["RA 5°", "RA 355°"]
    # asin(0.1) and asin(0.3) in degrees
    assert shown.cells.rows == ["Dec 5.7392°", "Dec 17.458°"]
    assert shown.window.left < -370 and shown.window.right > -350
    ra, dec = shown.ticks
    assert {text for _, text in ra} == {"350", "355", "0", "5", "10"}
    assert dict(ra)[-360.0] == "0"
    assert dec[0] == (0.0, "0")


@pytest.mark.parametrize("ra", [351.0, 360, 369.5])
def test_what_is_drawn_on_the_plane_is_found_on_the_sky(ra):
    (line,) = scene(SKY, Cone(ra % 360, 10, 1), label="Sky").lines
    east, sin_dec = on_sky(SKY, line.x, line.y)
    north = np.degrees(np.arcsin(sin_dec))
    away = np.hypot((east - ra) * np.cos(np.radians(10)), north - 10)
    np.testing.assert_allclose(away, 1, rtol=0.01)


def test_a_region_across_the_edge_of_the_map_is_drawn_in_pieces():
    whole_sky = Footprint(
        ra=np.linspace(0, 360, 7),
        sin_dec=np.linspace(-1, 1, 4),
        whole=np.ones((3, 6), int),
        selected=np.ones((3, 6), int),
        without_position=0,
    )
    pieces = scene(whole_sky, Cone(0, 0, 10), label="Sky").lines
    assert len(pieces) > 1
    for piece in pieces:
        assert np.isfinite(piece.x).all() and np.ptp(piece.x) <= 11
