"""``python -m training RUN_FOLDER``: execute the run that the folder describes."""

import os
import sys
from pathlib import Path

from morph.runs.active_run import Run, execute
from morph.runs.slurm import inside
from training.fit.ranks_and_devices import FollowingRun, follows

USAGE = """usage: python -m training RUN_FOLDER

Executes the run configured in RUN_FOLDER/config.json, resuming an earlier start, and
writes nothing outside RUN_FOLDER. `touch RUN_FOLDER/cancel` stops it.
"""


def train(run: Run) -> None:
    """The stages of one run."""
    # Threads that spin while waiting starve each other on a busy machine: a fit took
    # twelve times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read as torch is loaded
    from training.failures import explained  # torch: after the folder is locked
    from training.stages import carry_out_stages

    with explained(run.folder):
        carry_out_stages(run)


def main(arguments: list[str]) -> int:
    """Exit status: 0 finished, 1 failed, 130 cancelled, 2 wrong usage."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        wants_help = arguments in (["-h"], ["--help"])
        (sys.stdout if wants_help else sys.stderr).write(USAGE)
        return 0 if wants_help else 2
    if follows(os.environ):
        if inside.in_job():
            inside.ignore_signals()
        train(FollowingRun(Path(arguments[0])))
        return 0
    return execute(Path(arguments[0]), train)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
