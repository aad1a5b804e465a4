"""Outlines of regions on the map of the sky, and lassos that become polygons."""

import numpy as np
import pytest

from morph.errors import MorphError
from morph.geometry.sky_outline import from_drawn, outline
from morph.geometry.sky_regions import Cone, SkyPolygon, in_polygon
from morph.geometry.sphere import separation_deg


@pytest.mark.parametrize("cone", [Cone(2, 10, 5), Cone(180, 88, 5), Cone(0, -90, 20)])
def test_the_outline_of_a_cone_is_at_its_radius(cone):
    ra, sin_dec = outline(cone, from_ra=100)
    known = np.isfinite(ra)
    assert known.sum() >= 240 and ra[known].min() >= 100 and ra[known].max() <= 460
    dec = np.degrees(np.arcsin(sin_dec[known]))
    away = separation_deg(ra[known], dec, cone.ra, cone.dec)
    np.testing.assert_allclose(away, cone.radius_deg, atol=1e-6)
    assert np.nanmax(np.abs(np.diff(ra))) <= 180


def test_the_outline_of_a_polygon_follows_its_sides():
    polygon = SkyPolygon(((350, 40), (20, 40), (5, 60)))
    ra, sin_dec = outline(polygon, from_ra=200)
    dec = np.degrees(np.arcsin(sin_dec))
    assert not np.isnan(ra).any()
    for step, inside in ((0.999, True), (1.001, False)):
        # A little towards the centre, and away from it.
        east, north = polygon.centre
        near = 360 + east + (ra - 360 - east) * step, north + (dec - north) * step
        assert (in_polygon(polygon, near[0] % 360, near[1]).mean() > 0.9) == inside


def test_a_lasso_and_a_box_become_polygons():
    turn = np.linspace(0, 2 * np.pi, 500)
    polygon = from_drawn(365 + 3 * np.cos(turn), 0.5 + 0.05 * np.sin(turn))
    assert len(polygon.corners) <= 100
    dec = np.array([30.0, 30.0, 30.0])
    inside = in_polygon(polygon, np.array([5, 7.9, 8.2]), dec)
    assert inside.astype(int).tolist() == [1, 1, 0]
    box = from_drawn([150, 250], [0.5, 0.9])
    assert from_drawn([150, 150, 250, 250], [0.5, 0.9, 0.9, 0.5]) == box
    dec = np.degrees(np.arcsin([0.51, 0.49, 0.89, 0.91]))
    inside = in_polygon(box, np.full(4, 222.0), dec)
    assert inside.astype(int).tolist() == [1, 0, 1, 0]
    with pytest.raises(MorphError, match="cross or touch"):
        from_drawn([0, 10, 10, 0], [0, 0.1, 0, 0.1])
