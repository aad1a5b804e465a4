"""A run that counts: ``python -m tests.morph.runs.counting_run RUN_FOLDER``.

Stands in for training where only the life of a run is tested. Every stage adds a line
to ``did.txt``, then takes ``steps`` pauses; a ``deaf`` run never looks for ``cancel``.
"""

import signal
import sys
import time
from pathlib import Path

from morph.runs.active_run import ActiveRun, execute


def work(run: ActiveRun) -> None:
    run.plan(run.config["stages"])
    for stage in run.config["stages"]:
        run.stage(stage, lambda stage=stage: count(run, stage))


def count(run: ActiveRun, stage: str) -> None:
    with (run.folder / "did.txt").open("a") as file:
        file.write(f"{stage}\n")
    if run.config.get("deaf"):
        if run.config["deaf"] == "to SIGTERM too":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    if stage == run.config.get("fails_in"):
        raise ValueError("the stage was told to fail")
    for step in range(run.config["steps"]):
        run.progress(step, run.config["steps"], f"step {step}")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(execute(Path(sys.argv[1]), work))
