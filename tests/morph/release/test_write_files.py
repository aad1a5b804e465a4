"""Files of a release: in the order of its galaxies, whatever the groups of rows are."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from morph.release import write_files
from morph.release.write_files import rows_in_order, rows_on_sky, write_table


@pytest.fixture
def small_groups(monkeypatch):
    monkeypatch.setattr(write_files, "_GROUP_ROWS", 3)


def test_galaxies_of_one_cell_are_in_the_order_of_their_names():
    healpix = np.array([7, -1, 3, 7, -1, 5, 7])
    names = pd.Series(["c", "z", "x", "a", "y", "w", "b"])
    assert rows_on_sky(healpix, names).tolist() == [4, 1, 2, 5, 3, 6, 0]


def test_rows_of_other_tables_follow_and_passes_stay_in_order():
    names, order = pd.Series(["a", "b", "c"]), np.array([2, 0, 1])
    passes = pd.DataFrame({"iauname": ["a", "b", "b", "c", "a", "c"]})
    assert rows_in_order(names, order, passes).tolist() == [3, 5, 0, 4, 1, 2]
    assert rows_in_order(names, order, names.to_frame("iauname")).tolist() == [2, 0, 1]
    some = pd.DataFrame({"iauname": ["b", "c"]})
    assert rows_in_order(names, order, some).tolist() == [1, 0]


def test_groups_of_rows_are_one_table(tmp_path, small_groups):
    table = pd.DataFrame(
        {
            "iauname": [f"J{row}" for row in range(8)],
            "source_id": [None] * 7 + ["late"],  # no text in the first groups
            "mag_r": [np.nan] * 4 + [1.0, 2.0, 3.0, 4.0],
        }
    )
    told = []
    rows = np.arange(8)[::-1]
    record = write_table(tmp_path / "a.parquet", table, rows, told=told.append)
    read = pd.read_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(read, table.iloc[::-1].reset_index(drop=True))
    assert (record.rows, told) == (8, [3, 6, 8])


def test_a_table_without_rows_keeps_its_columns(tmp_path):
    table = pd.DataFrame({"iauname": pd.Series([], dtype=str), "a": np.empty(0)})
    assert write_table(tmp_path / "a.parquet", table).rows == 0
    assert list(pd.read_parquet(tmp_path / "a.parquet")) == ["iauname", "a"]


def test_a_dictionary_is_made_only_of_values_that_repeat(tmp_path):
    rows = 1000
    table = pd.DataFrame(
        {
            "iauname": [f"J{row:05d}" for row in range(rows)],
            "position_from": "table",
            "pass": np.arange(rows) % 5,
            "_healpix_29": np.arange(rows) * 7,
            "ra": np.linspace(0, 1, rows),
        }
    )
    write_table(tmp_path / "t.parquet", table)
    group = pq.read_metadata(tmp_path / "t.parquet").row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    coded = {one.path_in_schema: one.has_dictionary_page for one in columns}
    assert coded == {
        "iauname": False,
        "position_from": True,
        "pass": True,
        "_healpix_29": False,
        "ra": False,
    }
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), table)
