"""The benchmark of Galaxy Zoo DESI, small: its tables, its counts, its memory."""

import json
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.published.external_table import join_rows
from data.tables.read import read_published
from morph.release.folder import Manifest, write_release
from morph.tables import open_table
from morph.trees.decision_tree import GZD5
from tests.benchmarks import child_memory, desi, desi_pages, desi_table
from tests.benchmarks.child_memory import Ran

ROWS = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The three tables of the same galaxies."""
    made = tmp_path_factory.mktemp("desi")
    desi_table.write_friendly(made / "friendly.parquet", ROWS)
    desi_table.write_advanced(made / "advanced.parquet", ROWS)
    desi_table.write_external(made / "external.parquet", ROWS)
    return made


def read(path):
    with open_table(path) as table:
        return read_published(table, GZD5)


@pytest.mark.parametrize("name", ["friendly", "advanced"])
def test_the_tables_are_recognised_with_their_external_one(folder, name, tmp_path):
    joined = tmp_path / "joined.parquet"
    paths = (folder / f"{one}.parquet" for one in (name, "external"))
    told = join_rows(*paths, joined, lambda *_: None)
    assert told.endswith("dr8_id agree")
    reading = read(joined)
    assert reading.title == f"Galaxy Zoo DESI, {name} catalogue"
    assert len(reading.galaxies) == len(reading.posteriors) == ROWS
    assert {"mag_r", "redshift", "source_id"} <= set(reading.galaxies)
    empty = reading.posteriors["bar_strong_fraction"].isna()
    assert empty.any() == (name == "friendly")


def test_galaxies_are_in_the_order_of_bricks_whatever_their_number(tmp_path):
    few = pd.read_parquet(desi_table.write_external(tmp_path / "a.parquet", 3))
    assert few["dr8_id"].is_unique
    bricks = few["dr8_id"].str.partition("_")[0].astype(int)
    assert bricks.is_monotonic_increasing


def test_counts_by_brute_force(folder, tmp_path):
    reading = read(folder / "friendly.parquet")
    manifest = Manifest(
        "a", "simulated", "desi", "", "", "", posterior=reading.posterior
    )
    write_release(tmp_path, manifest, reading.galaxies, reading.posteriors)
    share = reading.posteriors.set_index("iauname")
    featured = share["smooth-or-featured_featured-or-disk_fraction"]
    rest = ("smooth", "artifact")
    others = share[[f"smooth-or-featured_{one}_fraction" for one in rest]]
    face_on = share["disk-edge-on_no_fraction"] > share["disk-edge-on_yes_fraction"]
    barred = share["bar_strong_fraction"] >= 0.2
    expected = (featured > others.max(axis=1)) & face_on & barred
    brute = desi_pages.Brute(tmp_path)
    assert brute.count(0.2) == expected.sum() > 0
    assert brute.by_duckdb(0.2)[0] == expected.sum()


def test_a_goal_is_missed_by_time_or_on_a_busy_machine_by_cpu_time_too():
    def missed(seconds, cpu, busy):
        timed = desi_pages.Timed([seconds], [cpu], [busy], [1.0])
        return desi_pages._row("a page", timed, 400)["missed"]

    assert missed(0.3, 0.9, 1.0) == missed(0.3, 0.9, 5.0) == ""
    assert missed(0.5, 0.1, 1.0) == "median 500 ms, at most 400"
    assert missed(0.5, 0.1, 3.0) == ""
    assert missed(0.5, 0.45, 3.0) == "median 500 ms, at most 400"


def test_the_memory_and_the_lines_of_a_command():
    code = "import time; a = b'1' * 300_000_000; print('50%'); time.sleep(0.5)"
    ran = child_memory.run([sys.executable, "-c", code])
    assert ran.status == 0
    assert ran.lines == ("50%",)
    assert 0.27 < ran.peak_gib < 0.6
    failed = child_memory.run([sys.executable, "-c", "raise SystemExit(3)"])
    assert "exit status 3" in desi._row("nothing", failed)["missed"]
    assert "at most 0" in desi._row("little", ran, goal=0.1)["missed"]
    silent = replace(failed, seconds=60.0)
    assert "no progress" in desi._row("silent", silent, told=True)["missed"]
    assert "no progress" not in desi._row("short", failed, told=True)["missed"]


def test_the_load_has_goals_for_memory_and_for_processor_time():
    def row(cpu, gib):
        return desi._load_row(Ran(0, 1.0, cpu, gib, ()), Ran(0, 1.0, 4.0, 0.5, ()))

    assert row(10.0, 3.0)["missed"] == ""
    assert row(10.0, 3.0)["ratio"] == 2.5
    assert row(11.0, 3.5)["missed"] == (
        "3.5 GiB, at most 3; 2.8 times DuckDB's CPU time, at most 2.5"
    )


@pytest.mark.slow
def test_the_whole_benchmark(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(desi_pages, "VIEWS", desi_pages.VIEWS[:1])
    command = ["desi", "--rows", str(ROWS), "--repeats", "2", "--json"]
    monkeypatch.setattr("sys.argv", [*command, "--keep", str(tmp_path)])
    desi.main()
    rows = {row["what"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["python -m data load"]["peak GiB"] > 0
    assert "are selected" not in str(rows)
    assert np.isfinite(rows["slider -> count"]["median ms"])
