"""The release that the dashboard opens with, and the menu that describes each."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from morph.catalogue import default_release, sync
from pages.common import toasts as passing
from pages.common.server import database
from tests.pages.conftest import SHELL, make_home
from tests.pages.opening import opened, said, toasts

PATH = "overview/overview.py"


@pytest.fixture
def home(empty_home: Path) -> Path:
    """Two releases of its own, as what is chosen stays in the home."""
    make_home(empty_home)
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    return empty_home


def fresh() -> AppTest:
    return AppTest.from_file(SHELL, default_timeout=20)


def shown(page: AppTest) -> str:
    return page.selectbox(key="release").value


def test_the_newest_release_opens_until_another_is_chosen(home):
    assert shown(opened(fresh(), PATH)) == "small-demo"
    page = opened(fresh(), PATH, {"release": "fractions-only"})
    page.button(key="open_with").click().run()
    assert not page.exception
    assert shown(page) == "fractions-only"
    assert page.button(key="open_with").disabled
    assert toasts(page) == ["morph now opens with fractions-only."]
    assert shown(opened(fresh(), PATH)) == "fractions-only"
    assert shown(opened(fresh(), "explore/explore.py")) == "fractions-only"
    linked = opened(fresh(), PATH, {"release": "small-demo"})
    assert shown(linked) == "small-demo"


def test_the_choice_survives_a_restart_and_can_be_undone(home):
    with database.cursor(home) as con:
        default_release.choose(con, "fractions-only")
    database.close(home)
    page = opened(fresh(), PATH)
    assert shown(page) == "fractions-only"
    page.button(key="undo_opening").click().run()
    assert shown(page) == "fractions-only"  # what is shown stays
    assert page.button(key="undo_opening").disabled
    assert shown(opened(fresh(), PATH)) == "small-demo"


def test_a_chosen_release_that_is_unloaded_is_named_once(home, monkeypatch):
    with database.cursor(home) as con:
        default_release.choose(con, "gone")
    page = opened(fresh(), PATH)
    assert shown(page) == "small-demo"
    notice = "The default release, gone, is not loaded"
    assert any(notice in toast for toast in toasts(page))
    assert any("because gone is not loaded" in m.value for m in page.markdown)
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 60)
    monkeypatch.setattr(passing, "time", later)  # a toast is shown again at first
    assert not any(notice in toast for toast in toasts(page.run()))


def test_the_menu_describes_every_release_and_writes_its_name(home):
    page = opened(fresh(), PATH)
    menu = page.selectbox(key="release_menu")
    assert menu.options == [
        "small-demo · Small demonstration · bmz · 300 galaxies · Demonstration",
        "fractions-only · Vote fractions only · decals · 120 galaxies · Simulated",
    ]
    menu.select(menu.options[1]).run()
    assert not page.exception
    assert shown(page) == "fractions-only"
    assert page.query_params["release"] == "fractions-only"
    chip = page.main.markdown[0].help
    assert chip.startswith(menu.options[1]) and "Simulated galaxies" in chip
    assert "No posterior." in said(page)
