"""Planes in print: contours stay vectors, panels have titles, numbers are fractions."""

import numpy as np
import pytest

from morph.figures.in_print import numbers, planes, sheet
from morph.figures.in_print.sheet import Sheet
from morph.figures.plane_scene import Label, Line, Points, Scene
from morph.geometry.density import Window
from morph.geometry.ternary import to_plane

SHARES = np.array([[0.2, 0.3, 0.5], [0.6, 0.2, 0.2], [0.1, 0.8, 0.1]])
LINE = np.column_stack(to_plane(SHARES))


def scene() -> Scene:
    return Scene(
        label="A triangle",
        window=Window(0, 1, 0, 0.9),
        points=Points(LINE[:, 0], LINE[:, 1], size=1.3),
        lines=(Line(LINE[:, 0], LINE[:, 1], "red", dash=True),),
        labels=(Label(0.5, 0.9, "No bar", strong=True),),
        equal=True,
    )


def test_panels_stand_side_by_side_with_lines_as_given():
    with sheet.style(Sheet(180)):
        drawn = planes.planes([scene()] * 3, Sheet(180), ["a", "b", "c"])
        places = [axes.get_position() for axes in drawn.axes]
    assert [axes.get_title() for axes in drawn.axes] == ["a", "b", "c"]
    assert places[0].x1 < places[1].x0 < places[1].x1 < places[2].x0
    (line,) = drawn.axes[1].lines
    assert line.get_xydata() == pytest.approx(LINE)
    assert line.get_linestyle() == "--"


def test_numbers_of_triangles_are_fractions_of_their_corners():
    corners = ["Strong", "Weak", "No"]
    panels = {"Source": ({0.8: [LINE]}, scene().points)}
    table = numbers.of_triangles(panels, corners)
    assert table["part"].tolist() == ["contour"] * 3 + ["galaxy"] * 3
    assert table["mass"].tolist()[:3] == [0.8] * 3
    assert table[corners].to_numpy() == pytest.approx(np.concatenate([SHARES] * 2))
