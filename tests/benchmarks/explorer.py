"""Response times of the explorer, compared with pandas and plotly.

``python -m tests.benchmarks.explorer --rows 248088`` makes a synthetic release of full
size, queries the catalogue, then drives the running dashboard; --queries-only omits the
dashboard. From a million rows only counts and funnels are queried. With --check it
exits 1 unless all goals are met and all counts equal those by brute force. --home keeps
the release in a folder for the next run.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd

from morph.catalogue.connection import connect
from morph.catalogue.release_table import release
from morph.home import catalogue_path, release_folder
from morph.trees.decision_tree import GZD5
from tests.benchmarks import (
    explorer_app,
    explorer_planes,
    explorer_selections,
    explorer_similar,
    figures,
    in_pandas,
    report,
)
from tests.benchmarks.cases import measured
from tests.benchmarks.explorer_selections import MANY, QUESTIONS, selections
from tests.benchmarks.figures import Row
from tests.benchmarks.synthetic_home import RELEASE, prepared

GALAXIES = 248_088
REPEATS = 30
_LARGER = 10  # times as many galaxies, for which plots must not be larger


def query_rows(home: Path, *, repeats: int) -> list[Row]:
    """Query the catalogue of a home, one row for each query."""
    with connect(catalogue_path(home)) as con:
        found = release(con, RELEASE)
        many = found.galaxies >= MANY
        table = _table(home, many=many)
        asked = explorer_selections.cases(con, found, table, repeats=repeats)
        rows = [measured(case) for case in asked]
        if not many:
            planes = explorer_planes.cases(con, found, table, repeats=repeats)
            rows += [measured(case) for case in planes]
            selected = in_pandas.masks(table, selections(1)[0])[-1]
            similar = explorer_similar.cases(home, selected, repeats=repeats)
            rows += [measured(case) for case in similar]
    return rows


def _table(home: Path, *, many: bool) -> pd.DataFrame:
    """What the queries need of the release's files; less for many galaxies."""
    folder = release_folder(home, RELEASE)
    if many:
        return in_pandas.read_table(folder, map(GZD5.question, QUESTIONS))
    table = in_pandas.read_table(folder, GZD5.questions)
    places = pd.read_parquet(folder / "projection.parquet")
    return table.merge(places, on="iauname", validate="one_to_one")


def rows(folder: Path, options: argparse.Namespace) -> list[Row]:
    """All rows, of releases in ``folder``, which are made if necessary."""
    home = prepared(folder, options.rows)
    found = query_rows(home, repeats=options.repeats)
    if not options.queries_only:
        larger = prepared(folder, _LARGER * options.rows)
        found += explorer_app.measure(
            home, RELEASE, repeats=options.repeats, larger=larger
        )
    return found


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=GALAXIES)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--queries-only", action="store_true")
    parser.add_argument("--home", type=Path, help="folder to keep the release in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = rows(options.home or Path(temporary), options)
    report.print_table(found, json=options.json)
    failed = figures.missed(found)
    if failed and not options.json:
        print("\n".join(["missed:", *failed]))
    return 1 if options.check and failed else 0


if __name__ == "__main__":
    sys.exit(main())
