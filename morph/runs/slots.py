"""Slots for runs on this computer, and the queue of the runs that wait for one.

A run on GPUs needs a slot of each, one that fetches data that of its kind, any other
run the slot of the CPU. A slot is a lock on a file in ``runs/``, held by the process of
the run: so the queue moves on when a run ends or dies, without a dashboard. A waiting
run has a file with its position in ``runs/.queue/``; the run with the lowest one is the
next. A run whose model another run is still making enters the queue when that one has
finished.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from morph.atomic import replacing
from morph.errors import RunError
from morph.home import run_folder
from morph.runs import gpus, run_files
from morph.runs.data_runs.kinds import data_run_of
from morph.runs.run_files import LOCK

AT_ONCE = "MORPH_RUNS_AT_ONCE"  # environment variable: runs on the CPU at a time
QUEUE = ".queue"
_CPU = ".slot.lock"
_VISIBLE = "CUDA_VISIBLE_DEVICES"


def needed(config: Mapping[str, Any]) -> int:
    """How many GPUs of this computer a run uses; 0: it runs on the CPU."""
    device = config.get("device")
    if data_run_of(config) is not None:
        return 0
    device = device if isinstance(device, dict) else {}
    wanted = device.get("accelerator", "auto")
    if wanted == "cpu" or (wanted == "auto" and not usable_gpus()):
        return 0
    count = device.get("devices", 1)
    return count if isinstance(count, int) and count > 0 else 1


def usable_gpus() -> list[str]:
    """The GPUs that runs may use, as CUDA_VISIBLE_DEVICES names them."""
    visible = os.environ.get(_VISIBLE)
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip()]
    return [str(number) for number in range(len(gpus.gpus()))]


def take(run: Path, config: Mapping[str, Any]) -> tuple[list[int], list[str]] | None:
    """Locks on all slots that a run needs, and its GPUs.

    None if it is not the next in the queue, or a slot is in use.
    """
    if not is_next(run, config):
        return None
    runs, count = run.parent, needed(config)
    if not count:
        lock = _first_free(_slots(runs, config))
        return None if lock is None else ([lock], [])
    locks, names = [], []
    for name in usable_gpus():
        lock = run_files.try_lock(_gpu_slot(runs, name))
        if lock is not None:
            locks.append(lock)
            names.append(name)
        if len(locks) == count:
            return locks, names
    for lock in locks:
        os.close(lock)
    usable = len(usable_gpus())
    if count > usable:
        raise RunError(
            f"device.devices is {count}, but this computer has {usable} "
            f"GPU{'' if usable == 1 else 's'}; lower device.devices, or start the run "
            "elsewhere"
        )
    return None


@contextmanager
def holding(locks: Sequence[int], names: Sequence[str], run_id: str) -> Iterator[None]:
    """Name the run in its slots while it holds them, and show it only its GPUs."""
    try:
        for lock in locks:
            os.ftruncate(lock, 0)
            os.pwrite(lock, run_id.encode(), 0)
        if names:  # before torch is loaded
            os.environ[_VISIBLE] = ",".join(names)
        yield
    finally:
        for lock in locks:
            os.close(lock)


def holders(runs: Path, config: Mapping[str, Any]) -> list[str]:
    """Names of the runs in the slots that a run may wait for."""
    slots = _slots(runs, config)
    written = [path.read_text(encoding="utf-8") for path in slots if path.exists()]
    return list(dict.fromkeys(name or "another run" for name in written))


def cpu_slots(runs: Path) -> list[Path]:
    """The lock files of runs on the CPU."""
    value = os.environ.get(AT_ONCE, "1")
    if not value.isdecimal() or int(value) < 1:
        raise RunError(f"{AT_ONCE} is {value!r}; expected a number of runs: 1 or more")
    more = (runs / f".slot-{number}.lock" for number in range(2, int(value) + 1))
    return [runs / _CPU, *more]


def makers(run: Path, config: Mapping[str, Any]) -> list[str]:
    """Names of the living runs that are to make a model which a run uses."""
    ensemble = config.get("ensemble")
    named = [config.get("model_run"), *(ensemble if isinstance(ensemble, list) else ())]
    others = [name for name in named if isinstance(name, str) and name != run.name]
    folders = [run_folder(run.parent.parent, name) for name in dict.fromkeys(others)]
    return [one.name for one in folders if run_files.is_locked(one / LOCK)]


def check_made(runs: Path, names: Iterable[str]) -> None:
    """Raise RunError if one of the runs that were waited for has not finished."""
    for name in names:
        path = runs / name / run_files.STATUS
        state = run_files.read_json(path).get("state") if path.is_file() else "deleted"
        if state == "finished":
            continue
        how = f"was {state}" if state in ("cancelled", "deleted") else "has failed"
        raise RunError(
            f"the run {name}, whose model this one waited for, {how}; start {name} "
            "again, then this one, or name another model_run"
        )


def enter_queue(run: Path) -> None:
    """Put a run at the end of the queue, unless it is in it."""
    path = _queue_file(run.parent, run.name)
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        _write_position(path, time.time())


def leave_queue(run: Path) -> None:
    """Take a run out of the queue."""
    _queue_file(run.parent, run.name).unlink(missing_ok=True)


def queue(runs: Path) -> list[str]:
    """Names of the waiting runs, the next one first; dead ones are left out."""
    return _in_order(runs, _positions(runs))


def is_next(run: Path, config: Mapping[str, Any]) -> bool:
    """Whether no run before this one waits for the same kind of slot."""
    for name in queue(run.parent):
        if name == run.name:
            return True
        with suppress(RunError):  # an unreadable run blocks no other
            other = run_files.read_json(run.parent / name / run_files.CONFIG)
            if _kind(other) == _kind(config):
                return False
    return True


def move(runs: Path, run_id: str, *, before: str) -> None:
    """Put a waiting run directly before another one."""
    positions = _positions(runs)
    waiting = [name for name in _in_order(runs, positions) if name != run_id]
    if before not in waiting or run_id not in positions:
        raise RunError(f"{run_id} or {before} is no longer waiting; reload the page")
    waiting.insert(waiting.index(before), run_id)
    in_order = sorted(positions[name] for name in waiting)
    for name, position in zip(waiting, in_order, strict=True):
        _write_position(_queue_file(runs, name), position)


def _positions(runs: Path) -> dict[str, float]:
    """The position of each run in the queue, also of dead ones."""
    found = {}
    for path in (runs / QUEUE).glob("[!.]*"):
        with suppress(OSError, ValueError):  # it has just left the queue
            found[path.name] = float(path.read_text(encoding="utf-8"))
    return found


def _in_order(runs: Path, positions: Mapping[str, float]) -> list[str]:
    """Names of the living runs by their position."""
    living = [name for name in positions if run_files.is_locked(runs / name / LOCK)]
    return sorted(living, key=lambda name: (positions[name], name))


def _kind(config: Mapping[str, Any]) -> str:
    """The kind of slot that a run needs."""
    if (fetching := data_run_of(config)) is not None:
        return fetching.slot
    return "gpu" if needed(config) else "cpu"


def _slots(runs: Path, config: Mapping[str, Any]) -> list[Path]:
    """The lock files of all slots of the kind that a run needs."""
    kind = _kind(config)
    if kind == "gpu":
        return [_gpu_slot(runs, name) for name in usable_gpus()]
    return cpu_slots(runs) if kind == "cpu" else [runs / kind]


def _queue_file(runs: Path, run_id: str) -> Path:
    return runs / QUEUE / run_id


def _write_position(path: Path, position: float) -> None:
    with replacing(path) as temporary:
        temporary.write_text(repr(position), encoding="utf-8")


def _gpu_slot(runs: Path, name: str) -> Path:
    return runs / f".gpu-{name}.lock"


def _first_free(slots: Sequence[Path]) -> int | None:
    locks = (run_files.try_lock(path) for path in slots)
    return next((lock for lock in locks if lock is not None), None)
