"""Files of a download: each format beside Parquet, of the same galaxies.

``python -m tests.benchmarks.exports [--rows 300000]`` writes a table with the columns
of a download; with --check it exits 1 unless FITS takes at most three times the time of
Parquet, and what astropy reads of it is the table.
"""

import io
import statistics
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from astropy.table import Table

from morph.export.described_table import DescribedTable
from morph.export.file_formats import to_csv, to_fits, to_parquet
from morph.sky.galaxy_names import names_of_positions
from morph.trees.decision_tree import GZD5
from tests.benchmarks import figures, report
from tests.benchmarks.figures import Row

ROWS = 300_000
MOST_RATIO = 3.0  # of FITS to Parquet
REPEATS = 5


def downloaded(rows: int) -> DescribedTable:
    """Galaxies with three texts, a truth value, positions and all fractions."""
    rng = np.random.default_rng(0)
    ra, dec = rng.uniform(0, 360, rows), rng.uniform(-30, 80, rows)
    columns = {
        "iauname": pa.array(names_of_positions(ra, dec), pa.string()),
        "source_id": pa.array([f"{row // 50}_{row}" for row in range(rows)]),
        "position_from": pa.array(["table"] * rows),
        "ra": pa.array(ra),
        "dec": pa.array(dec),
        "own_bright": pa.array(rng.random(rows) < 0.5),
        "votes": pa.array(rng.integers(0, 40, rows)),
    }
    for label in GZD5.labels:
        share = rng.random(rows, dtype=np.float32)
        share[rng.random(rows) < 0.2] = np.nan
        columns[f"{label}_probability"] = pa.array(share, from_pandas=True)
    table = pa.table(columns)
    meanings = {name: ("", f"The column {name}") for name in table.column_names}
    facts = {"date": "2026-12-01T00:00:00+00:00", "release": "made-up"}
    return DescribedTable("made-up", table, meanings, facts)


def rows(galaxies: int, repeats: int) -> Iterator[Row]:
    """A row for each format."""
    table = downloaded(galaxies)
    what = f"{{}} of {galaxies:,} galaxies, {table.rows.num_columns} columns"
    parquet = report.measure(lambda: to_parquet(table), repeats)
    yield figures.row(what.format("Parquet"), parquet)
    instead = "Parquet", 1000 * statistics.median(parquet)
    yield figures.row(
        what.format("FITS"),
        report.measure(lambda: to_fits(table), repeats),
        instead=instead,
        at_most=MOST_RATIO,
        problems=_differing(table),
    )
    csv = report.measure(lambda: to_csv(table), repeats)
    yield figures.row(what.format("CSV"), csv, instead=instead)


def _differing(table: DescribedTable) -> list[str]:
    """The columns that astropy reads otherwise from the FITS file."""
    read = Table.read(io.BytesIO(to_fits(table)), format="fits")
    return [
        f"{name} differs in FITS"
        for name in table.rows.column_names
        if not _same(table.rows[name], read[name])
    ]


def _same(written: pa.ChunkedArray, read: np.ndarray) -> bool:
    if pa.types.is_string(written.type):
        return written.to_pylist() == [str(text) for text in read]
    values = np.ma.filled(read.astype(float), np.nan)
    return np.array_equal(written.cast(pa.float64()).to_numpy(), values, equal_nan=True)


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    return report.finish(list(rows(options.rows, options.repeats)), options)


if __name__ == "__main__":
    sys.exit(main())
