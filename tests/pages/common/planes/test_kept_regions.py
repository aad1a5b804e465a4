"""Regions and subsets in the address: ids that the workspace keeps."""

import pytest

from morph.catalogue import release_table
from morph.geometry.regions import Plane, from_box
from morph.selection import funnel
from morph.selection.selection import Selection
from morph.subsets import saved, url_ids
from pages.common.server import database
from tests.pages.opening import chips, counted, opened, toasts

PATH = "explore/explore.py"
PLANE = Plane("simplex", ("bar_strong", "bar_weak", "bar_no"))


@pytest.fixture
def con(morph_home):
    with database.cursor(morph_home) as con:
        yield con


@pytest.fixture
def kept(con):
    release = release_table.release(con, "small-demo")
    selection = Selection(limits={"bar_strong": (0.5, 1)})
    made = saved.save_selection(con, release, selection, name="Barred")
    yield made
    saved.delete(con, made.subset_id)


def test_a_link_selects_a_subset_and_its_chip_removes_it(kept, dashboard):
    page = opened(dashboard, PATH, {"in_subset": kept.subset_id})
    assert not page.exception
    assert counted(page) == f"**{kept.galaxies:,}** of 300 galaxies"
    (chip,) = [b for b in page.button if b.key == f"chip_{kept.subset_id}"]
    assert "Barred" in chip.label
    chip.click().run()
    assert chips(page) == []
    assert counted(page) == "**300** of 300 galaxies"
    page.button(key="undo").click().run()
    assert counted(page) == f"**{kept.galaxies:,}** of 300 galaxies"


def test_without_a_subset_are_all_others(kept, dashboard):
    page = opened(dashboard, PATH, {"not_in_subset": [kept.subset_id]})
    assert counted(page) == f"**{300 - kept.galaxies:,}** of 300 galaxies"


def test_an_unknown_subset_is_named_and_nothing_is_selected(morph_home, dashboard):
    page = opened(dashboard, PATH, {"in_subset": "zzzzz"})
    assert not page.exception
    assert counted(page) == "**300** of 300 galaxies"
    assert any("zzzzz" in toast for toast in toasts(page))


def test_regions_come_back_by_their_id(con, dashboard):
    release = release_table.release(con, "small-demo")
    selection = Selection(regions=(from_box(PLANE, (0.2, 0.6), (0.1, 0.5)),))
    number = funnel.count(con, release, selection)
    assert 0 < number < 300
    kept = url_ids.keep_regions(con, selection.regions)
    page = opened(dashboard, PATH, {"regions": kept})
    assert not page.exception
    assert counted(page) == f"**{number:,}** of 300 galaxies"
    assert page.session_state["here"].selection.regions == selection.regions
    page.button(key="reset").click().run()
    assert counted(page) == "**300** of 300 galaxies"
    page.button(key="undo").click().run()
    assert counted(page) == f"**{number:,}** of 300 galaxies"


def test_what_is_drawn_becomes_the_selection_of_every_page(con, dashboard):
    query = {"triangle": "bar"}
    dashboard.default_timeout = 60
    page = opened(dashboard, "simplex/simplex.py", query)
    page.session_state["drawn"] = (from_box(PLANE, (0.2, 0.6), (0.1, 0.5)),)
    page.run()
    page.button(key="select_regions").click().run()
    assert not page.exception
    selection = Selection(regions=page.session_state["drawn"])
    number = funnel.count(con, release_table.release(con, "small-demo"), selection)
    assert counted(page) == f"**{number:,}** of 300 galaxies"
