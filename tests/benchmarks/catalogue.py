"""Query times of the catalogue, compared with pandas in memory.

``python -m tests.benchmarks.catalogue --rows 248088`` builds a synthetic release in a
temporary folder, loads it and queries it. With --check it exits 1 unless all answers
equal those of pandas, and count and funnel take less than 150 ms.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from duckdb import DuckDBPyConnection

from data.synthetic.release import synthetic_release
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import LoadedRelease
from morph.selection.funnel import count, funnel
from morph.selection.histograms import histograms
from morph.selection.ordering import Order, page
from morph.selection.selection import Selection, Surest, Tail
from morph.trees.decision_tree import GZD5
from tests.benchmarks import in_pandas, report

GALAXIES = 248_088
GOAL_MS = 150
BINS = 24

# Featured, not edge-on, two answers of one question, the 30 % most certain: five steps.
SELECTION = Selection(
    limits={"bar_strong": (0.3, 1), "bar_weak": (0, 0.5)},
    sureness=Surest("variance", "bar_strong", 30),
)
SURE = Selection(rule="off", sureness=Tail("bar_strong", 0.5, 0.9))
ORDER = Order("surest_variance", "bar_strong")
SHOWN = ["ra", "dec", "mag_r", "bar_strong_probability", "bar_strong_variance"]


@dataclass(frozen=True)
class Case:
    """One query, in the catalogue and in pandas."""

    name: str
    catalogue: Callable[[], object]
    pandas: Callable[[], object]
    goal_ms: int | None = None


def cases(
    con: DuckDBPyConnection, release: LoadedRelease, table: pd.DataFrame
) -> list[Case]:
    return [
        Case(
            "count, 5 steps of the tree",
            lambda: count(con, release, SELECTION),
            lambda: int(in_pandas.masks(table, SELECTION)[-1].sum()),
            GOAL_MS,
        ),
        Case(
            "funnel, 5 steps",
            lambda: [row.left for row in funnel(con, release, SELECTION).rows],
            lambda: [int(mask.sum()) for mask in in_pandas.masks(table, SELECTION)],
            GOAL_MS,
        ),
        Case(
            "first 48 by variance",
            lambda: page(con, release, SELECTION, order=ORDER, columns=SHOWN)[
                "iauname"
            ].tolist(),
            lambda: in_pandas.first_page(
                table, in_pandas.masks(table, SELECTION)[-1], ORDER
            ),
        ),
        Case(
            "all 34 histograms",
            lambda: (
                histograms(con, release, SELECTION, GZD5.labels, bins=BINS)[
                    ["whole", "selected"]
                ]
                .to_numpy()
                .tolist()
            ),
            lambda: in_pandas.histograms(
                table, in_pandas.masks(table, SELECTION)[-1], bins=BINS
            ).tolist(),
        ),
        Case(
            "P(rho > 0.5) for all",
            lambda: count(con, release, SURE),
            lambda: int(in_pandas.tails(table, SURE.sureness).sum()),
        ),
    ]


def measured(case: Case, repeats: int) -> dict[str, object]:
    own = report.median_ms(case.catalogue, repeats)
    other = report.median_ms(case.pandas, repeats)
    return {
        "question": case.name,
        "ms": own,
        "pandas ms": other,
        "ratio": own / other,
        "same answer": case.catalogue() == case.pandas(),
        "goal ms": case.goal_ms or "-",
    }


def rows(folder: Path, galaxies: int, repeats: int) -> list[dict[str, object]]:
    """Build, load and query: one row per query."""
    synthetic_release(folder / "release", galaxies=galaxies)
    with connect(folder / "catalogue.duckdb") as con:
        start = time.perf_counter()
        release = load_release(con, folder / "release")
        load_ms = 1000 * (time.perf_counter() - start)
        table = in_pandas.read_table(folder / "release", GZD5.questions)
        found = [measured(case, repeats) for case in cases(con, release, table)]
    load = dict.fromkeys(found[0], "-") | {"question": "load, once", "ms": load_ms}
    return [*found, load]


def missed(row: dict[str, object]) -> bool:
    late = isinstance(row["goal ms"], int) and row["ms"] >= row["goal ms"]
    return late or row["same answer"] is False


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=GALAXIES)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = rows(Path(folder), options.rows, options.repeats)
    report.print_table(found, json=options.json)
    failed = [str(row["question"]) for row in found if missed(row)]
    if failed and not options.json:
        print(f"missed: {', '.join(failed)}")
    return 1 if options.check and failed else 0


if __name__ == "__main__":
    sys.exit(main())
