"""Build the demonstration step by step; an interrupted build can be resumed.

A step with a ``step_finished`` event in ``demo/events.jsonl`` is not repeated. Models
are fitted by detached runs, which survive a killed build: the next build finds them by
their folders and waits for them.
"""

import signal
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from data.demo.begin import begin
from data.demo.console import Console
from data.demo.dashboard import dashboard
from data.demo.plan import Scale
from data.demo.steps import BuildStep, steps
from morph.runs.demo_status import (
    DemoState,
    DemoStep,
    building,
    demo_folder,
    write_demo,
)
from morph.runs.run_files import append_event, cut_torn_line, read_events
from morph.wording import utc_now

INTERVAL_S = 1.0
LEAST_MEASURED = 0.02  # fraction of the build before the time left is estimated
OTHERS_WEIGHT = 0.1  # weight of other steps' pace, as 10% of a step's own progress
STOPPED = (
    "Stopped. A run in progress stops at its next step. The same command resumes after "
    "the last completed step."
)

Tell = Callable[[DemoState], None]


def run_demo(root: Path, wanted: Scale, *, serve: bool, port: int) -> int:
    """Build the demonstration and optionally serve the dashboard; return exit status.

    Raises
    ------
    MorphError
        If a step fails, another process builds, or the port is taken.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console, built = Console(), False
    try:
        with building(root):
            scale = begin(root, wanted)
        with dashboard(root, port) if serve else nullcontext() as served:
            if served is not None:
                console.say(f"Dashboard at {served.url} (Ctrl-C to stop)")
            build_demo(root, scale, console.tell, load_here=not serve)
            built = True
            console.say("Demonstration complete.")
            if served is not None:
                served.wait()
    except KeyboardInterrupt:
        console.say("Dashboard stopped." if built else STOPPED)
        return 130
    return 0


def build_demo(root: Path, scale: Scale, tell: Tell, *, load_here: bool = True) -> None:
    """Run every unfinished step; ``tell`` receives the state of the build.

    Without ``load_here``, a dashboard loads the releases.

    Raises
    ------
    MorphError
        If a step fails; finished steps stay finished.
    """
    with building(root):
        cut_torn_line(demo_folder(root))
        plan = steps(scale, load_here=load_here)
        state = _first_state(root, scale, plan)
        tell(state)
        for step in plan:
            state = _run_step(step, root, scale, state, tell)
        _say(root, replace(state, state="finished", message="", eta_s=None), tell)


def finished_steps(root: Path) -> dict[str, dict[str, float]]:
    """``seconds`` and ``found`` (see `DemoStep`) of every finished step."""
    return {
        event["step"]: {"seconds": event["seconds"], "found": event.get("found", 0.0)}
        for event in read_events(demo_folder(root))
        if event["event"] == "step_finished"
    }


def seconds_left(state: DemoState) -> float | None:
    """Time left at the measured pace; None while too little is measured.

    The current step is extrapolated from its own pace as soon as possible, since the
    load of a machine changes and affects steps differently.
    """
    gained = sum(step.gained * step.share for step in state.steps if step.seconds)
    if gained < LEAST_MEASURED * sum(step.share for step in state.steps):
        return None
    pace = sum(step.seconds or 0.0 for step in state.steps) / gained
    return round(sum(_left_of(step, pace) for step in state.steps), 1)


def _left_of(step: DemoStep, pace: float) -> float:
    """Seconds left of one step; ``pace`` in seconds for a share of 1."""
    rest = step.share * (1 - step.progress)
    if step.state != "running" or not step.seconds:
        return rest * pace
    seconds = step.seconds + OTHERS_WEIGHT * step.share * pace
    return rest * seconds / ((step.gained + OTHERS_WEIGHT) * step.share)


def _first_state(root: Path, scale: Scale, plan: tuple[BuildStep, ...]) -> DemoState:
    steps = tuple(DemoStep(s.name, s.title, share=s.share) for s in plan)
    state = DemoState("building", steps, started=utc_now(), galaxies=scale.galaxies)
    for name, took in finished_steps(root).items():
        state = state.with_step(name, state="finished", progress=1.0, **took)
    return state


def _run_step(
    step: BuildStep, root: Path, scale: Scale, state: DemoState, tell: Tell
) -> DemoState:
    """Run one step unless it is finished; return the new state."""
    if step.name in finished_steps(root):
        return state
    folder, begun = demo_folder(root), time.monotonic()
    append_event(folder, "step_started", step=step.name)
    state = _reported_work(step, root, scale, state, tell)
    took = {
        "seconds": round(time.monotonic() - begun, 3),
        "found": state.step(step.name).found,
    }
    append_event(folder, "step_finished", durable=True, step=step.name, **took)
    state = state.with_step(step.name, state="finished", progress=1.0, **took)
    state = replace(state, message="", eta_s=seconds_left(state))
    _say(root, state, tell)
    return state


def _reported_work(
    step: BuildStep, root: Path, scale: Scale, state: DemoState, tell: Tell
) -> DemoState:
    """Do a step's work, reporting at most once a second; return the new state."""
    begun = time.monotonic()
    last = begun - INTERVAL_S

    def report(progress: float, message: str) -> None:
        nonlocal state, last
        now = time.monotonic()
        if now - last >= INTERVAL_S:
            last = now
            state = _moved(state, step.name, progress, message, now - begun)
            _say(root, state, tell)

    report(0.0, "")
    try:
        step.work(root, scale, report)
    except Exception as error:  # the page must show the reason
        _say(root, replace(state, state="failed", error=str(error)), tell)
        raise
    return state


def _moved(
    state: DemoState, name: str, progress: float, message: str, seconds: float
) -> DemoState:
    """The state after progress of a step; ``found`` is that of its first report."""
    before = state.step(name)
    found = before.found if state.message else progress
    progress = max(progress, before.progress)
    state = state.with_step(
        name, state="running", progress=progress, seconds=seconds, found=found
    )
    state = replace(state, message=message)
    return replace(state, eta_s=seconds_left(state))


def _say(root: Path, state: DemoState, tell: Tell) -> None:
    write_demo(root, state)
    tell(state)
