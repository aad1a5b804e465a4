"""Points and lines of a plane as a browser gets them: near enough, in few bytes."""

import json

import numpy as np
import pytest

from morph.figures.plane_scene import Group, Label, Line, Points, Scene, Shade
from morph.geometry.density import Window
from pages.common.components.plane.packed_positions import (
    packed_label,
    packed_lines,
    packed_points,
)
from pages.common.server.routes import drawn_data
from tests import shown_components

WINDOW = Window(-3.0, 5.0, 100.0, 101.0)


def drawn(scene: Scene) -> dict:
    """What a browser gets, with the window as an object of JSON."""
    parts = {"points": packed_points(scene), **packed_lines(scene)}
    return {"window": vars(scene.window), **parts}


def some(number: int, **more) -> Points:
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-3, 5, number), rng.beta(2, 5, number) + 100
    return Points(x, y, names=[f"J{n}" for n in range(number)], **more)


def sizes(address: str) -> int:
    return len(drawn_data.kept(address.rpartition("/")[2]))


@pytest.mark.parametrize("number", [0, 1, 3000])
def test_points_are_within_half_a_step_and_keep_their_names(number):
    points = some(number, kind=np.arange(number) % 3)
    groups = (Group("a", "accent"), Group("b", 1), Group("c", 2))
    own = drawn(Scene("", WINDOW, points=points, groups=groups))
    found = shown_components.points(own)
    row = np.array([int(name[1:]) for name in found["names"]], dtype=int)
    assert sorted(row) == list(range(number))
    np.testing.assert_allclose(found["x"], points.x[row], rtol=0, atol=4.001 / 8191)
    np.testing.assert_allclose(found["y"], points.y[row], rtol=0, atol=0.5001 / 8191)
    np.testing.assert_array_equal(found["kind"], row % 3)
    assert own["points"]["colours"] == ["accent", 1, 2]


def test_positions_take_few_bytes_and_names_are_apart():
    points = drawn(Scene("", WINDOW, points=some(3000)))["points"]
    assert len(json.dumps(points)) < 250
    # x and y have 13 bits each; their order needs none, 10 bits a point.
    assert 5_000 < sizes(points["places"]) < 7_000


def test_values_are_colours_and_can_be_read():
    value = np.array([0.0, 0.5, np.nan, 1.0])
    points = Points(np.array([3.0, 1, 2, 0]), np.full(4, 100.5), value=value)
    scene = Scene("", WINDOW, points=points, shade=Shade("σ", 0, 1, ("red", "blue")))
    found = shown_components.points(drawn(scene))
    np.testing.assert_array_equal(found["value"], [1, 0.5, np.nan, 0])  # by x
    assert found["kind"].tolist() == [47, 24, 48, 0]


def test_what_is_beyond_the_window_is_drawn_at_its_edge():
    points = Points(np.array([-9.0, 9]), np.array([99.0, 102]))
    found = shown_components.points(drawn(Scene("", WINDOW, points=points)))
    assert (found["x"].tolist(), found["y"].tolist()) == ([-3, 5], [100, 101])


def test_long_lines_are_within_half_a_step_beyond_the_window_too():
    turn = np.linspace(0, 2 * np.pi, 200)
    circle = Line(1 + 5 * np.cos(turn), 100.5 + 0.7 * np.sin(turn), "red", 2.0)
    short = Line([0.1234567, 1.0], [100.0, 100.25], 0, dash=True)  # category 0
    unknown = Line(np.full(30, np.nan), np.arange(30.0))
    other = Line(turn[:50], 100 + turn[:50] / 9)
    own = drawn(Scene("", WINDOW, lines=(circle, short, unknown, other)))
    found = shown_components.lines(own)
    assert [line.get("number") for line in own["lines"]] == [200, None, None, 50]
    assert "dash" not in own["lines"][0] and own["lines"][0]["width"] == 2
    assert own["lines"][1]["dash"] and own["lines"][1]["colour"] == 0
    for line, wanted in ((found[0], circle), (found[3], other)):
        np.testing.assert_allclose(line["x"], wanted.x, rtol=0, atol=4.001 / 4095)
        np.testing.assert_allclose(line["y"], wanted.y, rtol=0, atol=0.5001 / 4095)
    assert found[1]["x"] == [0.123457, 1.0] and found[0]["colour"] == "red"


def test_a_label_is_at_its_position_and_bold_only_where_it_says_so():
    label = packed_label(Label(1 / 3, 2.0, "A", strong=True))
    assert (label["x"], label["y"], label["strong"]) == (0.333333, 2.0, True)
    assert "strong" not in packed_label(Label(0.0, 0.0, "B", colour=0))
    assert packed_label(Label(0.0, 0.0, "B", colour=0))["colour"] == 0


def test_a_plane_without_long_lines_asks_for_no_vertices():
    scene = Scene("", WINDOW, lines=(Line([0.0, 1.0], [100.0, 100.25]),))
    assert packed_lines(scene)["vertices"] is None
    assert packed_points(scene) is None
