"""A home of two releases that may be removed or damaged, with a subset."""

import shutil

import pytest

from morph.catalogue import release_table
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database


@pytest.fixture
def kept_home(empty_home, written_home):
    """Two loaded releases, and a subset of one of them."""
    shutil.copytree(written_home / "releases", empty_home / "releases")
    database.load_new_releases(empty_home)
    with database.cursor(empty_home) as con:
        release = release_table.release(con, "small-demo")
        saved.save_selection(con, release, Selection(), name="Everybody")
    return empty_home
