"""Shared by all benchmarks: options, repeated timings and a table.

A benchmark always prints its measurements; only with --check it exits 1 if goals are
missed.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

GALAXIES = 248_088  # of the BMz catalogue


def options_parser(description: str) -> argparse.ArgumentParser:
    """A parser with --json and --check, to which a benchmark adds others."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    parser.add_argument("--check", action="store_true", help="exit 1 on a missed goal")
    return parser


def release_parser(description: str, *, repeats: int) -> argparse.ArgumentParser:
    """A parser for a benchmark of a synthetic release, which --home keeps."""
    parser = options_parser(description)
    parser.add_argument("--rows", type=int, default=GALAXIES)
    parser.add_argument("--repeats", type=int, default=repeats)
    parser.add_argument("--home", type=Path, help="folder to keep the release in")
    return parser


@contextmanager
def home_of(options: argparse.Namespace) -> Iterator[Path]:
    """The folder of the option --home, or a temporary one."""
    with tempfile.TemporaryDirectory() as temporary:
        yield options.home or Path(temporary)


def finish(rows: Sequence[Mapping[str, object]], options: argparse.Namespace) -> int:
    """Print rows that have a "missed" and what was missed; the exit status."""
    print_table(rows, json=options.json)
    failed = [f"{row['what']}: {row['missed']}" for row in rows if row["missed"]]
    if failed and not options.json:
        print("\n".join(["missed:", *failed]))
    return 1 if options.check and failed else 0


def measure(function: Callable[[], object], repeats: int = 7) -> list[float]:
    """Seconds of each of ``repeats`` calls, after one to warm up."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return seconds


def median_ms(function: Callable[[], object], repeats: int = 7) -> float:
    """Median time of a call, in milliseconds."""
    return 1000 * statistics.median(measure(function, repeats))


def print_table(rows: Sequence[Mapping[str, object]], *, json: bool = False) -> None:
    """Print rows under the keys of the first one, aligned, or as a JSON list."""
    if json:
        print(_json(rows))
        return
    header = list(rows[0])
    cells = [[_cell(row.get(name, "")) for name in header] for row in rows]
    columns = zip(header, *cells, strict=True)
    widths = [max(map(len, column)) for column in columns]
    numeric = [
        any(isinstance(r.get(name), int | float) for r in rows) for name in header
    ]
    for line in [header, ["-" * width for width in widths], *cells]:
        aligned = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        print("  ".join(aligned).rstrip())


def _json(rows: Sequence[Mapping[str, object]]) -> str:
    return json.dumps([dict(row) for row in rows], indent=2, allow_nan=False)


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
