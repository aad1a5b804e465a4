"""One run in several processes: the first leads, the others follow.

The leading process holds the run's lock and slot and writes its folder. Fabric, Slurm
or torchrun start the same command for each of the others, which only compute.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from morph.runs import run_files
from morph.runs.active_run import Run
from morph.runs.run_files import CONFIG

# Variables in which launchers number their processes, the most specific first.
_RANKS = ("RANK", "SLURM_PROCID", "LOCAL_RANK")


def follows(environment: Mapping[str, str]) -> bool:
    """Whether another process leads the run."""
    given = next((environment[name] for name in _RANKS if name in environment), "0")
    return int(given) > 0


class FollowingRun(Run):
    """The run in a following process, which reports and writes nothing.

    ``plan``, ``progress`` and ``event`` do nothing. Stages are those of the leading
    process: all that were not finished before this start.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.root = self.folder.parent.parent
        self.config: dict[str, Any] = run_files.read_json(self.folder / CONFIG)
        self._finished = run_files.finished_stages(self.folder)

    def stage(self, name: str, work: Callable[[], None]) -> None:
        """Call ``work``, unless this stage was finished by an earlier start."""
        if name not in self._finished:
            work()
