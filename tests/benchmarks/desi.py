"""Loading a table of the size and format of Galaxy Zoo DESI, and its pages.

``python -m tests.benchmarks.desi --rows 8689370`` writes a made-up table as the
published ones (`desi_table`), joins its external table, loads it with
``python -m data load``, and measures the pages of the running dashboard. The load is
compared with what a careful user would do without morph: DuckDB reads the same file
into a table in a database on disk. With --check it exits 1 if a goal is missed. --keep
FOLDER keeps the tables and the release: another run there measures the pages only.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from morph.home import catalogue_path
from tests.benchmarks import child_memory, desi_pages, desi_table, figures, report
from tests.benchmarks.child_memory import Ran
from tests.benchmarks.figures import Row

RELEASE = "gz-desi"
MOST_GIB = 8.0  # of joining the external table
MOST_GIB_OF_LOAD = 3.0  # whatever the number of rows
MOST_RATIO = 2.5  # of the load's CPU time to that of DuckDB reading the same file
REPEATS = 5
_FREE_GIB = 12.0  # without which pandas is not tried
_SILENT_S = 15.0  # in which a command may be silent

_JOIN = """
import sys
from pathlib import Path
from data.published.external_table import join_rows
print(join_rows(*map(Path, sys.argv[1:]), lambda *told: print(told[-1])))
"""
_DUCKDB = """
import sys, duckdb
with duckdb.connect(sys.argv[2]) as con:
    con.execute("CREATE TABLE t AS SELECT * FROM read_parquet(?)", [sys.argv[1]])
"""
_PANDAS = "import sys, pandas; print(len(pandas.read_parquet(sys.argv[1])))"


def load_rows(home: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Make the tables and load them; a row for each command."""
    folder = home.parent
    main = _made(folder / f"{options.table}.parquet", options)
    external = _made(folder / "external.parquet", options)
    joined = folder / "joined.parquet"
    ran = _python(_JOIN, str(main), str(external), str(joined))
    yield _row("join the external table, row by row", ran)
    ran = _loaded(home, joined)
    bare = folder / "bare.duckdb"
    duckdb = _python(_DUCKDB, str(joined), str(bare))
    instead = {"DuckDB, CREATE TABLE of the same file": duckdb}
    bare.unlink(missing_ok=True)
    if psutil.virtual_memory().available > _FREE_GIB * 2**30:
        instead["pandas, read_parquet"] = _python(_PANDAS, str(joined))
    yield _load_row(ran, duckdb)
    for words, other in instead.items():
        yield _row(f"instead: {words}", other, goal=None) | {
            "ratio": _ratio(ran, other)
        }
    joined.unlink()


def _made(path: Path, options: argparse.Namespace) -> Path:
    write = {
        "friendly": desi_table.write_friendly,
        "advanced": desi_table.write_advanced,
        "external": desi_table.write_external,
    }[path.stem]
    return path if path.exists() else write(path, options.rows)


def _python(code: str, *arguments: str) -> Ran:
    return child_memory.run([sys.executable, "-c", code, *arguments])


def _loaded(home: Path, table: Path) -> Ran:
    command = [sys.executable, "-m", "data", "load", str(table), "--release", RELEASE]
    return child_memory.run([*command, "--survey", "desi"], {"MORPH_HOME": str(home)})


def _load_row(ran: Ran, duckdb: Ran) -> Row:
    """The row of the load, with goals for its memory and for its CPU time."""
    row = _row("python -m data load", ran, goal=MOST_GIB_OF_LOAD, told=True)
    ratio = _ratio(ran, duckdb)
    missed = [row["missed"]] if row["missed"] else []
    if ratio > MOST_RATIO:
        missed.append(f"{ratio:.1f} times DuckDB's CPU time, at most {MOST_RATIO:.1f}")
    duckdb_cpu = {"DuckDB CPU s": duckdb.cpu_seconds, "goal ratio": MOST_RATIO}
    return row | {"ratio": ratio, "missed": "; ".join(missed)} | duckdb_cpu


def _ratio(ran: Ran, other: Ran) -> float:
    return ran.cpu_seconds / max(other.cpu_seconds, 0.1)


def _row(
    what: str, ran: Ran, *, goal: float | None = MOST_GIB, told: bool = False
) -> Row:
    """A row of the first table; ``told`` demands progress of what takes long."""
    missed = []
    if ran.status:
        missed.append(f"exit status {ran.status}: {' '.join(ran.lines[-3:])}")
    if goal is not None and ran.peak_gib > goal:
        missed.append(f"{ran.peak_gib:.1f} GiB, at most {goal:.0f}")
    progress = sum("%" in line for line in ran.lines)
    if told and not progress and ran.seconds > _SILENT_S:
        missed.append("no progress was printed")
    return {
        "what": what,
        "seconds": ran.seconds,
        "CPU s": ran.cpu_seconds,
        "peak GiB": ran.peak_gib,
        "goal GiB": "-" if goal is None else goal,
        "DuckDB CPU s": "-",
        "ratio": "-",
        "goal ratio": "-",
        "lines of progress": progress if told else "-",
        "missed": "; ".join(missed),
    }


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=desi_table.ROWS)
    parser.add_argument("--table", choices=("friendly", "advanced"), default="friendly")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--keep", type=Path, help="folder to keep the release in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = (options.keep or Path(temporary)).resolve() / str(options.rows) / "home"
        home.mkdir(parents=True, exist_ok=True)
        here = catalogue_path(home).exists()
        tables = [[] if here else list(load_rows(home, options))]
        if catalogue_path(home).exists():  # the table was loaded
            tables.append(list(desi_pages.rows(home, RELEASE, options.repeats)))
        print_tables(tables, json=options.json)
    failed = [line for found in tables for line in figures.missed(found)]
    if failed and not options.json:
        print("\n".join(["missed:", *failed]))
    return 1 if options.check and failed else 0


def print_tables(tables: list[list[Row]], *, json: bool) -> None:
    if json:
        report.print_table([row for found in tables for row in found], json=True)
        return
    for found in filter(None, tables):
        report.print_table(found)
        print()


if __name__ == "__main__":
    sys.exit(main())
