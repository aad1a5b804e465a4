"""The map of the sky with the outline of a region, and ready to be drawn on."""

import numpy as np

from morph.analysis.footprint import Footprint
from morph.figures.footprint_figures import footprint
from morph.geometry.sky_regions import Cone

COUNTS = np.array([[0, 2], [3, 1]])
SKY = Footprint(
    ra=np.array([350.0, 360, 370]),
    sin_dec=np.array([0.0, 0.2, 0.4]),
    whole=COUNTS,
    selected=COUNTS,
    without_position=0,
)


def test_a_region_is_outlined_where_the_map_has_it():
    assert len(footprint(SKY).data) == 2
    line = footprint(SKY, Cone(2, 10, 3)).data[-1]
    assert (line.type, line.mode) == ("scatter", "lines")
    assert 355 < min(line.x) < max(line.x) < 368


def test_a_map_to_draw_on_has_a_point_in_each_occupied_cell():
    figure = footprint(SKY, draws=True)
    assert figure.layout.dragmode == "lasso"
    assert sorted(zip(figure.data[-1].x, figure.data[-1].y, strict=True)) == [
        (355, 0.30000000000000004),
        (365, 0.1),
        (365, 0.30000000000000004),
    ]
