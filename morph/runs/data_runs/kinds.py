"""The kinds of runs that fetch data: title, and the slot that only they wait for.

Each kind has a slot of its own, so that a download of hours does not hold up another
from another host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DOWNLOAD, CUTOUTS, PICTURES = "download", "cutouts", "pictures"
MAKE_STORES = (CUTOUTS, PICTURES)  # their configurations name a cutout ``store``


@dataclass(frozen=True)
class DataRun:
    """What is said of a kind of run, and the lock that one of them holds at a time."""

    title: str
    slot: str


DATA_RUNS = {
    DOWNLOAD: DataRun("Download", ".network.lock"),
    CUTOUTS: DataRun("Cutouts", ".cutouts.lock"),
    PICTURES: DataRun("Images of a folder", ".pictures.lock"),
}


def data_run_of(config: Mapping[str, Any]) -> DataRun | None:
    """The kind of a run that fetches data; None if it trains or is unknown."""
    return DATA_RUNS.get(str(config.get("kind")))
