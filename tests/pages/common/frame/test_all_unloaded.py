"""What is shown once the last release was removed, and while it is being removed."""

import shutil

import pytest

from morph.catalogue import connection, release_table, sync
from morph.release.publish import withdraw
from pages.common.server import database
from tests.pages.opening import opened, toasts

PAGES = (
    "overview/overview.py",
    "galaxy/galaxy.py",
    "map/map.py",
    "subsets/subsets.py",
    "compare/compare.py",
)


def remove(root, *names: str) -> None:
    for name in names:
        withdraw(root, name)
    database.load_new_releases(root)


def told(page) -> str:
    texts = [*page.title, *page.markdown, *page.caption, *page.code, *page.warning]
    return "\n".join(text.value for text in texts)


@pytest.mark.parametrize("path", PAGES)
def test_without_any_release_pages_say_so_and_what_is_kept(kept_home, dashboard, path):
    remove(kept_home, "small-demo", "fractions-only")
    page = opened(dashboard, path)
    assert not page.exception and not page.error
    text = told(page)
    assert "No release is loaded" in text and "Your subset is kept" in text
    (folder,) = (kept_home / "releases" / ".removed").glob("small-demo-*")
    assert f"data load {folder}" in text


def test_subsets_are_listed_without_their_galaxies(kept_home, dashboard):
    remove(kept_home, "small-demo", "fractions-only")
    page = opened(dashboard, "subsets/subsets.py")
    table = page.dataframe[0].value
    assert list(table["Subset"]) == ["Everybody"] and list(table["Galaxies"]) == [300]


@pytest.mark.parametrize("path", ["runs/runs.py", "methods/methods.py"])
def test_pages_about_no_galaxy_open_without_any_release(kept_home, dashboard, path):
    remove(kept_home, "small-demo", "fractions-only")
    page = opened(dashboard, path)
    assert not page.exception and not page.error
    assert "No release is loaded" not in page.title[0].value


def test_what_was_removed_comes_back_by_the_command_shown(kept_home, dashboard):
    remove(kept_home, "small-demo", "fractions-only")
    page = opened(dashboard, "overview/overview.py")
    (command,) = [c.value for c in page.code if "/small-demo-" in c.value]
    shutil.copytree(command.split()[-1], kept_home / "releases" / "small-demo")
    database.load_new_releases(kept_home)
    page.run()
    assert page.title[0].value.startswith("300 galaxies")
    assert "Your subset" not in told(page)


def test_an_open_page_moves_on_from_a_release_that_is_removed(kept_home, dashboard):
    page = opened(dashboard, "galaxy/galaxy.py")
    assert page.selectbox(key="release").value == "small-demo"
    remove(kept_home, "small-demo")
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


def test_a_release_is_loaded_as_long_as_its_very_content_is(kept_home):
    with database.cursor(kept_home) as con:
        before = release_table.release(con, "small-demo")
        assert release_table.is_loaded(con, before) and connection.has_been_filled(con)
    aside = withdraw(kept_home, "small-demo")
    database.load_new_releases(kept_home)
    with database.cursor(kept_home) as con:
        assert not release_table.is_loaded(con, before)
        aside.rename(kept_home / "releases" / "small-demo")
        sync.sync(con, kept_home / "releases")
        again = release_table.release(con, "small-demo")
        assert not release_table.is_loaded(con, before) and release_table.is_loaded(
            con, again
        )


def test_an_empty_catalogue_was_never_filled(empty_home):
    with database.cursor(empty_home) as con:
        assert not connection.has_been_filled(con)
