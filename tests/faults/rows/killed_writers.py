"""The dashboard killed while it loads, saves a subset, or undoes something."""

import time
from functools import cache, partial
from pathlib import Path

from morph.catalogue.connection import connect
from morph.home import catalogue_path
from pages.common.server import database
from tests.faults.homes import (
    FIRST,
    SECOND,
    Contents,
    add_release,
    copied,
    loaded,
    loaded_by,
    small_home,
    subsets,
)
from tests.faults.processes import Worker, killed_after
from tests.faults.terminal import dashboard
from tests.faults.trials import Fault, Trial
from tests.morph.runs.counting import wait_for

GALAXIES = 20_000


@cache
def _prepared(shared: Path) -> tuple[Path, Contents, float]:
    """A home with a release to load; what is then loaded, and how long it takes."""
    home, whole = shared / "to-load", shared / "all-loaded"
    if not home.exists():
        add_release(small_home(home), SECOND, galaxies=GALAXIES, seed=1)
    copied(home, whole)
    worker = Worker("load", whole)
    begin = time.monotonic()
    worker.begin()
    assert worker.end() == ["did load"]
    return home, loaded(whole), time.monotonic() - begin


def _moment(trial: Trial, longest: float) -> float:
    seconds = trial.moments.uniform(0, longest)
    trial.say(f"killed after {seconds:.3f} s")
    return seconds


def a_load(trial: Trial) -> None:
    """The release is whole or absent; the next start loads it."""
    home, whole, longest = _prepared(trial.shared)
    root = copied(home, trial.root)
    kept = subsets(root)
    done = killed_after(_moment(trial, longest), "load", root)
    found = loaded(root)
    trial.say("whole" if SECOND in found else "absent")
    assert found == whole or (found == {FIRST: whole[FIRST]} and not done), found
    database.load_new_releases(root)
    database.close(root)
    assert loaded(root) == whole and subsets(root) == kept


def saving(trial: Trial) -> None:
    """Every subset that was acknowledged is there with all its galaxies."""
    home, whole, _ = _prepared(trial.shared)
    root = copied(home, trial.root)
    before = subsets(root)
    done = killed_after(_moment(trial, 0.5), "save", root)
    acknowledged = {
        subset_id: (digest, int(galaxies))
        for subset_id, digest, galaxies in map(str.split, done)
    }
    found = subsets(root)
    trial.say(f"{len(acknowledged)} acknowledged, {len(found) - len(before)} there")
    assert (before | acknowledged).items() <= found.items()
    assert len(found) <= len(before | acknowledged) + 1  # one that was being saved
    assert loaded(root)[FIRST] == whole[FIRST]


def an_undo(trial: Trial, work: str) -> None:
    """The release, or subset, is whole or absent, as acknowledged or one step later."""
    home, whole, longest = _prepared(trial.shared)
    root = copied(home, trial.root)
    database.load_new_releases(root)
    database.close(root)
    kept = subsets(root)
    done = killed_after(_moment(trial, 2 * longest), work, root, SECOND)
    found = loaded(root)
    trial.say(f"{len(done)} acknowledged, {', '.join(found)} there")
    assert found == whole or found == {FIRST: whole[FIRST]}, found
    assert subsets(root) == kept
    with connect(catalogue_path(root)) as con:
        tables = {name for (name,) in con.execute("SHOW TABLES").fetchall()}
    rows = {name for name in tables if name.startswith("r")}
    assert len(rows) == len(found), f"tables are left over: {tables}"


def the_dashboard_itself(trial: Trial) -> None:
    """A real dashboard is killed while it loads; the next one has all."""
    home, whole, longest = _prepared(trial.shared)
    root = copied(home, trial.root)
    with dashboard(root) as served:
        time.sleep(_moment(trial, longest))
        served.kill()
    found = loaded(root)
    trial.say("whole" if SECOND in found else "absent")
    assert found == whole or found == {FIRST: whole[FIRST]}, found
    with dashboard(root) as served:
        wait_for(lambda: set(whole) == loaded_by(root, served.process.pid), seconds=60)
    assert loaded(root) == whole


FAULTS = (
    Fault("a load", a_load),
    Fault("a subset's saving", saving),
    Fault("unload and restore", partial(an_undo, work="undo")),
    Fault("a subset's deletion and restore", partial(an_undo, work="undo_deletion")),
    Fault("the dashboard at its start", the_dashboard_itself),
)
