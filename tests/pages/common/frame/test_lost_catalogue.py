"""A catalogue that is deleted or damaged is rebuilt from the page; subsets stay."""

import shutil

import pytest

from morph.catalogue import connection, release_table
from morph.errors import CatalogueHeld
from morph.home import catalogue_path, workspace_path
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database
from tests.pages.opening import button, counted, opened, toasts

REBUILD = "Rebuild the catalogue from the releases"


@pytest.fixture
def home(empty_home, written_home):
    """Two loaded releases, and a subset of one of them."""
    shutil.copytree(written_home / "releases", empty_home / "releases")
    database.load_new_releases(empty_home)
    with database.cursor(empty_home) as con:
        release = release_table.release(con, "small-demo")
        saved.save_selection(con, release, Selection(), name="Everybody")
    return empty_home


def rebuilt(home, dashboard):
    """The page after the button is pressed and the background task has loaded."""
    button(dashboard, REBUILD).click().run()
    assert dashboard.title[0].value == "Loading the releases"
    assert not dashboard.exception and not dashboard.error and not toasts(dashboard)
    database.load_new_releases(home)
    return opened(dashboard, "explore/explore.py")


def assert_all_is_back(home, page):
    assert counted(page).startswith("**300")
    assert not page.exception and not page.error
    with database.cursor(home) as con:
        loaded = {release.release_id for release in release_table.releases(con)}
        assert loaded == {"small-demo", "fractions-only"}
        (subset,) = saved.subsets(con)
        assert len(saved.members(con, subset.subset_id)) == subset.galaxies == 300


def test_deleted_while_the_dashboard_runs(home, dashboard):
    catalogue_path(home).unlink()
    page = opened(dashboard, "explore/explore.py")
    assert "was deleted" in page.error[0].value
    assert counted(page).startswith("**300")  # it is still open
    assert_all_is_back(home, rebuilt(home, page))
    assert catalogue_path(home).exists()


@pytest.mark.parametrize("content", [b"no database" * 1000, b"", b"\0" * 20_000])
def test_damaged_while_the_dashboard_is_closed(home, dashboard, content):
    database.close(home)
    subsets = workspace_path(home).read_bytes()
    catalogue_path(home).write_bytes(content)
    page = opened(dashboard, "explore/explore.py")
    assert "cannot be opened as a catalogue" in page.error[0].value
    assert workspace_path(home).read_bytes() == subsets
    assert_all_is_back(home, rebuilt(home, page))


def test_a_new_catalogue_shows_which_release_is_being_loaded(home, dashboard):
    database.rebuild(home)
    database.health.loading = ("small-demo", 2, 2)
    page = opened(dashboard, "explore/explore.py")
    database.health.loading = None
    (progress,) = page.get("progress")
    assert progress.proto.text == "Loading small-demo, release 2 of 2"
    assert progress.proto.value == 50


def test_a_fatal_error_is_over_with_the_next_cursor(home, monkeypatch):
    """DuckDB then answers no query of any cursor of that connection."""
    monkeypatch.setattr(connection, "is_usable", lambda con: False)
    with database.cursor(home) as con:
        assert len(release_table.releases(con)) == 2


def test_a_catalogue_that_another_process_has_open_is_not_deleted(home, monkeypatch):
    def held(path):
        raise CatalogueHeld(f"{path} is in use by process 1")

    database.close(home)
    monkeypatch.setattr(connection, "look", held)
    with pytest.raises(CatalogueHeld):
        database.rebuild(home)
    assert catalogue_path(home).exists()
