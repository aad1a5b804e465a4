"""A step of the funnel opens what it removed, with the curve of its cut."""

import numpy as np
import pytest

from morph.catalogue import release_table
from morph.selection.funnel import lost
from morph.selection.selection import Selection
from pages.common.server import database
from tests.pages.opening import (
    component,
    components,
    counted,
    opened,
    opened_table,
    said,
)

PATH = "explore/explore.py"
BARRED = Selection(limits={"bar_strong": (0.4, 1)})
QUERY = {"bar_strong": ["0.4", "1"], "step": "bar_strong"}


def gallery_of_lost(page) -> list[dict]:
    galleries = components(page, "gallery")
    found = [g for g in galleries if "removed by" in g["label"]]
    return found[0]["tiles"] if found else []


def removed_by(root, place: int) -> set[str]:
    with database.cursor(root) as con:
        release = release_table.release(con, "small-demo")
        return set(lost(con, release, BARRED, place, limit=1000)["iauname"])


def test_a_link_opens_the_step_with_what_it_removed(morph_home, dashboard):
    page = opened(dashboard, PATH, QUERY)
    funnel = component(page, "funnel")
    assert [step["title"] for step in funnel["steps"]][-1] == "Strong bar"
    assert funnel["chosen"] == len(funnel["steps"]) - 1
    removed = removed_by(morph_home, funnel["chosen"])
    assert funnel["steps"][-1]["removed"] == len(removed)
    shown = {tile["iauname"] for tile in gallery_of_lost(page)}
    assert len(shown) == min(24, len(removed))
    assert shown <= removed
    assert f"This step removes {len(removed)} of" in said(page)
    page.button(key="unstep").click().run()
    assert component(page, "funnel")["chosen"] is None
    assert not gallery_of_lost(page)


def test_shuffling_shows_others_and_near_misses_come_nearest_first(
    morph_home, dashboard
):
    page = opened(dashboard, PATH, QUERY)
    first = gallery_of_lost(page)
    page.button(key="lost_more").click().run()
    assert gallery_of_lost(page) != first
    page.segmented_control(key="lost_way").set_value("Closest to the cut").run()
    shares = [tile["caption"]["probability"] for tile in gallery_of_lost(page)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] < 0.4


def test_setting_the_cut_moves_the_slider(morph_home, dashboard):
    page = opened(dashboard, PATH, QUERY)
    number = page.number_input(key="cut_bar_strong_low_0.4")
    table = page.dataframe[0].value.set_index("Cut")
    number.set_value(0.6).run()
    assert page.slider(key="bar_strong").value == (0.6, 1.0)
    left = table["Remaining after this step"].loc[0.6]
    assert counted(page) == f"**{left}** of 300 galaxies"


@pytest.mark.parametrize("step", ["rule_0", "certain_0", "sure"])
def test_steps_without_a_number_say_so(morph_home, dashboard, step):
    query = {**QUERY, "step": step, "sure": "Variance", "sure_answer": "Strong bar"}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert gallery_of_lost(page)
    assert not page.get("plotly_chart")
    assert "No threshold" in said(page) or "keeps a fraction of the remaining" in said(
        page
    )


def test_the_rule_by_asking_has_a_cut(morph_home, dashboard):
    query = {**QUERY, "step": "rule_0", "rule": "Reached"}
    page = opened(dashboard, PATH, query)
    page.number_input(key="cut_rule_low_0.5").set_value(0.7).run()
    assert page.slider(key="asked").value == 0.7


@pytest.mark.parametrize("step", ["nonsense", "rule_9", "bar_weak", "'; --"])
def test_a_step_that_is_not_there_opens_nothing(morph_home, dashboard, step):
    page = opened(dashboard, PATH, {**QUERY, "step": step})
    assert not page.exception
    assert component(page, "funnel")["chosen"] is None


def test_a_step_that_empties_the_selection_shows_what_it_removed(morph_home, dashboard):
    query = {"bar_strong": ["0.99", "1"], "step": "bar_strong"}
    page = opened(dashboard, PATH, query)
    assert counted(page).startswith("**0** of")
    assert gallery_of_lost(page)
    assert page.button(key="relax")


def test_the_curve_is_a_table_too(morph_home, dashboard):
    page = opened(dashboard, PATH, QUERY)
    table = opened_table(page, "curve_table")
    assert table.columns[-1] == "Remaining galaxies"
    now = table[np.isclose(table["Strong bar, at least"], 0.4)]
    assert counted(page).startswith(f"**{now['Remaining galaxies'].iloc[0]:,.0f}**")
