"""A selection that leaves no galaxy: every page names the filter and a way out."""

import pytest

from tests.pages.opening import components, counted, opened

EMPTY = {"bar_strong": ["0.98", "1"], "bar_weak": ["0.02", "0.9"]}
PAGES = (
    "overview/overview",
    "explore/explore",
    "contrast/contrast",
    "simplex/simplex",
    "map/map",
    "similar/similar",
    "galaxy/galaxy",
    "designer/designer",
    "populations/populations",
    "download/download",
    "compare/compare",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_offers_a_selection_that_leaves_galaxies(
    morph_home, dashboard, path
):
    page = opened(dashboard, f"{path}.py", EMPTY)
    assert not page.exception and counted(page).startswith("**0**")
    offer = page.button(key="relax")
    assert "No galaxies are left after" in "".join(m.value for m in page.markdown)
    promised = offer.label.rpartition(": ")[2].partition(" ")[0]
    offer.click().run()
    assert not page.exception
    assert counted(page).startswith(f"**{promised}**") and promised != "0"


def test_nobody_is_asked_to_press_on_pictures_that_are_not_there(morph_home, dashboard):
    page = opened(dashboard, "similar/similar.py", EMPTY)
    assert not any("on one of these" in m.value for m in page.markdown)
    assert not components(page, "gallery")
    page.button(key="relax").click().run()
    assert any("on one of these" in m.value for m in page.markdown)
    assert components(page, "gallery")
