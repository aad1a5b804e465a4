"""A release with two maps in the catalogue: columns, regions, files and programs."""

import runpy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection

from data.synthetic.release import synthetic_release
from morph.catalogue import connection
from morph.catalogue.column_sql import meaning, plane_columns
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.export.code import LANGUAGES, code
from morph.export.columns import column_names
from morph.geometry import regions
from morph.geometry.regions import Plane, Region, from_box
from morph.selection.conditions import describe
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection
from tests.two_maps import NAME, with_second_map

FIRST_MAP, SECOND_MAP = Plane("map", ("two",)), Plane("map", ("two", NAME))
DRAWN = (
    from_box(FIRST_MAP, (10, 30), (-20, 25), name="Region A"),
    Region(SECOND_MAP, ((-80, -90), (100, -90), (10, 10)), name="Region B"),
    from_box(SECOND_MAP, (0, 20), (-60, -40), mode="remove", name="Region C"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "releases"
    synthetic_release(
        folder / "one", galaxies=500, release_id="one", projection=True, features=4
    )
    with_second_map(folder / "two", folder / "one")
    return folder


@pytest.fixture(scope="module")
def con(folder: Path) -> Iterator[DuckDBPyConnection]:
    with connection.connect(folder.parent / "catalogue.duckdb") as con:
        yield con


@pytest.fixture(scope="module")
def two(con: DuckDBPyConnection, folder: Path) -> LoadedRelease:
    return load_release(con, folder / "two")


def inside(table: pd.DataFrame) -> np.ndarray:
    """Who is in all that is DRAWN, by hand; half planes for the sides of Region B."""
    found = table["umap_x"].between(10, 30) & table["umap_y"].between(-20, 25)
    x, y = table["second_x"], table["second_y"]
    found &= (y > -90) & (y < 10 - 10 * (x - 10).abs() / 9)
    return (found & ~(x.between(0, 20) & y.between(-60, -40))).to_numpy()


def test_both_maps_are_columns_null_where_a_galaxy_is_not_on_it(con, folder, two):
    table = con.table(two.table).df().set_index("iauname")
    for one in two.maps:
        file = "projection" if one.name == "umap" else f"projection_{NAME}"
        theirs = pd.read_parquet(folder / "two" / f"{file}.parquet").set_index(
            "iauname"
        )
        for name in one.columns:
            expected = theirs[name].reindex(table.index).astype(np.float32)
            np.testing.assert_array_equal(table[name], expected)
            assert meaning(two, name)[1].endswith("map second") == (one.name == NAME)
    assert table["second_x"].isna().sum() == 50
    everything = column_names(two, Selection(), "everything")
    assert {"umap_x", "trust", "second_x", "second_y", "second_trust"} <= {*everything}


def test_a_plane_has_its_columns(two, passes):
    assert plane_columns(two, FIRST_MAP) == ("umap_x", "umap_y")
    assert plane_columns(two, SECOND_MAP) == ("second_x", "second_y")
    strip = Plane("strip", ("bar_strong",))
    columns = plane_columns(two, strip)
    assert columns == ("bar_strong_probability", "bar_strong_variance")
    assert plane_columns(passes, strip)[1] == "bar_strong_total_variance"
    bar = Plane("simplex", ("bar_strong", "bar_weak", "bar_no"))
    assert plane_columns(two, bar)[1] == "bar_weak_probability"


@pytest.mark.parametrize(
    ("plane", "message"),
    [
        (Plane("simplex", ("a", "b", "c")), "not in the decision tree"),
        (Plane("strip", ("a; DROP TABLE r1",)), "not in the decision tree"),
        (
            Plane("map", ("two", "third")),
            "map third of two, which release .* does not have",
        ),
        (Plane("map", ("one",)), "map of one, which release .* does not have"),
    ],
)
def test_a_plane_that_the_release_has_not_is_refused(two, plane, message):
    with pytest.raises(MorphError, match=message):
        plane_columns(two, plane)


def test_regions_on_both_maps_select_together(con, two):
    selection = Selection(regions=DRAWN)
    table = con.table(two.table).df()
    expected = np.flatnonzero(inside(table))
    assert 20 < len(expected) < 300
    assert sorted(rows(con, two, selection)) == expected.tolist()
    assert describe(selection, two) == (
        "in Region A on the map; in Region B but not in Region C on the map second"
    )


def test_a_region_on_a_map_comes_back_from_json():
    assert regions.from_json(regions.to_json(DRAWN)) == DRAWN
    value = regions.to_json(DRAWN)
    value[1]["plane"]["of"] = ["two", NAME, "more"]
    with pytest.raises(MorphError, match="the plane of a region is unknown"):
        regions.from_json(value)


@pytest.mark.parametrize("drawn", [DRAWN, DRAWN[1:], DRAWN[:1]])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program_finds_as_many(con, folder, two, language, drawn, tmp_path, capsys):
    selection = Selection(regions=drawn)
    text = code(two, selection, language)
    assert (f"projection_{NAME}.second_x" in text) == (len(drawn) > 1)
    program = tmp_path / "program.py"
    program.write_text(
        text.replace("FOLDER = 'two'", f"FOLDER = {str(folder / 'two')!r}")
    )
    runpy.run_path(str(program))["con"].close()
    assert int(capsys.readouterr().out) == len(rows(con, two, selection))
