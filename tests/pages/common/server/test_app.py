"""The app as a whole: what it loads, and how it keeps the catalogue up to date."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from morph.catalogue import release_table
from pages.common.server import database
from tests.pages.opening import component, opened

ROOT = Path(__file__).parents[4]


def test_the_dashboard_starts_without_torch():
    code = (
        "import sys, app\n"
        "print(sorted({'torch', 'training', 'data', 'umap'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_new_releases_are_loaded_and_damaged_ones_named(empty_home, written_home):
    for name in ("small-demo", "fractions-only"):
        (empty_home / "releases" / name).mkdir(parents=True)
        for file in (written_home / "releases" / name).iterdir():
            data = bytearray(file.read_bytes())
            if name == "fractions-only" and file.name == "galaxies.parquet":
                data[200] ^= 1
            (empty_home / "releases" / name / file.name).write_bytes(data)
    database.load_new_releases(empty_home)
    with database.cursor(empty_home) as con:
        assert [r.release_id for r in release_table.releases(con)] == ["small-demo"]


def test_a_damaged_release_is_named_on_the_overview(
    empty_home, written_home, dashboard
):
    test_new_releases_are_loaded_and_damaged_ones_named(empty_home, written_home)
    page = opened(dashboard, "overview/overview.py")
    assert not page.exception
    assert "galaxies.parquet" in page.warning[0].value


@pytest.mark.parametrize("release", ["small-demo", "fractions-only"])
def test_the_tree_picture_has_the_databases_numbers(morph_home, dashboard, release):
    page = opened(dashboard, "overview/overview.py", {"release": [release]})
    cards = component(page, "tree_picture")["cards"]
    with database.cursor(morph_home) as con:
        found = release_table.release(con, release)
        table: pd.DataFrame = con.table(found.table).df()
    assert page.title[0].value.startswith(f"{len(table):,} galaxies")
    for card in cards:
        asked = table[f"{card['name']}_asked"]
        assert card["note"] == f"{asked.sum():,.0f} reach it"
        for row in card["answers"]:
            expected = (asked * table[f"{row['label']}_probability"]).sum()
            assert row["text"] == f"{expected:,.0f}"
