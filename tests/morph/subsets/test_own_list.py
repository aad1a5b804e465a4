"""Columns that a list keeps: their types, their rows, and what stays of them."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release
from morph.catalogue.own_columns import own_column, own_table
from morph.catalogue.own_columns.own_table import FIXED, used_rows
from morph.errors import MorphError
from morph.subsets import match_list, own_list, saved
from morph.subsets.own_list import typed
from morph.subsets.uploaded_list import read_upload

pytestmark = pytest.mark.usefixtures("in_this_process")


@pytest.fixture(scope="module")
def opened(releases_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    path, beside = folder / "c.duckdb", folder / "w.duckdb"
    with connection.connect(path, workspace=beside) as con:
        load_release(con, releases_folder / "passes")
        yield con


@pytest.fixture
def con(opened):
    """A workspace without the lists of other tests, except as deleted ones."""
    yield opened
    for one in saved.subsets(opened):
        saved.delete(opened, one.subset_id)


@pytest.fixture
def release(con):
    return release_table.release(con, "passes")


@pytest.fixture
def galaxies(releases_folder) -> pd.DataFrame:
    return pd.read_parquet(releases_folder / "passes" / "galaxies.parquet")


def keep(con, release, table, columns=None, *, name="mine", file="mine.csv"):
    """Upload a table as CSV, or bytes, and save it with its columns."""
    data = table if isinstance(table, bytes) else table.to_csv(index=False).encode()
    upload = read_upload(data, file)
    matched = match_list.match(con, release, upload)
    own = own_list.read_own(data, upload, columns or upload.columns)
    return own_list.save(con, release, upload, matched, own, name=name)


def values_of(con, subset):
    """The rows of a list under the names that the list gives."""
    rows = own_table.rows_of(con, subset.subset_id)
    names = [one.name for one in own_column.columns_of(con, subset.subset_id)]
    return rows.rename_columns([*FIXED, *names]).to_pandas()


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1.5", "", "-2", "nan"], "number", [1.5, None, -2.0, None]),
        (["1e3", "2D1", "--"], "number", [1000.0, 20.0, None]),
        (["1", "+2", "NA"], "whole", [1, 2, None]),
        (["1237648720693755918", "2"], "whole", [1237648720693755918, 2]),
        (["12376487206937559180000", "2"], "text", ["12376487206937559180000", "2"]),
        (["007", "12"], "text", ["007", "12"]),
        (["true", "False", ""], "truth", [True, False, None]),
        (["Sb", "none", "", "NA"], "text", ["Sb", "none", None, None]),
        (["1.5", "about 2"], "text", ["1.5", "about 2"]),
        (["", "NaN"], "text", [None, None]),
        (["-", "?"], "text", ["-", "?"]),
        (["T", "F"], "text", ["T", "F"]),
    ],
)
def test_cells_become_numbers_texts_or_truth_values(cells, kind, values):
    found, array = typed(pa.array(cells))
    assert found == kind
    assert array.to_pylist() == values


def test_names_of_columns_become_different_safe_keys():
    names = ["log M*", "LOG M", "2MASS id", "", "Ḿ⊙", 'a"; DROP TABLE x', "x" * 99]
    keys = own_column.keys([*names, "x" * 99])
    assert keys[:6] == ["log_m", "log_m_2", "c_2mass_id", "c", "c_2", "a_drop_table_x"]
    assert len(set(keys)) == len(keys)
    assert all(own_column.REF.fullmatch(f"k7f3a.{key}") for key in keys)


def test_of_several_rows_the_nearest_counts_then_the_first():
    names = np.array(["A", "A", "B", "B", "C", None, "A"], object)
    apart = np.array([0.5, 0.2, np.nan, np.nan, np.nan, 0.1, 0.2])
    assert used_rows(names, apart).tolist() == [0, 1, 1, 0, 1, 0, 0]


def test_a_list_is_kept_as_it_was_given(con, release, galaxies):
    some = galaxies.sample(40, random_state=0).reset_index(drop=True)
    given = pd.DataFrame(
        {
            "name": [*some["iauname"][:39], "nobody"],
            "log M*": [np.nan, *np.linspace(8, 12, 39)],
            "class": (["Sa", "Sb", None, "none"] * 10),
            "agn": [True, False] * 20,
            "id": np.arange(40) + 2**60,
            "row": np.arange(40)[::-1],
        }
    )
    subset = keep(con, release, given)
    kinds = [one.kind for one in own_column.columns_of(con, subset.subset_id)]
    assert kinds == ["text", "number", "text", "truth", "whole", "whole"]
    found = values_of(con, subset)
    assert found["_row"].tolist() == list(range(1, 41))
    pd.testing.assert_frame_equal(
        found[list(given)], given, check_dtype=False, check_column_type=False
    )
    assert found["_iauname"].dropna().tolist() == some["iauname"][:39].tolist()
    assert found["_state"].tolist() == [*["matched"] * 39, "unmatched"]
    assert subset.galaxies == 39
    assert subset.recipe["own_columns"] == list(given)


def test_separations_are_those_on_the_sky(con, release, galaxies):
    some = galaxies.head(5)
    offset = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    given = pd.DataFrame(
        {"name": some["iauname"], "RA": some["ra"], "Dec": some["dec"] + offset / 3600}
    )
    found = values_of(con, keep(con, release, given))
    np.testing.assert_allclose(found["_separation_arcsec"], offset, rtol=1e-5)


def test_a_column_is_described_with_its_range_and_unit(con, release, galaxies):
    from astropy.table import Table

    table = Table({"iauname": list(galaxies["iauname"][:4])})
    table["m"] = np.array([1.0, np.nan, 3.0, np.inf])
    table["m"].unit = "kpc"
    file = io.BytesIO()
    table.write(file, format="fits")
    subset = keep(con, release, file.getvalue(), file="mine.fits")
    (m,) = own_column.offered(con)
    assert (m.name, m.title, m.unit) == ("m", "m (kpc)", "kpc")
    assert (m.low, m.high, m.known) == (1.0, 3.0, 3)
    assert m.ref == f"{subset.subset_id}.m"
    assert m.in_list == "m (kpc) · mine"


def test_columns_follow_their_subset(con, release, galaxies):
    """Renamed, deleted, restored; and there after the workspace is opened again."""
    given = pd.DataFrame({"name": galaxies["iauname"][:3], "x": [1.5, 2.5, 3.5]})
    subset = keep(con, release, given)
    ref = f"{subset.subset_id}.x"
    saved.rename(con, subset.subset_id, "renamed")
    assert own_column.column(con, ref).in_list == "x · renamed"
    saved.delete(con, subset.subset_id)
    assert own_column.offered(con) == []
    assert own_column.column(con, ref).high == 3.5  # links with it still work
    saved.restore(con, subset.subset_id)
    assert [one.ref for one in own_column.offered(con)] == [ref]


def test_a_list_that_cannot_be_saved_leaves_nothing(con, release, galaxies):
    given = pd.DataFrame({"name": galaxies["iauname"][:3], "x": [1, 2, 3]})
    keep(con, release, given)
    tables = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'own_%'"
    before = con.execute(tables).fetchall()
    with pytest.raises(MorphError, match="already exists"):
        keep(con, release, given)
    assert con.execute(tables).fetchall() == before


def test_what_is_not_a_column_is_named(con):
    for ref in ("k7f3a.x", "k7f3a", "' OR 1=1", "k7f3a.X"):
        with pytest.raises(MorphError, match="column"):
            own_column.column(con, ref)


def test_too_many_columns_are_refused(con, release, galaxies, monkeypatch):
    given = pd.DataFrame({"name": galaxies["iauname"][:3], "x": [1, 2, 3]})
    monkeypatch.setattr(own_list, "MOST_CELLS", 5)
    with pytest.raises(MorphError, match="too many to keep"):
        keep(con, release, given)


def test_a_cut_text_is_told(con, release, galaxies):
    given = pd.DataFrame({"name": galaxies["iauname"][:2], "x": ["a" * 300, "b"]})
    data = given.to_csv(index=False).encode()
    own = own_list.read_own(data, read_upload(data, "mine.csv"), ["x"])
    assert own.notes == ("texts of the column “x” are cut after 200 characters",)


def test_repeated_rows_are_counted(con, release, galaxies):
    names = galaxies["iauname"].iloc[[0, 0, 0, 1, 2, 2]]
    given = pd.DataFrame({"name": names, "x": [1, 2, 3, 4, 5, 6]})
    subset = keep(con, release, given)
    assert own_table.repeated(con, subset.subset_id) == (2, 5)
    assert values_of(con, subset)["_used"].tolist() == [1, 0, 0, 1, 1, 0]
    other = saved.save_names(con, release, list(names), kind="pins", name="without")
    assert own_table.repeated(con, other.subset_id) == (0, 0)
