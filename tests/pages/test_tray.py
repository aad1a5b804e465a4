"""The tray: what is pinned on one page is in view on the others, and can be kept."""

import pytest

from morph import subsets
from pages.common import database
from tests.pages.opening import components, opened


@pytest.fixture
def con(morph_home):
    with database.cursor(morph_home) as con:
        yield con
        for one in subsets.subsets(con):
            subsets.delete(con, one.subset_id)


def tray(page):
    found = [c for c in components(page, "gallery") if "pinned" in c["label"]]
    return [tile["iauname"] for tile in found[0]["tiles"]] if found else None


def test_pinned_galaxies_stay_in_view_and_become_a_subset(con, dashboard):
    page = opened(dashboard, "catalogue/explore.py")
    assert tray(page) is None
    (shown,) = components(page, "gallery")
    assert [action["key"] for action in shown["actions"]] == ["s"]
    names = [tile["iauname"] for tile in shown["tiles"][:3]]
    page.session_state["pins"] = tuple(names)
    page.run()
    assert tray(page) == names
    page = opened(page, "catalogue/overview.py")
    assert not page.exception
    assert tray(page) == names
    page.text_input(key="save_pins_name").set_value("Odd ones")
    page.button(key="save_pins_save").click().run()
    assert not page.exception
    (kept,) = subsets.subsets(con)
    assert (kept.name, kept.kind) == ("Odd ones", "pins")
    assert list(subsets.members(con, kept.subset_id)) == sorted(names)
    page.button(key="clear_pins").click().run()
    assert tray(page) is None
    page.button(key="unclear_pins").click().run()
    assert tray(page) == names
