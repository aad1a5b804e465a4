"""Query times of the catalogue in one process, beside careful numpy.

``python -m tests.benchmarks.catalogue --rows 248088`` makes a synthetic release and
queries it. From a million rows only counts and funnels are queried. With --check it
exits 1 unless all goals are met and all answers equal those by brute force. --home
keeps the release in a folder for the next run.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from morph.catalogue.connection import connect
from morph.catalogue.release_table import release
from morph.home import catalogue_path, release_folder
from morph.selection.histograms import BINS
from morph.trees.decision_tree import GZD5
from tests.benchmarks import (
    brute_force,
    catalogue_planes,
    catalogue_selections,
    catalogue_similar,
    report,
)
from tests.benchmarks.cases import measured
from tests.benchmarks.catalogue_selections import MANY
from tests.benchmarks.drawn_selections import QUESTIONS, selections
from tests.benchmarks.figures import Row
from tests.benchmarks.in_numpy import Arrays
from tests.benchmarks.synthetic_home import RELEASE, prepared

REPEATS = 30


def rows(home: Path, *, repeats: int) -> Iterator[Row]:
    """Query the catalogue of a home, one row for each query."""
    with (
        TemporaryDirectory() as folder,
        connect(catalogue_path(home), workspace=Path(folder) / "w.duckdb") as con,
    ):
        found = release(con, RELEASE)
        many = found.galaxies >= MANY
        table = _table(home, many=many)
        arrays = Arrays(table, bins=BINS)
        for case in catalogue_selections.cases(
            con, found, table, arrays, repeats=repeats
        ):
            yield measured(case)
        if not many:
            for case in catalogue_planes.cases(
                con, found, table, arrays, repeats=repeats
            ):
                yield measured(case)
            selected = brute_force.masks(table, selections(1)[0])[-1]
            del arrays
            yield from catalogue_similar.rows(
                con, found, home, selected, repeats=repeats
            )


def _table(home: Path, *, many: bool) -> pd.DataFrame:
    """What the queries need of the release's files; less for many galaxies."""
    folder = release_folder(home, RELEASE)
    if many:
        return brute_force.read_table(folder, map(GZD5.question, QUESTIONS))
    table = brute_force.read_table(folder, GZD5.questions)
    places = pd.read_parquet(folder / "projection.parquet")
    return table.merge(places, on="iauname", validate="one_to_one")


def main() -> int:
    parser = report.release_parser(__doc__.splitlines()[0], repeats=REPEATS)
    options = parser.parse_args()
    with report.home_of(options) as folder:
        home = prepared(folder, options.rows)
        found = list(rows(home, repeats=options.repeats))
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
