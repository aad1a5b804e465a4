"""The benchmark of downloaded files, small: it finds a file that differs."""

import dataclasses

import pyarrow as pa
import pyarrow.compute as pc

from tests.benchmarks import exports


def test_a_format_has_a_row_and_fits_holds_the_table():
    found = list(exports.rows(50, 1))
    assert [row["what"].split()[0] for row in found] == ["Parquet", "FITS", "CSV"]
    assert "differs" not in found[1]["missed"]
    assert found[1]["goal ratio"] == exports.MOST_RATIO


def test_a_column_that_differs_is_named(monkeypatch):
    write = exports.to_fits

    def wrong(table):
        ra = pc.add(table.rows["ra"], pa.scalar(1e-9))
        rows = table.rows.set_column(3, "ra", ra)
        return write(dataclasses.replace(table, rows=rows))

    monkeypatch.setattr(exports, "to_fits", wrong)
    assert list(exports.rows(50, 1))[1]["missed"].endswith("ra differs in FITS")
