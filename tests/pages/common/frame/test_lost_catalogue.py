"""A catalogue that is deleted or damaged is rebuilt from the page; subsets stay."""

import pytest

from morph.catalogue import connection, release_table
from morph.errors import CatalogueHeld
from morph.home import catalogue_path, workspace_path
from morph.subsets import saved
from pages.common.server import database
from tests.pages.opening import button, counted, opened, said, toasts

REBUILD = "Rebuild the catalogue from the releases"


def rebuilt(kept_home, dashboard):
    """The page after the button is pressed and the background task has loaded."""
    button(dashboard, REBUILD).click().run()
    assert dashboard.title[0].value == "Loading the releases"
    assert not dashboard.exception and not dashboard.error and not toasts(dashboard)
    database.load_new_releases(kept_home)
    return opened(dashboard, "explore/explore.py")


def assert_all_is_back(kept_home, page):
    assert counted(page).startswith("**300")
    assert not page.exception and not page.error
    with database.cursor(kept_home) as con:
        loaded = {release.release_id for release in release_table.releases(con)}
        assert loaded == {"small-demo", "fractions-only"}
        (subset,) = saved.subsets(con)
        assert len(saved.members(con, subset.subset_id)) == subset.galaxies == 300


def test_deleted_while_the_dashboard_runs(kept_home, dashboard):
    catalogue_path(kept_home).unlink()
    page = opened(dashboard, "explore/explore.py")
    assert "was deleted" in page.error[0].value
    assert counted(page).startswith("**300")  # it is still open
    assert_all_is_back(kept_home, rebuilt(kept_home, page))
    assert catalogue_path(kept_home).exists()


CONTENTS = [b"no database" * 1000, b"", b"\0" * 20_000]


@pytest.mark.parametrize("content", CONTENTS)
def test_damaged_while_the_dashboard_is_closed(kept_home, dashboard, content):
    damage(kept_home, content)
    subsets = workspace_path(kept_home).read_bytes()
    page = opened(dashboard, "explore/explore.py")
    (error,) = page.error
    assert "cannot be opened as a catalogue" in error.value
    assert "can be rebuilt from the releases" in error.value
    everything = " ".join([error.value, *(one.value for one in page.caption)])
    assert everything.lower().count("subsets are in another file") == 1
    assert workspace_path(kept_home).read_bytes() == subsets
    assert_all_is_back(kept_home, rebuilt(kept_home, page))


@pytest.mark.parametrize("path", ["overview/overview.py", "methods/methods.py"])
def test_a_damaged_catalogue_that_is_deleted_by_hand_opens(kept_home, dashboard, path):
    damage(kept_home, CONTENTS[0])
    page = opened(dashboard, path)
    assert not page.exception and len(page.error) == 1
    assert "opens automatically" in said(page)
    catalogue_path(kept_home).unlink()
    page.run()
    assert not page.error and "opens automatically" not in said(page)


def test_runs_open_without_a_catalogue(kept_home, dashboard):
    damage(kept_home, CONTENTS[0])
    page = opened(dashboard, "runs/runs.py")
    assert not page.exception and not page.error
    assert page.title[0].value == "Runs"


def damage(kept_home, content):
    database.close(kept_home)
    catalogue_path(kept_home).write_bytes(content)


def test_a_new_catalogue_shows_which_release_is_being_loaded(kept_home, dashboard):
    database.rebuild(kept_home)
    database.health.loading = ("small-demo", 2, 2)
    page = opened(dashboard, "explore/explore.py")
    database.health.loading = None
    (progress,) = page.get("progress")
    assert progress.proto.text == "Loading small-demo, release 2 of 2"
    assert progress.proto.value == 50


def test_a_fatal_error_is_over_with_the_next_cursor(kept_home, monkeypatch):
    """DuckDB then answers no query of any cursor of that connection."""
    monkeypatch.setattr(connection, "is_usable", lambda con: False)
    with database.cursor(kept_home) as con:
        assert len(release_table.releases(con)) == 2


def test_a_catalogue_that_another_process_has_open_is_not_deleted(
    kept_home, monkeypatch
):
    def held(path):
        raise CatalogueHeld(f"{path} is in use by process 1")

    database.close(kept_home)
    monkeypatch.setattr(connection, "look", held)
    with pytest.raises(CatalogueHeld):
        database.rebuild(kept_home)
    assert catalogue_path(kept_home).exists()
