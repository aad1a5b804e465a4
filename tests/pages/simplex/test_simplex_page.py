"""Simplex: who is on the triangle, who in a region of it, and what is said of both."""

import numpy as np
import pandas as pd
import pytest

import morph.catalogue.adaptation_releases
from morph.catalogue import release_table
from morph.catalogue.adaptation_releases import AdaptationReleases
from morph.geometry.regions import Plane, Region
from morph.geometry.ternary import suggested_corners
from morph.trees.decision_tree import GZD5
from pages.common.server import database
from tests.pages.opening import (
    component,
    components,
    counted,
    opened,
    opened_table,
    said,
)

PATH = "simplex/simplex.py"
BAR = Plane.of_corners(suggested_corners(GZD5)["bar"])
# Strong bar above 0.3 and weak bar above 0.1, in shares of the two.
CORNERS = ((0.3, 0.1), (1.1, 0.1), (0.3, 0.9))


def demo_table(root) -> pd.DataFrame:
    with database.cursor(root) as con:
        return con.table(release_table.release(con, "small-demo").table).df()


def led_to_bars(table: pd.DataFrame) -> pd.DataFrame:
    led = (table["smooth-or-featured_answer"] == 1) & (
        table["disk-edge-on_answer"] == 1
    )
    return table[led]


def within(table: pd.DataFrame) -> int:
    strong, weak = table["bar_strong_probability"], table["bar_weak_probability"]
    return int(((strong > 0.3) & (weak > 0.1) & (strong + weak < 1.2)).sum())


@pytest.mark.parametrize("rule", ["Most probable", "Ignore"])
def test_the_triangle_shows_whom_the_tree_leads_there(morph_home, dashboard, rule):
    page = opened(dashboard, PATH, {"rule": [rule]})
    assert not page.exception
    table = demo_table(morph_home)
    expected = len(led_to_bars(table)) if rule == "Most probable" else len(table)
    assert f"**{expected}** of 300 galaxies, {expected} drawn" in said(page)
    shown = component(page, "plane")
    assert len(shown["points"]["names"]) == expected
    assert [label["text"] for label in shown["labels"][:3]] == [
        "Strong bar",
        "Weak bar",
        "No bar",
    ]


def test_a_region_counts_as_by_hand_and_goes_into_the_selection(morph_home, dashboard):
    dashboard.session_state["drawn"] = (Region(BAR, CORNERS, name="Region A"),)
    page = opened(dashboard, PATH)
    assert not page.exception
    expected = within(led_to_bars(demo_table(morph_home)))
    assert expected > 0
    assert f"**{expected}** of 300 galaxies; " in " ".join(
        m.value for m in page.markdown
    )
    button = page.button(key="select_regions")
    assert button.label == f"Select these {expected}"
    button.click().run()
    assert counted(page) == f"**{expected}** of 300 galaxies"


@pytest.mark.parametrize("name", [q.name for q in GZD5.questions if len(q.answers) > 2])
def test_every_question_of_three_answers_or_more_has_a_triangle(
    morph_home, dashboard, name
):
    question = GZD5.question(name)
    page = opened(dashboard, PATH, {"triangle": [question.title], "rule": ["Ignore"]})
    assert not page.exception
    corners = suggested_corners(GZD5)[name]
    labels = [label["text"] for label in component(page, "plane")["labels"]]
    assert labels[:3] == list(corners.words)
    assert bool(corners.left_out) == ("Excluded:" in said(page))


def test_corners_may_be_grouped_otherwise(morph_home, dashboard):
    query = {
        "triangle": ["Bulge size"],
        "at_bulge-size_large": ["Top"],
        "at_bulge-size_none": ["None"],
        "rule": ["Ignore"],
    }
    page = opened(dashboard, PATH, query)
    labels = [label["text"] for label in component(page, "plane")["labels"]]
    assert labels[:3] == ["Dominant bulge", "Large or moderate bulge", "Small bulge"]
    assert "Excluded: No bulge" in said(page)
    page.segmented_control(key="at_bulge-size_small").set_value("None").run()
    assert "No answer at the left corner" in page.toast[0].value


def test_another_releases_contours_are_dashed_and_shifts_are_arrows(
    morph_home, dashboard
):
    query = {"rule": ["Ignore"], "beside": ["fractions-only"]}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert "contours of 120 galaxies in fractions-only" in said(page)
    assert any(line["dash"] for line in component(page, "plane")["lines"])
    page.pills(key="layers").set_value(["Contours", "Shifts"]).run()
    assert not page.exception
    assert "fractions-only" in said(page)
    assert component(page, "plane")["points"] is None


def test_nothing_drawn_leaves_the_triangle_without_points(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bar_strong": ["0.97", "1"], "rule": ["Ignore"]})
    assert not page.exception
    assert "too few for contours" in said(page)


def test_the_table_holds_every_galaxy(morph_home, dashboard):
    page = opened(dashboard, PATH, {"rule": ["Ignore"]})
    cells = opened_table(page, "triangle_table")
    assert cells["Galaxies"].sum() == 300
    strong = demo_table(morph_home)["bar_strong_probability"]
    cell = cells[np.isclose(cells["Strong bar from"], 0.9)]
    assert cell["Galaxies"].sum() == (strong >= 0.9).sum()


def test_three_panels_count_a_region_in_each(morph_home, dashboard, monkeypatch):
    with database.cursor(morph_home) as con:
        small = release_table.release(con, "small-demo")
        other = release_table.release(con, "fractions-only")
    preset = AdaptationReleases(small, other, small)
    monkeypatch.setattr(
        morph.catalogue.adaptation_releases, "adaptation", lambda releases: preset
    )
    dashboard.session_state["drawn"] = (Region(BAR, CORNERS, name="Region A"),)
    dashboard.session_state["figure_simplex_bar_adaptation"] = True  # its menu is open
    query = {"panels": ["Before and after adaptation"], "rule": ["Ignore"]}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    panels = components(page, "plane")
    assert len(panels) == 3
    assert sum(
        "lie inside the 80% contour of panel 1" in m.value for m in page.markdown
    )
    dashed = [any(line["dash"] for line in panel["lines"]) for panel in panels]
    assert dashed == [False, True, True]
    table = demo_table(morph_home)
    inside = [m.value for m in page.markdown if m.value.startswith("In the regions")]
    assert inside[0] == inside[2]
    assert f"**{within(table)}**" in inside[0]
    assert page.radio(key="figure_width_simplex_bar_adaptation").value == 180
    (figure,) = (b.proto.label for b in page.get("download_button"))
    assert figure == "Download PDF"
    assert "dashed red: contours of panel 1" in page.code[0].value


def test_the_reading_aid_names_the_corners(morph_home, dashboard):
    page = opened(dashboard, PATH, {"reading": ["true"]})
    assert "Strong bar" in page.info[0].value
    assert len(component(page, "plane")["guides"]) == 3


@pytest.mark.parametrize("wrong", ["triangle", "beside", "layers", "panels"])
def test_values_that_cannot_be_are_left_out(morph_home, dashboard, wrong):
    page = opened(dashboard, PATH, {wrong: ["<nonsense>"]})
    assert not page.exception
    assert component(page, "plane")["labels"][0]["text"] == "Strong bar"


def test_an_empty_selection_keeps_the_triangle_and_offers_a_way_out(
    morph_home, dashboard
):
    page = opened(dashboard, PATH, {"bar_strong": ["0.98", "1"]})
    assert not page.exception
    assert "##### No galaxies match all filters" in [m.value for m in page.markdown]
    assert (
        component(page, "plane")["picture"] and not component(page, "plane")["points"]
    )
    page.button(key="relax").click().run()
    assert not page.exception and not counted(page).startswith("**0**")


def test_blurred_galaxies_are_said_to_be_drawn(morph_home, dashboard):
    page = opened(dashboard, PATH, {"blur": ["true"]})
    assert "one draw from its posterior" in said(page)
