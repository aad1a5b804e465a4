"""The processes of a run: devices, precision, and their ranks on one or many machines.

The leading process holds the run's lock and slot and writes its folder. Fabric, Slurm
or torchrun start the same command for each of the others, which only compute.
"""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from morph.errors import MorphError
from morph.runs import run_files
from morph.runs.active_run import Run
from morph.runs.config_parts import DeviceConfig
from morph.runs.run_files import CONFIG

if TYPE_CHECKING:  # torch is loaded after the folder is locked
    from lightning_fabric import Fabric

# Variables in which launchers number their processes, the most specific first.
_RANKS = ("RANK", "SLURM_PROCID", "LOCAL_RANK")


def follows(environment: Mapping[str, str]) -> bool:
    """Whether another process leads the run."""
    rank = next((environment[name] for name in _RANKS if name in environment), "0")
    return int(rank) > 0


def start_fabric(config: DeviceConfig) -> "Fabric":
    """Fabric on the configured devices and precision, its processes started."""
    import torch
    from lightning_fabric import Fabric
    from lightning_fabric.utilities.exceptions import MisconfigurationException

    if config.threads:
        torch.set_num_threads(config.threads)
    torch.backends.cudnn.benchmark = True  # all images have one size
    try:
        with warnings.catch_warnings():
            # Beside a Slurm that this run does not use.
            warnings.filterwarnings("ignore", "The `srun` command is available")
            fabric = Fabric(
                accelerator=config.accelerator,
                devices=config.devices,
                num_nodes=config.num_nodes,
                strategy=config.strategy,
                precision=config.precision,
            )
        fabric.launch()
    except (ValueError, MisconfigurationException) as error:
        raise MorphError(
            "this machine or Slurm job does not match the run's device settings: "
            f"{error}"
        ) from error
    return fabric


def check_batch(size: int, fabric: "Fabric") -> None:
    """Raise MorphError if the processes cannot share a batch of ``size`` galaxies."""
    if size % fabric.world_size:
        raise MorphError(
            f"a batch of {size} galaxies cannot be split between {fabric.world_size} "
            "processes; set batch_size to a multiple"
        )


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
