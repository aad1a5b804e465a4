"""Map: everything counted is what the table holds, whatever is drawn of it."""

import numpy as np
import pandas as pd
import pytest

from morph.catalogue import release_table
from morph.geometry.density import Window
from morph.geometry.regions import Plane, Region, from_box
from morph.release.photometry_and_redshifts import MEASURED
from morph.subsets import url_ids
from pages.common.components.plane import Drawn
from pages.common.planes import region_drawing
from pages.common.server import database
from pages.map import map_zoom
from tests import shown_components
from tests.pages.opening import component, components, counted, opened, said, toasts

PATH = "map/map.py"
MAP = Plane("map", ("small-demo",))


def demo_table(root) -> pd.DataFrame:
    with database.cursor(root) as con:
        return con.table(release_table.release(con, "small-demo").table).df()


def kept(root, *regions: Region) -> str:
    """The id that a link has for regions."""
    with database.cursor(root) as con:
        return url_ids.keep_regions(con, regions)


def half_steps(scene) -> tuple[float, float]:
    """Half of the 8,191st part of the window: how exactly a point is drawn."""
    left, right, low, high = scene["window"].values()
    return (right - left) / 8191 / 2, (high - low) / 8191 / 2


def count_of(page) -> str:
    """The line that says how many galaxies are in the regions."""
    return [m.value for m in page.markdown if m.value.startswith("**")][1]


def test_every_galaxy_is_drawn_where_the_table_has_it(morph_home, dashboard):
    page = opened(dashboard, PATH)
    assert not page.exception
    scene = component(page, "plane")
    points, (across, up) = scene["points"], half_steps(scene)
    table = demo_table(morph_home).set_index("iauname").loc[points["names"]]
    assert np.abs(points["x"] - table["umap_x"]).max() < 1.001 * across
    assert np.abs(points["y"] - table["umap_y"]).max() < 1.001 * up
    np.testing.assert_array_equal(points["kind"], table["smooth-or-featured_answer"])
    assert "300 of 300 galaxies drawn at random (seed 0)" in said(page)


def test_the_legend_counts_those_selected_and_all(morph_home, dashboard):
    limited = {"smooth-or-featured_smooth": ["0.5", "1"], "rule": ["Ignore"]}
    page = opened(dashboard, PATH, limited)
    table = demo_table(morph_home)
    chosen = table[table["smooth-or-featured_smooth_probability"] >= 0.5]
    groups = component(page, "plane")["groups"]
    answers = "smooth-or-featured_answer"
    for place, group in enumerate(groups):
        some, every = (sum(t[answers] == place) for t in (chosen, table))
        assert group["counts"] == f"{some} / {every}"
    names = component(page, "plane")["points"]["names"]
    assert set(names) == set(chosen["iauname"])


@pytest.mark.parametrize(
    ("colour", "column"),
    [
        ({"colour": "Trust"}, "trust"),
        ({"colour": MEASURED["mag_r"].title}, "mag_r"),
        (
            {"colour": "Vote fraction of an answer", "colour_answer": "Strong bar"},
            "bar_strong_probability",
        ),
    ],
)
def test_values_are_those_of_the_table(morph_home, dashboard, colour, column):
    page = opened(dashboard, PATH, colour)
    scene = component(page, "plane")
    table = demo_table(morph_home).set_index("iauname")
    expected = table.loc[scene["points"]["names"], column]
    np.testing.assert_allclose(scene["points"]["value"], expected, rtol=1e-6)


def test_means_are_drawn_instead_of_points(morph_home, dashboard):
    page = opened(dashboard, PATH, {"colour": "Trust", "paint": "Means"})
    scene = component(page, "plane")
    assert scene["points"] is None and scene["picture"] is not None
    assert "Means of all selected galaxies" in said(page)


def test_a_link_with_a_region_counts_whom_it_holds(morph_home, dashboard):
    box = from_box(MAP, (2.0, 6.0), (-1.0, 4.0), name="Region A")
    page = opened(dashboard, PATH, {"drawn": kept(morph_home, box)})
    assert not page.exception
    table = demo_table(morph_home)
    inside = table["umap_x"].between(2, 6) & table["umap_y"].between(-1, 4)
    assert 0 < inside.sum() < 300
    assert count_of(page) == f"**{inside.sum()}** of 300 galaxies"
    assert len(component(page, "plane")["lines"]) == 1
    shown = [t["iauname"] for t in components(page, "gallery")[0]["tiles"]]
    assert set(shown) <= set(table.loc[inside, "iauname"]) and len(shown) == min(
        24, inside.sum()
    )


def test_regions_combine_and_count_with_the_selection(morph_home, dashboard):
    drawn = (
        from_box(MAP, (0, 8), (-1, 11), name="Region A"),
        from_box(MAP, (2, 4), (-1, 11), name="Region B", mode="remove"),
    )
    query = {"drawn": kept(morph_home, *drawn), "mag_r": ["14", "16"]}
    page = opened(dashboard, PATH, query)
    table = demo_table(morph_home)
    x, mag = table["umap_x"], table["mag_r"]
    inside = (x < 8) & ~((x >= 2) & (x < 4))
    chosen = inside & mag.between(14, 16)
    before = f"{inside.sum()} in the regions before"
    expected = f"**{chosen.sum()}** of 300 galaxies; {before}"
    assert count_of(page).startswith(expected)


def test_what_is_drawn_takes_the_mode_chosen_or_held(morph_home, dashboard):
    page = opened(dashboard, PATH)
    page.session_state["drawn"] = (from_box(MAP, (0, 3), (-1, 11), name="Region A"),)
    page.run()
    page.segmented_control(key="draw_mode").set_value("add").run()
    page.number_input(key="box_map_left").set_value(6.0)
    page.number_input(key="box_map_right").set_value(9.0)
    page.number_input(key="box_map_low").set_value(-1.0)
    page.number_input(key="box_map_high").set_value(11.0)
    page.button(key="draw_box").click().run()
    x = demo_table(morph_home)["umap_x"]
    inside = (x < 3) | x.between(6, 9)
    assert count_of(page) == f"**{inside.sum()}** of 300 galaxies"
    page.button(key="undo_region").click().run()
    assert count_of(page) == f"**{(x < 3).sum()}** of 300 galaxies"
    page.button(key="clear_regions").click().run()
    assert component(page, "plane")["lines"] == []


def test_a_region_of_low_trust_is_warned_of(morph_home, dashboard):
    right = from_box(MAP, (9.0, 11.0), (-1.0, 11.0))
    page = opened(dashboard, PATH, {"drawn": kept(morph_home, right)})
    assert "preserves only" in page.warning[0].value
    left = from_box(MAP, (-1.0, 2.0), (-1.0, 11.0))
    page.session_state["drawn"] = (left,)
    assert not page.run().warning


def test_an_unknown_region_in_a_link_is_named(morph_home, dashboard):
    page = opened(dashboard, PATH, {"drawn": "aaaaaaaaaa"})
    assert not page.exception
    assert any("aaaaaaaaaa" in text for text in toasts(page))


def test_the_legend_counts_whom_a_region_holds(morph_home, dashboard):
    table = demo_table(morph_home)
    middle = float(table["umap_x"].median())
    half = from_box(MAP, (-99.0, middle), (-99.0, 99.0), name="Left half")
    page = opened(dashboard, PATH, {"drawn": kept(morph_home, half)})
    inside = table[table["umap_x"] < middle]
    answers = "smooth-or-featured_answer"
    for place, group in enumerate(component(page, "plane")["groups"]):
        some, every = (sum(t[answers] == place) for t in (inside, table))
        assert group["counts"] == f"{some} / {every}"
    assert "Legend: in the regions / total." in said(page)


def test_a_part_of_the_map_is_drawn_anew(morph_home, dashboard):
    page = opened(dashboard, PATH, {"part": "2,6,0,5"})
    scene = component(page, "plane")
    assert scene["window"] == {"left": 2, "right": 6, "low": 0, "high": 5}
    table = demo_table(morph_home).set_index("iauname")
    places = table.loc[scene["points"]["names"]]
    assert places["umap_x"].between(2, 6).all() and len(places)
    page.button(key="part_0").click().run()
    assert component(page, "plane")["window"]["left"] < 1


@pytest.mark.parametrize("part", ["x", "1,2,3", "5,1,0,1", "nan,1,0,1", "1,2,3,inf"])
def test_a_part_that_is_no_window_is_the_whole_map(morph_home, dashboard, part):
    page = opened(dashboard, PATH, {"part": part})
    assert not page.exception
    assert component(page, "plane")["window"]["left"] < 1


def test_a_galaxy_of_a_link_has_its_card(morph_home, dashboard):
    name = demo_table(morph_home)["iauname"].iloc[5]
    page = opened(dashboard, PATH, {"picked": name})
    assert f"##### {name}" in [m.value for m in page.markdown]
    page.button(key="close_picked").click().run()
    assert f"##### {name}" not in [m.value for m in page.markdown]


def test_a_galaxy_nobody_knows_is_no_galaxy(morph_home, dashboard):
    page = opened(dashboard, PATH, {"picked": "J000000.00+000000.0"})
    assert not page.exception and counted(page)


def test_a_release_without_features_says_what_a_map_needs(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": "fractions-only"})
    assert not page.exception
    assert "##### fractions-only has no map" in [m.value for m in page.markdown]
    page.button(key="map_of_small-demo").click().run()
    assert component(page, "plane")["points"]["names"]


def test_the_payload_does_not_grow_with_the_release(morph_home, dashboard):
    scene = component(opened(dashboard, PATH), "plane")
    picture = shown_components.fetched(scene["picture"]["at"])
    assert picture.startswith(b"\x89PNG") and len(picture) < 150_000


def test_a_lasso_held_with_a_key_adds(morph_home, dashboard, monkeypatch):
    """The widget's callback, as the browser would call it."""
    state = {"drawn": (from_box(MAP, (0, 3), (0, 9), name="Region A"),)}
    monkeypatch.setattr(region_drawing.st, "session_state", state)
    region_drawing.add(MAP, Drawn((4, 6, 6), (0, 0, 5), "add"))
    assert [r.mode for r in state["drawn"]] == ["new", "add"]
    assert [r.name for r in state["drawn"]] == ["Region A", "Region B"]
    region_drawing.add(MAP, Drawn((4, 6, 6), (0, 0, 5), None))
    assert [r.name for r in state["drawn"]] == ["Region A"]


def test_hiding_a_region_hides_that_one_alone(morph_home, dashboard):
    left, right = ((x, x + 3) for x in (0, 5))
    page = opened(dashboard, PATH)
    page.session_state["drawn"] = (from_box(MAP, left, (-1, 11), name="Region A"),)
    page.run()
    page.button(key="region_map_0_Region A_hide").click().run()
    assert component(page, "plane")["lines"] == []
    page.text_input(key="region_map_0_Region A_name").set_value("Left").run()
    assert component(page, "plane")["lines"] == []  # still hidden under a new name
    page.button(key="undo_region").click().run()
    assert component(page, "plane")["lines"] == []
    page.session_state["drawn"] = (from_box(MAP, right, (-1, 11), name="Region A"),)
    page.run()
    assert len(component(page, "plane")["lines"]) == 1


def test_a_region_of_another_plane_is_not_hidden_by_its_name(monkeypatch):
    other = Plane("strip", ("bar_strong",))
    regions = [from_box(on, (0.1, 0.3), (0.1, 0.3)) for on in (MAP, other)]
    state = {"drawn": tuple(regions)}
    monkeypatch.setattr(region_drawing.st, "session_state", state)
    region_drawing._turn_hidden(regions[0])
    assert region_drawing.layers(MAP) == ((), ())
    assert len(region_drawing.layers(other)[0]) == 1
    region_drawing._take(regions[0])  # drawn once more, it is to be seen
    assert len(region_drawing.layers(MAP)[0]) == 1


def test_parts_go_no_deeper_than_they_can_be_shown(monkeypatch):
    state = {"part": ()}
    monkeypatch.setattr(map_zoom.st, "session_state", state)
    for step in range(9):
        map_zoom.refine(Window(step, 10, step, 10))
    assert len(state["part"]) == 6 and state["part"][-1].left == 8
