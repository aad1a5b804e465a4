"""How far the demonstration's build is, as its own process writes it and pages read it.

``demo/status.json`` is replaced atomically; whoever builds holds the kernel's lock on
``demo/lock`` for life, so that an interrupted build shows without having said so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from morph.durable import write_json
from morph.errors import RunError
from morph.run_files import LOCK, STATUS, is_locked, read_json

State = Literal["building", "finished", "failed", "interrupted"]
StepState = Literal["waiting", "running", "finished"]


@dataclass(frozen=True)
class DemoStep:
    """One step of the build; ``progress`` lies in [0, 1]."""

    name: str
    title: str
    state: StepState = "waiting"
    seconds: float | None = None
    progress: float = 0.0


@dataclass(frozen=True)
class DemoState:
    """The build at this moment. "interrupted" is never written, only derived."""

    state: State
    steps: tuple[DemoStep, ...]
    message: str = ""
    eta_s: float | None = None
    error: str | None = None
    started: str | None = None
    small: bool = False

    @property
    def current(self) -> DemoStep | None:
        """The step being taken, if any."""
        return next((step for step in self.steps if step.state == "running"), None)

    @property
    def progress(self) -> float:
        """How far the build is, in [0, 1], every step counting the same."""
        return sum(step.progress for step in self.steps) / max(len(self.steps), 1)

    def with_step(self, name: str, **changes: Any) -> "DemoState":
        """The same with one step changed."""
        steps = (replace(s, **changes) if s.name == name else s for s in self.steps)
        return replace(self, steps=tuple(steps))


def demo_folder(root: Path) -> Path:
    """Where the build keeps what it knows: ``demo``."""
    return root / "demo"


def write_demo(root: Path, state: DemoState) -> None:
    """Replace the status file."""
    write_json(demo_folder(root) / STATUS, asdict(state))


def read_demo(root: Path) -> DemoState | None:
    """The build's state, or None where the demonstration was never begun."""
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
        return DemoState(**dict(value) | {"steps": steps})
    except (KeyError, TypeError) as error:
        raise RunError(
            f"{path} is not the status of a demonstration's build ({error}); "
            "remove it and run `make demo` again"
        ) from error
