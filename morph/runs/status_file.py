"""What the ``status.json`` of a run may hold: its states, and its fields."""

from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args

from morph.errors import RunError

State = Literal[
    "created",
    "queued",
    "running",
    "cancelling",
    "cancelled",
    "failed",
    "finished",
    "lost",
    "unreadable",
]
ACTIVE = ("queued", "running", "cancelling")
ENDED = ("cancelled", "failed", "finished")
STARTABLE = ("created", "cancelled", "failed", "lost")

FIELDS = {  # those that are shown, and the types they may have
    "state": str,
    "stage": (str, NoneType),
    "step": int,
    "total": int,
    "message": str,
    "eta_s": (int, float, NoneType),
    "pid": (int, NoneType),
    "started": (str, NoneType),
    "finished": (str, NoneType),
    "error": (str, NoneType),
    "heartbeat": (str, NoneType),
    "host": (str, NoneType),
    "gpus": list,
}


def check_status(path: Path, status: Mapping[str, Any]) -> None:
    """Raise RunError for a status that no run writes."""
    stages = status.get("stages", [])
    wrong = [
        name
        for name, kinds in FIELDS.items()
        if name in status and not isinstance(status[name], kinds)
    ]
    if status.get("state") not in get_args(State):
        wrong.append("state")
    if not (isinstance(stages, list) and all(isinstance(one, str) for one in stages)):
        wrong.append("stages")
    if wrong:
        raise RunError(
            f"{path} has an unexpected {wrong[0]}: "
            f"{status.get(wrong[0])!r:.80}; delete the run's folder, or run it again"
        )
