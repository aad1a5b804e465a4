"""What is shown once the last release was removed, and while it is being removed."""

import shutil

import pytest

from morph.catalogue import connection, release_table, sync
from morph.release.publish import withdraw
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database
from tests.pages.opening import opened, said, toasts

PAGES = (
    "overview/overview.py",
    "galaxy/galaxy.py",
    "map/map.py",
    "subsets/subsets.py",
    "compare/compare.py",
)


@pytest.fixture
def home(empty_home, written_home):
    """Two releases that may be removed, and a subset of one of them."""
    shutil.copytree(written_home / "releases", empty_home / "releases")
    database.load_new_releases(empty_home)
    with database.cursor(empty_home) as con:
        release = release_table.release(con, "small-demo")
        saved.save_selection(con, release, Selection(), name="Everybody")
    return empty_home


def remove(root, *names: str) -> None:
    for name in names:
        withdraw(root, name)
    database.load_new_releases(root)


def told(page) -> str:
    texts = [*page.title, *page.markdown, *page.caption, *page.code, *page.warning]
    return "\n".join(text.value for text in texts)


@pytest.mark.parametrize("path", PAGES)
def test_without_any_release_pages_say_so_and_what_is_kept(home, dashboard, path):
    remove(home, "small-demo", "fractions-only")
    page = opened(dashboard, path)
    assert not page.exception and not page.error
    text = told(page)
    assert "No release is loaded" in text and "Your subset is kept" in text
    (folder,) = (home / "releases" / ".removed").glob("small-demo-*")
    assert f"data load {folder}" in text


def test_subsets_are_listed_without_their_galaxies(home, dashboard):
    remove(home, "small-demo", "fractions-only")
    page = opened(dashboard, "subsets/subsets.py")
    table = page.dataframe[0].value
    assert list(table["Subset"]) == ["Everybody"] and list(table["Galaxies"]) == [300]


@pytest.mark.parametrize("path", ["runs/runs.py", "methods/methods.py"])
def test_pages_about_no_galaxy_open_without_any_release(home, dashboard, path):
    remove(home, "small-demo", "fractions-only")
    page = opened(dashboard, path)
    assert not page.exception and not page.error
    assert "No release is loaded" not in page.title[0].value


def test_what_was_removed_comes_back_by_the_command_shown(home, dashboard):
    remove(home, "small-demo", "fractions-only")
    page = opened(dashboard, "overview/overview.py")
    (command,) = [c.value for c in page.code if "/small-demo-" in c.value]
    shutil.copytree(command.split()[-1], home / "releases" / "small-demo")
    database.load_new_releases(home)
    page.run()
    assert page.title[0].value.startswith("300 galaxies")
    assert "Your subset" not in told(page)


def test_an_open_page_moves_on_from_a_release_that_is_removed(home, dashboard):
    page = opened(dashboard, "galaxy/galaxy.py")
    assert page.selectbox(key="release").value == "small-demo"
    remove(home, "small-demo")
    page.run()
    assert not page.exception and not page.error
    assert page.selectbox(key="release").value == "fractions-only"
    assert toasts(page) == ["small-demo was removed; fractions-only is shown instead"]


def test_a_damaged_release_is_named_where_nothing_is_loaded(
    empty_home, written_home, dashboard
):
    folder = empty_home / "releases" / "small-demo"
    shutil.copytree(written_home / "releases" / "small-demo", folder)
    cut = folder / "posteriors.parquet"
    cut.write_bytes(cut.read_bytes()[:-100])
    database.load_new_releases(empty_home)
    page = opened(dashboard, "explore/explore.py")
    assert not page.exception
    assert "posteriors.parquet" in page.warning[0].value


def test_a_release_is_loaded_as_long_as_its_very_content_is(home):
    with database.cursor(home) as con:
        before = release_table.release(con, "small-demo")
        assert release_table.is_loaded(con, before) and connection.has_been_filled(con)
    aside = withdraw(home, "small-demo")
    database.load_new_releases(home)
    with database.cursor(home) as con:
        assert not release_table.is_loaded(con, before)
        aside.rename(home / "releases" / "small-demo")
        sync.sync(con, home / "releases")
        again = release_table.release(con, "small-demo")
        assert not release_table.is_loaded(con, before) and release_table.is_loaded(
            con, again
        )


def test_an_empty_catalogue_was_never_filled(empty_home):
    with database.cursor(empty_home) as con:
        assert not connection.has_been_filled(con)


@pytest.fixture
def broken_home(empty_home):
    (empty_home / "catalogue.duckdb").write_bytes(b"no catalogue" * 1000)
    return empty_home


@pytest.mark.parametrize("path", ["overview/overview.py", "methods/methods.py"])
def test_a_broken_catalogue_is_one_sentence(broken_home, dashboard, path):
    page = opened(dashboard, path)
    assert not page.exception
    (error,) = page.error
    assert "Delete it: it is rebuilt from the releases" in error.value
    assert "opens automatically" in said(page)
    (broken_home / "catalogue.duckdb").unlink()
    page.run()
    assert not page.error and "opens automatically" not in said(page)


def test_runs_open_without_a_catalogue(broken_home, dashboard):
    page = opened(dashboard, "runs/runs.py")
    assert not page.exception and not page.error
    assert page.title[0].value == "Runs"
