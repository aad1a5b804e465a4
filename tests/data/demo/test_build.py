"""The demonstration's build: every step once, whatever stops it."""

import io
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from data.demo import build as demo_build
from data.demo import dashboard
from data.demo.build import build_demo, run_demo, seconds_left
from data.demo.console import Console, words_for
from data.demo.plan import SMALL, Scale
from data.demo.steps import BuildStep
from morph.atomic import write_json
from morph.errors import MorphError, RunError
from morph.runs.demo_status import DemoState, DemoStep, building, demo_folder, read_demo


@pytest.fixture
def steps_taken(monkeypatch):
    """Three steps that only note that they were taken; "two" does what it is told."""
    taken = []
    orders = {"two": lambda: None}

    def note(name):
        def work(root: Path, scale: Scale, report) -> None:
            taken.append(name)
            report(0.5, "half way")
            orders.get(name, lambda: None)()

        return work

    plan = tuple(BuildStep(n, n.title(), 1.0, note(n)) for n in ("one", "two", "three"))
    monkeypatch.setattr(demo_build, "steps", lambda scale, *, load_here: plan)
    monkeypatch.setattr(demo_build, "INTERVAL_S", 0.0)
    return taken, orders


def build(root: Path) -> list[DemoState]:
    told = []
    build_demo(root, SMALL, told.append)
    return told


def test_a_finished_build_takes_no_step_again(tmp_path, steps_taken):
    build(tmp_path)
    build(tmp_path)
    assert steps_taken[0] == ["one", "two", "three"]
    state = read_demo(tmp_path)
    assert state.state == "finished" and state.progress == 1.0
    assert state.galaxies == SMALL.galaxies


def test_a_failed_step_is_told_and_the_next_build_begins_with_it(tmp_path, steps_taken):
    taken, orders = steps_taken

    def fail() -> None:
        raise MorphError("the disk is full; free some space")

    orders["two"] = fail
    with pytest.raises(MorphError, match="disk is full"):
        build(tmp_path)
    state = read_demo(tmp_path)
    assert state.state == "failed" and "disk is full" in state.error
    del orders["two"]
    build(tmp_path)
    assert taken == ["one", "two", "two", "three"]
    assert read_demo(tmp_path).error is None


def test_an_interrupted_build_shows_as_such_and_goes_on(tmp_path, steps_taken):
    taken, orders = steps_taken

    def interrupt() -> None:
        assert read_demo(tmp_path).state == "building"
        raise KeyboardInterrupt

    orders["two"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path)
    assert read_demo(tmp_path).state == "interrupted"
    assert [step.state for step in read_demo(tmp_path).steps] == [
        "finished",
        "running",
        "waiting",
    ]
    del orders["two"]
    build(tmp_path)
    assert taken == ["one", "two", "two", "three"]


def test_progress_is_told_while_a_step_is_taken(tmp_path, steps_taken):
    told = build(tmp_path)
    halves = [s for s in told if s.message == "half way"]
    assert [state.current.name for state in halves] == ["one", "two", "three"]
    assert halves[1].progress == pytest.approx(0.5)


def test_two_cannot_build_at_once(tmp_path, steps_taken):
    with (
        building(tmp_path),
        pytest.raises(RunError, match="another process is building"),
    ):
        build(tmp_path)
    assert steps_taken[0] == []


def test_nothing_is_known_of_a_demonstration_never_begun(tmp_path):
    assert read_demo(tmp_path) is None


def test_a_status_of_another_form_says_what_to_do(tmp_path):
    write_json(demo_folder(tmp_path) / "status.json", {"steps": [{"nom": "un"}]})
    with pytest.raises(RunError, match="run `make demo` again"):
        read_demo(tmp_path)


def test_the_time_left_carries_on_the_pace_so_far():
    done = DemoStep("one", "One", "finished", seconds=30.0, progress=1.0, share=0.3)
    half = DemoStep("two", "Two", "running", seconds=10.0, progress=0.5, share=0.2)
    rest = DemoStep("three", "Three", share=0.5)
    assert seconds_left(DemoState("building", (done, half, rest))) == 60.0
    assert seconds_left(DemoState("building", (rest,))) is None


def test_a_step_that_minds_a_busy_machine_goes_on_at_its_own_pace():
    done = DemoStep("one", "One", "finished", seconds=10.0, progress=1.0, share=0.1)
    slow = DemoStep("two", "Two", "running", seconds=400.0, progress=0.5, share=0.8)
    rest = DemoStep("three", "Three", share=0.1)
    pace = (10 + 400) / (0.1 + 0.4)
    own = (400 + 0.1 * 0.8 * pace) / (0.4 + 0.1 * 0.8)
    expected = 0.4 * own + 0.1 * pace
    found = seconds_left(DemoState("building", (done, slow, rest)))
    assert found == pytest.approx(expected, abs=0.06)


def test_what_an_earlier_build_had_done_is_not_taken_for_pace(tmp_path, monkeypatch):
    told: list[DemoState] = []
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(demo_build.time, "monotonic", lambda: next(clock))

    def goes_on(root: Path, scale: Scale, report) -> None:
        report(0.6, "where it was")
        report(0.7, "a tenth more")

    plan = (BuildStep("one", "One", 1.0, goes_on),)
    monkeypatch.setattr(demo_build, "steps", lambda scale, *, load_here: plan)
    build_demo(tmp_path, SMALL, told.append)
    (state,) = (one for one in told if one.message == "a tenth more")
    step = state.step("one")
    assert step.gained == pytest.approx(0.1)
    assert state.eta_s == pytest.approx(step.seconds * 3, rel=0.01)


def test_a_third_build_knows_what_the_second_had_found_done(tmp_path, monkeypatch):
    """Of the first step 0.9 was there, so 10 s are a tenth of it, not the whole."""
    now = 0.0
    monkeypatch.setattr(demo_build.time, "monotonic", lambda: now)
    broken = True

    def goes_on(root: Path, scale: Scale, report) -> None:
        nonlocal now
        report(0.9, "where it was")
        now += 10

    def breaks_once(root: Path, scale: Scale, report) -> None:
        if broken:
            raise MorphError("broken")

    plan = (
        BuildStep("one", "One", 0.5, goes_on),
        BuildStep("two", "Two", 0.5, breaks_once),
    )
    monkeypatch.setattr(demo_build, "steps", lambda scale, *, load_here: plan)
    monkeypatch.setattr(demo_build, "INTERVAL_S", 0.0)
    with pytest.raises(MorphError, match="broken"):
        build(tmp_path)
    broken = False
    begun = build(tmp_path)[0].step("one")
    assert (begun.seconds, begun.found, begun.progress) == (10.0, 0.9, 1.0)
    assert begun.gained == pytest.approx(0.1)


def test_a_terminal_sees_one_changing_line_and_a_file_plain_ones():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    step = DemoStep("one", "Simulate", "running", progress=0.25, seconds=5.0)
    state = DemoState("building", (step,), message="64 of 256", eta_s=125.0)
    done = state.with_step("one", state="finished", progress=1.0, seconds=20.0)
    terminal, file = Terminal(), io.StringIO()
    for output in (terminal, file):
        console = Console(output)
        for told in (state, state, done, done):
            console.tell(told)
    line = "[1/1] Simulate: 25% · 64 of 256 · about 2 min left in total"
    assert file.getvalue() == f"{line}\n[1/1] Simulate: 20 s\n"
    assert terminal.getvalue().count(line) == 2
    assert terminal.getvalue().count("\n") == 1


def test_what_was_done_before_is_told_as_such():
    step = DemoStep("one", "Simulate", "finished", progress=1.0, seconds=20.0)
    output = io.StringIO()
    Console(output).tell(DemoState("building", (step,)))
    assert output.getvalue() == "[1/1] Simulate: already complete\n"


@pytest.mark.parametrize(
    ("seconds", "words"), [(3, "about 10 s"), (47, "about 50 s"), (200, "about 3 min")]
)
def test_durations_are_said_as_one_would(seconds, words):
    assert words_for(seconds) == words


def test_a_port_in_use_is_told_before_anything_is_built(tmp_path, steps_taken):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MorphError, match=f"port {port}.*make demo PORT="):
            run_demo(tmp_path, SMALL, serve=True, port=port)
    assert steps_taken[0] == []


def test_a_dashboard_that_a_killed_build_left_is_taken_over_and_stopped(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    record = {
        "url": "http://localhost:1",
        "pid": child.pid,
        "create_time": psutil.Process(child.pid).create_time(),
    }
    write_json(demo_folder(tmp_path) / "dashboard.json", record)
    with dashboard.dashboard(tmp_path, 1) as served:
        assert served.url == "http://localhost:1"
        assert child.poll() is None
    assert not psutil.pid_exists(child.pid)
    child.wait()


def test_a_dashboard_that_cannot_start_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(dashboard, "ROOT", tmp_path)  # there is no app.py here
    with (
        pytest.raises(MorphError, match=r"(?s)did not start.*app\.py"),
        dashboard.dashboard(tmp_path, free_port()),
    ):
        time.sleep(0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
