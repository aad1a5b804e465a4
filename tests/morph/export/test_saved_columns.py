"""Sets of columns are saved under a name, and outlive the dashboard."""

import pytest

from morph.catalogue import connection
from morph.errors import MorphError
from morph.export import saved_columns
from morph.export.saved_columns import SavedColumns


def test_a_set_is_saved_and_deleted(tmp_path):
    path, beside = tmp_path / "c.duckdb", tmp_path / "w.duckdb"
    with connection.connect(path, workspace=beside) as con:
        saved_columns.save(con, " Sérsic & bars ", ["ra", "dec"], owner="ann")
        saved_columns.save(con, "a", ["iauname"])
    with connection.connect(path, workspace=beside) as con:
        assert saved_columns.saved_columns(con) == [
            SavedColumns("a", ("iauname",)),
            SavedColumns("Sérsic & bars", ("ra", "dec"), "ann"),
        ]
        saved_columns.delete(con, "a")
        assert len(saved_columns.saved_columns(con)) == 1


@pytest.mark.parametrize(
    ("name", "columns", "reason"),
    [
        ("", ["ra"], "enter a name"),
        ("x" * 41, ["ra"], "enter a name"),
        ("a\nb", ["ra"], "enter a name"),
        ("Basic", ["ra"], "already exists"),
        ("MINE", ["ra"], "already exists"),
        ("other", [], "no columns"),
    ],
)
def test_what_is_no_new_set_is_refused(tmp_path, name, columns, reason):
    path, beside = tmp_path / "c.duckdb", tmp_path / "w.duckdb"
    with connection.connect(path, workspace=beside) as con:
        saved_columns.save(con, "mine", ["ra"])
        with pytest.raises(MorphError, match=reason):
            saved_columns.save(con, name, columns)
        assert len(saved_columns.saved_columns(con)) == 1
