"""Response times of the running dashboard, beside a page of the old style.

``python -m tests.benchmarks.explorer --rows 248088`` makes a synthetic release of full
size and drives the dashboard over it: its start, first visits, memory, selections,
lassos and searches, all counts compared with brute force. With --check it exits 1 if a
goal is missed. --home keeps the releases in a folder for the next run.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from morph.home import release_folder
from tests import plain_counts
from tests.benchmarks import (
    explorer_app,
    explorer_browser,
    explorer_start,
    report,
    served,
)
from tests.benchmarks.figures import Row
from tests.benchmarks.synthetic_home import RELEASE, copied, prepared

REPEATS = 30
SEVERAL = 5  # releases


def rows(folder: Path, galaxies: int, repeats: int) -> Iterator[Row]:
    """All rows, of releases in ``folder``, which are made if necessary."""
    home = prepared(folder, galaxies)
    several, names = copied(home, SEVERAL)
    plain = plain_counts.read(release_folder(home, RELEASE))
    yield from explorer_start.rows(home, several, names, plain)
    with served.serving(home) as (running, port):
        yield from explorer_app.rows(port, plain, repeats)
        yield from explorer_browser.rows(running.url, plain, repeats)


def main() -> int:
    parser = report.release_parser(__doc__.splitlines()[0], repeats=REPEATS)
    options = parser.parse_args()
    with report.home_of(options) as folder:
        found = list(rows(folder, options.rows, options.repeats))
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
