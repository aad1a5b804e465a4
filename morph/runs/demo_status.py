"""Status of the build of the demonstration, written by it and read by pages.

``demo/status.json`` is replaced atomically. The building process holds the lock on
``demo/lock``, so that an interrupted build is detected.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from morph.atomic import write_json
from morph.errors import RunError
from morph.runs.run_files import LOCK, STATUS, is_locked, read_json, take_lock

State = Literal["building", "finished", "failed", "interrupted"]
StepState = Literal["waiting", "running", "finished"]


@dataclass(frozen=True)
class DemoStep:
    """One step: ``progress`` in [0, 1], ``share`` its usual fraction of the time.

    ``found`` is the progress of an earlier build, ``seconds`` the time of this one.
    """

    name: str
    title: str
    state: StepState = "waiting"
    seconds: float | None = None
    progress: float = 0.0
    share: float = 1.0
    found: float = 0.0

    @property
    def gained(self) -> float:
        """The progress made in ``seconds``."""
        return self.progress - self.found


@dataclass(frozen=True)
class DemoState:
    """The state of the build. "interrupted" is never written, only derived.

    ``galaxies`` is how many each survey will have, 0 if an earlier version builds it.
    """

    state: State
    steps: tuple[DemoStep, ...]
    message: str = ""
    eta_s: float | None = None
    error: str | None = None
    started: str | None = None
    galaxies: int = 0

    @property
    def current(self) -> DemoStep | None:
        """The running step, if any."""
        return next((step for step in self.steps if step.state == "running"), None)

    @property
    def progress(self) -> float:
        """Progress of the build, in [0, 1]."""
        done = sum(step.progress * step.share for step in self.steps)
        return done / (sum(step.share for step in self.steps) or 1.0)

    def step(self, name: str) -> DemoStep:
        """The step called ``name``."""
        return next(step for step in self.steps if step.name == name)

    def with_step(self, name: str, **changes: Any) -> "DemoState":
        """A copy with one step changed."""
        steps = (replace(s, **changes) if s.name == name else s for s in self.steps)
        return replace(self, steps=tuple(steps))


def demo_folder(root: Path) -> Path:
    """The folder of the build: ``demo``."""
    return root / "demo"


@contextmanager
def building(root: Path) -> Iterator[None]:
    """Hold the lock of the build; RunError if another process holds it."""
    folder = demo_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = take_lock(folder / LOCK)
    except RunError as error:
        raise RunError(
            f"another process is building the demonstration in {root}; see the "
            "progress in its terminal or dashboard"
        ) from error
    try:
        yield
    finally:
        os.close(lock)


def write_demo(root: Path, state: DemoState) -> None:
    """Replace the status file."""
    write_json(demo_folder(root) / STATUS, asdict(state))


def read_demo(root: Path) -> DemoState | None:
    """The state of the build, or None if it has never been started."""
    path = demo_folder(root) / STATUS
    if not path.exists():
        return None
    state = _from_json(read_json(path), path)
    if state.state == "building" and not is_locked(demo_folder(root) / LOCK):
        return replace(state, state="interrupted")
    return state


def _from_json(value: Mapping[str, Any], path: Path) -> DemoState:
    try:
        steps = tuple(DemoStep(**step) for step in value["steps"])
        names = {field.name for field in fields(DemoState)}
        known = {name: one for name, one in value.items() if name in names}
        return DemoState(**known | {"steps": steps})
    except (KeyError, TypeError) as error:
        raise RunError(
            f"{path} is not the status of a demonstration ({error}); "
            "remove it and run `make demo` again"
        ) from error
