"""``python -m data.published RUN_FOLDER``: execute a download in this process."""

import sys
from pathlib import Path

from data.published.download_stages import download
from morph.runs.active_run import execute

USAGE = """usage: python -m data.published RUN_FOLDER

Executes the download configured in RUN_FOLDER/config.json, resuming an earlier start,
and writes nothing outside RUN_FOLDER. `touch RUN_FOLDER/cancel` stops it.
"""


def main(arguments: list[str]) -> int:
    """Exit status: 0 finished, 1 failed, 130 cancelled, 2 wrong usage."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        wants_help = arguments in (["-h"], ["--help"])
        (sys.stdout if wants_help else sys.stderr).write(USAGE)
        return 0 if wants_help else 2
    return execute(Path(arguments[0]), download)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
