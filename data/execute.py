"""``python -m data.execute RUN_FOLDER``: execute a run that fetches data, here."""

import sys
from collections.abc import Callable
from pathlib import Path

from morph.errors import RunError
from morph.runs.active_run import Run, execute
from morph.runs.data_runs.kinds import CUTOUTS, DOWNLOAD, PICTURES

USAGE = """usage: python -m data.execute RUN_FOLDER

Executes the run configured in RUN_FOLDER/config.json, resuming an earlier start: a
download of a published catalogue or of cutouts, or a store from a folder of images.
`touch RUN_FOLDER/cancel` stops it.
"""


def main(arguments: list[str]) -> int:
    """Exit status: 0 finished, 1 failed, 130 cancelled, 2 wrong usage."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        wants_help = arguments in (["-h"], ["--help"])
        (sys.stdout if wants_help else sys.stderr).write(USAGE)
        return 0 if wants_help else 2
    return execute(Path(arguments[0]), _work)


def _work(run: Run) -> None:
    """The stages of its kind, whose libraries alone are loaded."""
    kind = str(run.config.get("kind"))
    if kind not in _STAGES:
        raise RunError(f"kind is {kind!r}; expected one of: {', '.join(_STAGES)}")
    _STAGES[kind](run)


def _download(run: Run) -> None:
    from data.published.download_stages import download

    download(run)


def _cutouts(run: Run) -> None:
    from data.cutouts.cutout_stages import make_cutouts

    make_cutouts(run)


def _pictures(run: Run) -> None:
    from data.pictures.picture_stages import make_store

    make_store(run)


_STAGES: dict[str, Callable[[Run], None]] = {
    DOWNLOAD: _download,
    CUTOUTS: _cutouts,
    PICTURES: _pictures,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
