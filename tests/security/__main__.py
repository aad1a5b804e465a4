"""Print how many attempts of each attack got through; exit 1 if any did.

``python -m tests.security [--json]``; ``--selections`` is how many are generated.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.pages.conftest import make_home
from tests.security import (
    bombs,
    code_rules,
    crafted,
    crowds,
    csv_cells,
    deep_json,
    hostile_paths,
    markup,
    selections,
)
from tests.security.attempts import Row


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m tests.security", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--selections", type=int, default=selections.MANY)
    chosen = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory(prefix="morph-security-") as folder:
        root = Path(folder).resolve() / "home"
        os.environ["MORPH_HOME"] = str(root)
        make_home(root)
        steps: list[Callable[[], Row]] = [
            lambda: selections.row(root.parent / "selections", chosen.selections),
            code_rules.row,
            bombs.row,
            lambda: deep_json.row(root),
            lambda: hostile_paths.names(root),
            lambda: markup.row(root),
            csv_cells.row,
            lambda: hostile_paths.other_sites(root),
            lambda: crafted.row(root),
            lambda: crowds.downloads(root),
            lambda: crowds.searches(root),
        ]
        for step in steps:
            began = time.monotonic()
            rows.append(found := step())
            if not chosen.json:
                _print(found, time.monotonic() - began)
    if chosen.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    return int(any(row.got_through for row in rows))


def _print(row: Row, seconds: float) -> None:
    score = f"{len(row.got_through):,} / {row.tried:,}"
    print(f"{row.what:<46}{score:>14}{seconds:7.0f} s  {row.note}", flush=True)
    for one in row.got_through[:10]:
        print(f"    got through: {one[:160]}")


if __name__ == "__main__":
    sys.exit(main())
