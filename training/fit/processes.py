"""One run carried out by several processes: the first leads, the others follow.

The leading process holds the run's lock and slot and writes its folder. Fabric (or
Slurm, or torchrun) starts the same command again for each of the others; these only
compute, and end when the leading one does.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from morph.runs import run_files
from morph.runs.run_files import CONFIG

# By which variable a launcher numbers its processes, the most telling first.
_RANKS = ("RANK", "SLURM_PROCID", "LOCAL_RANK")


def follows(environment: Mapping[str, str]) -> bool:
    """Whether this process was started beside another that leads the run."""
    given = next((environment[name] for name in _RANKS if name in environment), "0")
    return int(given) > 0


class FollowingRun:
    """The run as a following process sees it: it says nothing and writes nothing.

    It has the face of ``morph.runs.active_run.ActiveRun``. A stage is carried out
    unless it was finished before the run started this time, just as the leader does.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.root = self.folder.parent.parent
        self.config: dict[str, Any] = run_files.read_json(self.folder / CONFIG)
        self._finished = run_files.finished_stages(self.folder)

    def plan(self, stages: Sequence[str]) -> None:
        """The leading process says which stages there are."""

    def stage(self, name: str, work: Callable[[], None]) -> None:
        """Call ``work``, unless an earlier life of this run has finished this stage."""
        if name not in self._finished:
            work()

    def progress(self, step: int, total: int, message: str = "") -> None:
        """The leading process says how far the stage is."""

    def event(self, name: str, *, durable: bool = False, **values: Any) -> None:
        """The leading process writes what happened."""
