"""Two clients do the same thing at once; two dashboards share one home."""

from concurrent.futures import ThreadPoolExecutor

from morph.errors import CatalogueHeld
from morph.home import run_folder
from morph.release.folder import verify_release
from morph.runs import bin as run_bin
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import create_run
from morph.runs.run_files import read_events
from pages.common.server import database
from tests.faults.homes import FIRST, SECOND, add_release, loaded, small_home
from tests.faults.processes import Worker, both_at_once
from tests.faults.terminal import browser_page, dashboard
from tests.faults.trials import Fault, Trial
from tests.morph.runs import counting

RUN = "pressed"


def _one_did(lines: list[str], did: str, told: str) -> None:
    """One of two had the effect, and the other was told about it."""
    assert sorted(lines)[0] == f"did {did}", lines
    assert sorted(lines)[1].startswith("told ") and told in sorted(lines)[1], lines


def starting(trial: Trial) -> None:
    """One process runs; the other client is told that the run is in use."""
    folder = create_run(trial.root, RUN, counting.LONG)
    lines = both_at_once([("start", trial.root, RUN)] * 2)
    try:
        _one_did(lines, "start", "another process is using")
        counting.wait_for_state(folder, "running")
    finally:
        stop_run(folder)
    begun = [e for e in read_events(folder) if e["event"] == "run_started"]
    assert len(begun) == 1, begun


def creating(trial: Trial) -> None:
    lines = both_at_once([("create", trial.root, RUN)] * 2)
    _one_did(lines, "create", "there is already a run")
    assert [path.name for path in (trial.root / "runs").iterdir()] == [RUN]


def cancelling(trial: Trial) -> None:
    """The run ends once, and its record is that of one end."""
    folder = create_run(trial.root, RUN, counting.LONG)
    counting.start(folder)
    counting.wait_for_stage(folder, "one")
    lines = both_at_once([("cancel", trial.root, RUN)] * 2)
    assert "did cancel" in lines, lines
    counting.wait_for_state(folder, "cancelled")
    ends = [e for e in read_events(folder) if e["event"] == "run_cancelled"]
    assert len(ends) == 1, ends


def publishing(trial: Trial) -> None:
    """The release of a run is published once."""
    folder = run_folder(trial.root, RUN) / "release"
    folder.parent.mkdir(parents=True)
    add_release(trial.root, RUN).rename(folder)
    lines = both_at_once([("publish", trial.root, RUN)] * 2)
    assert lines == ["did publish"] * 2, lines
    assert verify_release(trial.root / "releases" / RUN) == verify_release(folder)
    assert [path.name for path in (trial.root / "releases").iterdir()] == [RUN]


def removing(trial: Trial) -> None:
    add_release(trial.root, RUN)
    lines = both_at_once([("remove", trial.root, RUN)] * 2)
    assert "did remove" in lines and any("told" in line for line in lines), lines
    assert len(list((trial.root / "releases" / ".removed").iterdir())) == 1


def deleting(trial: Trial) -> None:
    """The run is in the bin once."""
    create_run(trial.root, RUN, counting.LONG)
    lines = both_at_once([("delete", trial.root, RUN)] * 2)
    _one_did(lines, "delete", "there is no run")
    assert [one.run_id for one in run_bin.in_bin(trial.root)] == [RUN]


def loading(trial: Trial) -> None:
    """Two pages of one dashboard load the same release: it is there once."""
    root = small_home(trial.root)
    add_release(root, SECOND)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(database.load_new_releases, root) for _ in range(2)]:
            done.result()
    assert database.health.problem == ""
    database.close(root)
    assert set(loaded(root)) == {FIRST, SECOND}


def a_second_dashboard(trial: Trial) -> None:
    """It is told which process has the catalogue, and opens when that ends."""
    root = small_home(trial.root)
    before = loaded(root)
    first = Worker("hold", root)
    first.begin()
    assert first.line() == "did hold"
    try:
        database.cursor(root)
    except CatalogueHeld as held:
        assert f"process {first.process.pid}" in str(held), held
    else:
        raise AssertionError("two processes have one catalogue open")
    first.kill()
    database.cursor(root).close()
    database.close(root)
    assert loaded(root) == before


def a_second_dashboard_s_page(trial: Trial) -> None:
    """The page of the second dashboard says so, and opens when the first one ends."""
    root = small_home(trial.root)
    with dashboard(root) as first, dashboard(root) as second, browser_page() as page:
        page.goto(f"{second.url}/explore")
        page.get_by_text(f"in use by process {first.process.pid}").wait_for()
        first.kill()
        page.get_by_text("of 400 galaxies").first.wait_for()


FAULTS = (
    Fault("a run is created", creating),
    Fault("a run is started", starting),
    Fault("a run is cancelled", cancelling),
    Fault("a run is deleted", deleting),
    Fault("a release is published", publishing),
    Fault("a release is loaded", loading),
    Fault("a release is removed", removing),
    Fault("two dashboards on a home", a_second_dashboard),
    Fault("the page of a second dashboard", a_second_dashboard_s_page, random=False),
)
