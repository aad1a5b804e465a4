"""``python -m training RUN_FOLDER``: carry out the run that the folder describes."""

import os
import sys
from pathlib import Path

from morph.runs.active_run import ActiveRun, execute
from training.fit.processes import FollowingRun, follows

USAGE = """usage: python -m training RUN_FOLDER

Carries out the run whose config.json lies in RUN_FOLDER, going on where an earlier
start left off, and writes nothing outside it. `touch RUN_FOLDER/cancel` stops it.
"""


def train(run: ActiveRun | FollowingRun) -> None:
    """The stages of one run."""
    # Threads that spin while they wait starve one another on a machine that does
    # anything else: with it shared by others a fit took twelve times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read as torch is loaded
    from training.failures import explained  # torch: after the folder is locked
    from training.stages import carry_out_stages

    with explained(run.folder):
        carry_out_stages(run)


def main(arguments: list[str]) -> int:
    """The command's exit status: 0 finished, 1 failed, 130 cancelled, 2 misused."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        wants_help = arguments in (["-h"], ["--help"])
        (sys.stdout if wants_help else sys.stderr).write(USAGE)
        return 0 if wants_help else 2
    if follows(os.environ):
        train(FollowingRun(Path(arguments[0])))
        return 0
    return execute(Path(arguments[0]), train)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
