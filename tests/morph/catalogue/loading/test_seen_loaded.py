"""A release that was unloaded is never counted from what is kept of it."""

import pytest

from data.synthetic.release import synthetic_release
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.release_table import release, require_loaded
from morph.errors import MorphError
from morph.selection.funnel import count
from morph.selection.selection import Selection

BARRED = Selection({"bar_strong": (0.2, 1.0)})


class Recording:
    """A connection that notes its statements, and does something after each."""

    def __init__(self, con, then=lambda: None):
        self.con, self.then, self.statements = con, then, []

    def execute(self, sql, parameters=()):
        self.statements.append(sql)
        try:
            return self.con.execute(sql, parameters)
        finally:
            self.then()

    def sql(self, sql):
        self.statements.append(sql)
        return self.con.sql(sql)


@pytest.fixture
def one(con, home):
    return load_release(con, home / "releases" / "one")


def test_what_a_connection_has_seen_is_not_asked_again(con, one):
    recording = Recording(con.cursor())
    found = [count(recording, one, BARRED) for _ in range(3)]
    assert len(set(found)) == 1
    assert [sql for sql in recording.statements if "LIMIT 0" in sql] == [
        f"SELECT 1 FROM {one.table} LIMIT 0"
    ]
    listing = Recording(con.cursor())
    release(listing, "one")
    require_loaded(listing, one)
    assert len(listing.statements) == 1  # the list of releases has it


def test_every_connection_notices_that_a_release_is_gone(con, one):
    cursors = [con, con.cursor(), con.cursor()]
    for cursor in cursors:
        count(cursor, one, BARRED)
    unload_release(con.cursor(), "one")
    for cursor in [*cursors, con.cursor()]:
        with pytest.raises(MorphError, match="one was unloaded; choose"):
            count(cursor, one, BARRED)


def test_the_release_that_takes_its_place_is_another_one(con, one, home):
    count(con, one, BARRED)
    synthetic_release(home / "other", galaxies=30, seed=5, release_id="one")
    other = load_release(con, home / "other", replace=True)
    assert count(con, other, Selection()) == 30
    with pytest.raises(MorphError, match="was unloaded"):
        count(con, one, BARRED)


def test_what_ends_while_duckdb_is_asked_is_not_missed(con, one):
    """A release is unloaded after DuckDB has found it, before that is noted."""
    ends = iter([lambda: unload_release(con.cursor(), "one")])
    recording = Recording(con.cursor(), then=lambda: next(ends, int)())
    require_loaded(recording, one)
    with pytest.raises(MorphError, match="was unloaded"):
        require_loaded(recording, one)


def test_a_load_that_fails_leaves_nothing_seen(con, one, home, monkeypatch):
    count(con, one, BARRED)
    monkeypatch.setattr("morph.catalogue.loading._insert", lambda *_: 1 / 0)
    synthetic_release(home / "other", galaxies=30, seed=5, release_id="other")
    with pytest.raises(ZeroDivisionError):
        load_release(con, home / "other")
    recording = Recording(con)
    require_loaded(recording, one)
    assert len(recording.statements) == 1


def test_one_catalogue_says_nothing_about_another(con, one, tmp_path):
    count(con, one, BARRED)
    path = tmp_path / "empty" / "catalogue.duckdb"
    with connect(path) as empty, pytest.raises(MorphError, match="was unloaded"):
        count(empty, one, BARRED)
