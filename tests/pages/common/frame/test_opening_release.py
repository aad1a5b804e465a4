"""The release that the dashboard opens with, and the menu that describes each."""

import json
import shutil
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


def load_another(home: Path, release_id: str) -> None:
    """Load a copy of a release, as another process does while sessions are open."""
    folder = home / "releases" / release_id
    shutil.copytree(home / "releases" / "small-demo", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    text = json.dumps(manifest | {"release_id": release_id})
    (folder / "manifest.json").write_text(text)
    with database.cursor(home) as con:
        sync.sync(con, home / "releases")


def test_a_session_keeps_its_release_once_a_newer_one_is_loaded(home):
    page = opened(fresh(), PATH)
    load_another(home, "newer")
    assert shown(page.run()) == "small-demo"
    assert not page.exception
    assert toasts(page) == [
        "newer was loaded, and new visits open with it. You still see small-demo."
    ]
    assert shown(page.run()) == "small-demo"
    assert shown(opened(fresh(), PATH)) == "newer"
    page.switch_page("../../explore/explore.py").run()
    assert shown(page) == "small-demo"
    page.selectbox(key="release_menu").select_index(0).run()
    assert shown(page) == "newer"


def test_the_menu_describes_every_release_and_writes_its_name(home):
    page = opened(fresh(), PATH)
    menu = page.selectbox(key="release_menu")
    assert [" ".join(option.split()) for option in menu.options] == [
        "small-demo · Demonstration · Small demonstration · bmz · 300 galaxies",
        "fractions-only · Simulated · Vote fractions only · decals · 120 galaxies",
    ]
    # All that the closed menu has room for.
    assert menu.options[0][:60].rstrip() == "small-demo · Demonstration"
    menu.select(menu.options[1]).run()
    assert not page.exception
    assert shown(page) == "fractions-only"
    assert page.query_params["release"] == "fractions-only"
    chip = page.main.markdown[0].help
    whole = "fractions-only · Vote fractions only · decals · 120 galaxies · Simulated"
    assert chip.startswith(whole) and "Simulated galaxies" in chip
    assert "No posterior." in said(page)
