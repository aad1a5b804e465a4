"""Exported programs are run, and give the catalogue's selection."""

import runpy
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.synthetic.release import synthetic_release
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import TAIL_THRESHOLDS
from morph.errors import MorphError
from morph.export import code_sky
from morph.export.code import LANGUAGES, code
from morph.geometry.regions import Plane, Region
from morph.posterior.measures import served
from morph.selection import coverage_maps
from morph.selection.certainty.certainty import MOST_CONDITIONS, Spread, Surest, Tail
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.selection import InSubset, Limit, Selection
from morph.sky.coverage_map import of_cells
from morph.subsets import saved
from morph.trees.decision_tree import GZD5
from tests.morph.catalogue.loading.altered import rewrite, with_value
from tests.morph.drawing import MAP, STRIPS, TRIANGLES, with_regions
from tests.morph.selection.any_selection import PLACE
from tests.morph.sky_by_hand import cones, either_side, polygons
from tests.trees import GZ2

LABELS = st.sampled_from(GZD5.labels)
FRACTIONS = st.integers(0, 20).map(lambda n: n / 20)
RANGES = st.tuples(FRACTIONS, FRACTIONS).map(lambda pair: tuple(sorted(pair)))
SQUARE = ((0.1, 0.0), (0.9, 0.1), (0.7, 0.7), (0.2, 0.6))
PLANES = {"plain": (*TRIANGLES, *STRIPS, MAP), "passes": (*TRIANGLES, *STRIPS)}
PLANES["fractions"] = TRIANGLES
BAR = next(plane for plane in TRIANGLES if plane.of[0] == "bar_strong")
FULL = Selection(
    limits={"bar_strong": (0.05, 1), "merging_none": (0.2, 1)},
    certainty=(
        Tail("bar_strong", 0.1, 0.5),
        Tail("bar_weak", 0.1, 0.05),
        Spread("bar_strong", 0.2),
        Surest("variance", "bar_strong", 90),
        Surest("concentration", "has-spiral-arms_yes", 95),
    ),
    physical={"mag_r": Limit(10, 18, keep_missing=True)},
    regions=(
        Region(BAR, SQUARE),
        Region(BAR, ((-1, -1), (2, -1), (2, 0.4), (-1, 0.4)), mode="intersect"),
        Region(BAR, ((0.3, 0.1), (0.5, 0.1), (0.4, 0.2)), mode="remove"),
    ),
)


def selections(name: str) -> st.SearchStrategy[Selection]:
    measures = list(served(passes=name == "passes"))
    certainty = st.just(())
    if name != "fractions":
        tails = st.builds(
            Tail, LABELS, st.sampled_from(TAIL_THRESHOLDS), st.floats(0.01, 0.99)
        )
        spreads = st.builds(Spread, LABELS, st.floats(0.01, 0.3))
        percentages = st.builds(
            Surest,
            st.sampled_from(measures),
            LABELS,
            st.integers(1, 100).map(float),
            st.booleans(),
        )
        several = st.lists(tails | spreads | percentages, max_size=MOST_CONDITIONS)
        certainty = several.map(tuple)
    plain = st.builds(
        Selection,
        limits=st.dictionaries(LABELS, RANGES, max_size=2),
        rule=st.sampled_from(["largest", "asked", "off"]),
        asked=st.floats(0.01, 0.99),
        certainty=certainty,
        physical=st.dictionaries(
            st.sampled_from(["ra", "dec", "mag_r", "redshift"]),
            st.builds(Limit, st.floats(-10, 0.1), st.floats(0.1, 300), st.booleans()),
            max_size=2,
        ),
        sky=st.none() | either_side(cones(**PLACE) | polygons(**PLACE)),
    )
    if name == "plain":  # the only one with votes
        number = st.sampled_from([0, 1, 20])
        plain = st.builds(lambda s, n: replace(s, least_votes=n), plain, number)
    return with_regions(plain, planes=PLANES[name])


def found_by(text: str, folder) -> set[str]:
    """The galaxies in the table that a program ends in."""
    found = listed_by(text, folder)
    assert len(set(found)) == len(found)
    return set(found)


def listed_by(text: str, folder) -> list[str]:
    """The galaxies in the table that a program ends in, in its order."""
    with (
        tempfile.TemporaryDirectory() as elsewhere,  # the folder is other tests' too
        pytest.MonkeyPatch.context() as patch,
    ):
        path = Path(elsewhere) / "program.py"
        path.write_text(text, encoding="utf-8")
        patch.chdir(folder)
        ran = runpy.run_path(str(path))
    found = ran["selected"]["iauname"]
    if isinstance(found, duckdb.DuckDBPyRelation):
        found = [name for (name,) in found.fetchall()]
    ran["con"].close()
    return [*found]


def held(con, release, selection) -> set[str]:
    return set(page(con, release, selection, limit=10_000)["iauname"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["plain", "passes", "fractions"])
def test_a_program_finds_the_same_galaxies(
    name, language, request, shared_con, releases_folder
):
    release = request.getfixturevalue(name)

    @settings(
        max_examples=12,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(selections(name))
    @example(replace(FULL, certainty=()))
    @example(Selection())
    def finds_the_same(selection):
        text = code(release, selection, language)
        expected = held(shared_con, release, selection)
        assert found_by(text, releases_folder) == expected

    finds_the_same()


ORDERS = [
    Order("iauname"),
    Order("random", seed=7),
    Order("highest", "bar_strong"),
    Order("lowest", "has-spiral-arms_yes"),
    Order("lowest_redshift"),  # which some galaxies lack
    Order("highest_redshift"),
    Order("least_sure_variance", "bar_strong"),
    Order("surest_variance", "merging_none"),
    Order("highest_tail", "bar_weak", threshold=0.3),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda one: one.kind)
@pytest.mark.parametrize("name", ["plain", "passes"])
def test_a_program_lists_the_galaxies_in_the_order_of_the_page(
    name, order, request, shared_con, releases_folder
):
    release = request.getfixturevalue(name)
    selection = Selection({"smooth-or-featured_featured-or-disk": (0.2, 1)}, "off")
    shown = page(shared_con, release, selection, order=order, limit=10_000)
    text = code(release, selection, "duckdb", order)
    assert order.words(release) in text
    found = listed_by(text, releases_folder)
    assert len(found) > 50
    assert found == shown["iauname"].tolist()


@pytest.fixture(scope="module")
def galaxy_zoo_2(tmp_path_factory):
    """A release of a tree in which several questions lead to one, and its catalogue."""
    folder = tmp_path_factory.mktemp("gz2")
    synthetic_release(folder / "gz2", galaxies=600, release_id="gz2", tree=GZ2)
    with connect(folder / "catalogue.duckdb") as con:
        yield con, load_release(con, folder / "gz2"), folder


@pytest.mark.parametrize("rule", ["largest", "asked", "off"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program_of_galaxy_zoo_2(language, rule, galaxy_zoo_2):
    """Against the galaxies that reach the question in one of its three ways."""
    con, release, folder = galaxy_zoo_2
    ring, odd = "t08-odd-feature_a19-ring", "t06-odd_a14-yes"
    selection = Selection({ring: (0.2, 1)}, rule, asked=0.1, tree=GZ2)
    rows = con.sql(f"SELECT * FROM {release.table}").df().set_index("iauname")
    largest = rows["t01-smooth-or-features_answer"].isin([0, 1])
    largest &= rows["t06-odd_answer"] == 0
    disk = rows["t01-smooth-or-features_a02-features-or-disk_probability"]
    smooth = rows["t01-smooth-or-features_a01-smooth_probability"]
    asked = (smooth + disk) * rows[f"{odd}_probability"] >= 0.1
    kept = (rows[f"{ring}_probability"] >= 0.2) & {
        "largest": largest,
        "asked": asked,
        "off": True,
    }[rule]
    assert 20 < kept.sum() < 600
    assert held(con, release, selection) == set(rows.index[kept])
    text = code(release, selection, language)
    assert found_by(text, folder) == set(rows.index[kept])


@pytest.mark.parametrize("outside", [False, True])
def test_a_program_with_a_coverage_map(plain, shared_con, releases_folder, outside):
    cells = shared_con.sql(f"SELECT _healpix_29 FROM {plain.table}").fetchnumpy()
    ranges = of_cells(cells["_healpix_29"][::50], 7)
    region = coverage_maps.keep(shared_con, ranges, "some")
    region = replace(region, outside=outside)
    selection = Selection({"bar_strong": (0.1, 1)}, "off", sky=region)
    path = releases_folder / "plain" / f"{code_sky.file_of(region)}.parquet"
    path.write_bytes(code_sky.map_parquet(shared_con, region))
    program = code(plain, selection, "duckdb")
    assert f"and put {path.name} there too" in program
    try:
        found = found_by(program, releases_folder)
    finally:
        path.unlink()
    assert found == held(shared_con, plain, selection)
    assert len(found) > 20


@pytest.mark.parametrize("keep_missing", [True, False])
def test_a_program_takes_an_impossible_measurement_as_missing(tmp_path, keep_missing):
    folder = tmp_path / "odd"
    synthetic_release(folder, galaxies=60, release_id="odd")
    rewrite(folder, "galaxies", with_value("mag_r", 99.0))
    with connect(tmp_path / "catalogue.duckdb") as con:
        release = load_release(con, folder)
        for high in (18, 200):
            limits = {"mag_r": Limit(10, high, keep_missing)}
            selection = Selection(physical=limits)
            text = code(release, selection, "pandas")
            assert found_by(text, tmp_path) == held(con, release, selection)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program_runs_by_itself(
    language, shared_con, plain, releases_folder, tmp_path
):
    shutil.copytree(releases_folder / "plain", tmp_path / "plain")
    (tmp_path / "program.py").write_text(code(plain, FULL, language))
    done = subprocess.run(
        [sys.executable, "-I", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = len(held(shared_con, plain, FULL))
    assert expected > 10
    assert done.stdout == f"{expected}\n"


@pytest.mark.parametrize(
    ("name", "by"),
    [
        *(("plain", by) for by in served(passes=False)),
        *(("passes", by) for by in served(passes=True)),
    ],
)
@pytest.mark.parametrize("rule", ["largest", "asked"])
def test_the_table_has_the_values_of_the_catalogue(
    name, by, rule, request, shared_con, releases_folder
):
    release = request.getfixturevalue(name)
    selection = Selection(
        limits={"bar_strong": (0.05, 1), "merging_none": (0.2, 1)},
        rule=rule,
        asked=0.1,
        certainty=(Surest(by, "bar_strong", 90.0),),
        physical={"redshift": Limit(0, 1, keep_missing=True)},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(releases_folder)
        program: dict = {}
        exec(code(release, selection, "pandas"), program)  # noqa: S102
    program["con"].close()
    table = program["selected"]
    expected = shared_con.execute(
        f"SELECT {', '.join(map(_quoted, table.columns))} FROM {release.table} "
        "WHERE list_contains($names, iauname) ORDER BY iauname",
        {"names": list(table["iauname"])},
    ).df()
    assert len(table) > 10
    assert {"ra", "dec", "redshift", "bar_strong_probability"} < set(table.columns)
    pd.testing.assert_frame_equal(table, expected, check_dtype=False, rtol=1e-6)


def _quoted(name: str) -> str:
    return f'"{name}"'


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_subset_is_read_from_a_file_of_its_own(
    language, shared_con, plain, releases_folder, tmp_path
):
    every = sorted(held(shared_con, plain, Selection()))
    kept = [
        saved.save_names(
            shared_con,
            plain,
            every[::step],
            kind="pins",
            name=f"rebuilt {language} {step}",
        )
        for step in (2, 3)
    ]
    shutil.copytree(releases_folder / "plain", tmp_path / "plain")
    for found in kept:
        names = saved.members(shared_con, found.subset_id)
        path = tmp_path / "plain" / f"subset_{found.subset_id}.parquet"
        pd.DataFrame({"iauname": names}).to_parquet(path)
    selection = Selection(
        limits={"smooth-or-featured_smooth": (0.5, 1)},
        subsets=(
            InSubset(kept[0].subset_id),
            InSubset(kept[1].subset_id, included=False),
        ),
    )
    text = code(plain, selection, language)
    assert f"subset_{kept[0].subset_id}.parquet" in text
    expected = held(shared_con, plain, selection)
    assert found_by(text, tmp_path) == expected
    assert len(expected) > 100


HOSTILE = '"""\nraise SystemExit("run")\n"""; {x} \\'


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_that_people_chose_cannot_become_code(
    language, shared_con, plain, releases_folder
):
    name = HOSTILE.replace("\n", " ")
    selection = Selection(
        regions=(Region(TRIANGLES[0], SQUARE, name=name),),
        limits={"bar_strong": (0.1, 1)},
    )
    text = code(plain, selection, language)
    assert found_by(text, releases_folder) == held(shared_con, plain, selection)
    compile(text, "program", "exec")
    inside = Selection(subsets=(InSubset("k7f3a", name=HOSTILE),))
    text = code(plain, inside, language)
    compile(text, "program", "exec")
    docstring = text.split('"""')[1]
    assert "SystemExit" in docstring  # said, in words
    assert "SystemExit" not in text.replace(docstring, "")


def test_a_program_is_refused_where_a_release_cannot_serve_it(fractions, passes, plain):
    with pytest.raises(MorphError, match="fractions without posteriors"):
        code(fractions, Selection(certainty=(Tail("bar_strong"),)), "pandas")
    with pytest.raises(MorphError, match="drawn on the map of plain, which release"):
        code(passes, Selection(regions=(Region(MAP, SQUARE),)), "duckdb")
    with pytest.raises(MorphError, match="expected one of: duckdb, pandas, astropy"):
        code(plain, Selection(), "fortran")
    assert Plane("map", ("plain",)) == MAP
