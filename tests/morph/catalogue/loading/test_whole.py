"""A release is loaded completely or not at all, once, under one name."""

import math
import re
import threading
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.synthetic.release import synthetic_release
from morph.catalogue import loading, wide_table
from morph.catalogue.loading import load_release, preview, unload_release
from morph.catalogue.release_table import Range, release, releases
from morph.errors import DamagedRelease, MorphError
from morph.release.folder import finish_release, read_manifest
from morph.selection.funnel import count
from morph.selection.selection import Selection
from tests.morph.catalogue.loading.altered import (
    damage,
    rewrite,
    table,
    tables,
    with_a_row_twice,
    with_value,
    without_rows,
)


def test_loading_twice_is_loading_once(con, home):
    folder = home / "releases" / "one"
    assert preview(con, folder).state == "new"
    first = load_release(con, folder)
    again = load_release(con, folder)
    assert again.sequence == first.sequence
    assert [found.release_id for found in releases(con)] == ["one"]
    assert count(con, first, Selection()) == 60
    seen = preview(con, folder)
    assert (seen.state, seen.galaxies, seen.known) == ("loaded", 60, 60)


def test_another_release_of_the_same_name_is_refused(con, home):
    load_release(con, home / "releases" / "one")
    synthetic_release(home / "other", galaxies=30, seed=5, release_id="one")
    assert preview(con, home / "other").state == "conflict"
    with pytest.raises(MorphError, match="unload it first"):
        load_release(con, home / "other")
    unload_release(con, "one")
    assert load_release(con, home / "other").galaxies == 30


def test_names_of_tables_are_never_used_again(con, home):
    first = load_release(con, home / "releases" / "one")
    unload_release(con, "one")
    second = load_release(con, home / "releases" / "one")
    assert second.sequence > first.sequence
    with pytest.raises(MorphError, match="was unloaded; choose"):
        count(con, first, Selection())


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda folder: damage(folder, "posteriors.parquet"), "SHA-256"),
        (lambda folder: (folder / "galaxies.parquet").unlink(), "lacks"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "manifest.json").unlink(), "not a finished release"),
        (lambda folder: rewrite(folder, "posteriors", without_rows), "per galaxy"),
        (
            lambda folder: rewrite(folder, "posteriors", with_a_row_twice),
            "per galaxy",
        ),
        (
            lambda folder: rewrite(folder, "galaxies", with_a_row_twice),
            "repeated names",
        ),
        (
            lambda folder: rewrite(
                folder, "posteriors", lambda t: t.drop_columns(["bar_no_concentration"])
            ),
            "lacks the columns",
        ),
        (
            lambda folder: rewrite(
                folder,
                "posteriors",
                lambda t: t.set_column(3, t.column_names[3], pa.array(["much"] * 60)),
            ),
            "not the expected table",
        ),
        (
            lambda folder: rewrite(
                folder,
                "posteriors",
                lambda t: t.set_column(3, t.column_names[3], pa.array([-1.0] * 60)),
            ),
            "concentrations outside 0 < α",
        ),
    ],
)
def test_a_damaged_release_changes_nothing(con, home, break_it, says):
    synthetic_release(home / "releases" / "bad", galaxies=60, seed=3, release_id="bad")
    load_release(con, home / "releases" / "one")
    break_it(home / "releases" / "bad")
    with pytest.raises(DamagedRelease, match=says):
        load_release(con, home / "releases" / "bad")
    assert [found.release_id for found in releases(con)] == ["one"]
    assert tables(con) == {"r1", "loaded", "results", "set_aside", "schema_version"}


def test_damage_in_a_later_block_is_named_too(con, home, monkeypatch):
    """DuckDB draws the blocks itself; what goes wrong there keeps its own error."""
    folder = home / "releases" / "one"
    last = pa.array([2.0] * 59 + [-1.0])
    rewrite(folder, "posteriors", lambda t: t.set_column(3, t.column_names[3], last))
    monkeypatch.setattr(
        loading, "wide_blocks", partial(wide_table.wide_blocks, block=10)
    )
    with pytest.raises(DamagedRelease, match="concentrations outside 0 < α"):
        load_release(con, folder)
    assert releases(con) == []


def test_an_unknown_tree_is_named(con, home):
    folder = home / "releases" / "one"
    manifest = replace(read_manifest(folder), tree="gz9")
    finish_release(folder, manifest, manifest.files)
    with pytest.raises(MorphError, match="one: tree is 'gz9'; expected one of: gzd5"):
        load_release(con, folder)


def test_readers_never_see_half_a_release(con, home):
    """One galaxy each, or all sixty, while other threads ask."""
    loaded = load_release(con, home / "releases" / "one")
    seen, wrong, stop = set(), [], threading.Event()

    def read():
        with con.cursor() as cursor:
            while not stop.wait(0.002):
                try:
                    found = release(cursor, "one")
                    seen.add(count(cursor, found, Selection()))
                except MorphError:
                    seen.add("unloaded")
                except Exception as error:  # what the test is about
                    wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(5):
        unload_release(con, "one")
        loaded = load_release(con, home / "releases" / "one")
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert seen <= {60, "unloaded"}
    assert 60 in seen
    assert loaded.galaxies == 60


LOADER = """
import sys, time
from pathlib import Path
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
with connect(Path(sys.argv[1])) as con:
    print("connected", flush=True)
    load_release(con, Path(sys.argv[2]))
    print("loaded", flush=True)
"""


@pytest.mark.parametrize(
    ("name", "column", "value", "says"),
    [
        ("galaxies", "ra", -math.inf, "ra = -inf"),
        ("galaxies", "ra", 1e9, "expected 0 to 360"),
        ("galaxies", "dec", math.inf, "expected -90 to 90"),
        ("posteriors", "bar_no_concentration", 1e20, "α ≤ 1e"),
        ("posteriors", "bar_no_concentration", 1e308, "α ≤ 1e"),
        ("posteriors", "bar_no_concentration", math.inf, "α ≤ 1e"),
    ],
)
def test_impossible_positions_and_posteriors_are_refused(
    con, home, name, column, value, says
):
    folder = home / "releases" / "one"
    rewrite(folder, name, with_value(column, value))
    with pytest.raises(DamagedRelease, match=re.escape(says)):
        load_release(con, folder)
    assert releases(con) == []


@pytest.mark.parametrize("value", [math.inf, -math.inf, -999.0, 0.0, math.nan])
def test_impossible_measurements_are_missing(con, home, value):
    folder = home / "releases" / "one"
    for column in ("mag_r", "radius_arcsec"):
        rewrite(folder, "galaxies", with_value(column, value))
    loaded = load_release(con, folder)
    first = read_names(folder)[0]
    rows = table(con, loaded)
    assert rows.loc[first, ["mag_r", "radius_arcsec"]].isna().all()
    assert rows[["mag_r", "radius_arcsec"]].notna().sum().tolist() == [59, 59]
    known = rows["mag_r"].dropna()
    assert loaded.ranges["mag_r"] == Range(known.min(), known.max(), 1)


def read_names(folder):
    return pq.read_table(folder / "galaxies.parquet")["iauname"].to_pylist()
