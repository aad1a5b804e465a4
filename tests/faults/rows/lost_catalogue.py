"""The catalogue's file is deleted or damaged, while a dashboard runs or not."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from morph.catalogue import sync
from morph.catalogue.connection import connect
from morph.catalogue.contents import read_contents
from morph.catalogue.open_errors import explained
from morph.errors import MorphError
from morph.home import catalogue_path
from pages.common.server import database
from tests.faults.homes import (
    FIRST,
    SECOND,
    add_release,
    loaded,
    small_home,
    subsets,
    tables,
)
from tests.faults.terminal import browser_page, dashboard
from tests.faults.trials import Fault, Trial
from tests.morph.runs.counting import wait_for

REBUILD = "Rebuild the catalogue from the releases"
Damage = Callable[[Path, Trial], None]
BITS = 40  # flipped one after another in one file


def _home(trial: Trial) -> Path:
    """A home with two loaded releases and a subset."""
    root = small_home(trial.root / "home")
    add_release(root, SECOND, galaxies=2000)
    database.load_new_releases(root)
    database.close(root)
    return root


def delete(path: Path, trial: Trial) -> None:
    path.unlink()


def overwrite(path: Path, trial: Trial) -> None:
    """Everything after the first block is random bytes."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(trial.moments.randbytes(size - 4096))


def while_it_runs(trial: Trial, damage: Damage) -> None:
    """The page offers to rebuild; then all is there again, and the subset."""
    root = _home(trial)
    before, kept = loaded(root), subsets(root)
    with dashboard(root) as served, browser_page() as page:
        page.goto(f"{served.url}/explore")
        page.get_by_text("of 2,000 galaxies").first.wait_for()
        damage(catalogue_path(root), trial)
        page.reload()
        if damage is delete:
            _rebuild(page)
        page.get_by_text("of 2,000 galaxies").first.wait_for()
    if damage is not delete:  # it had been read before; the next dashboard sees it
        _offered_at_start(root)
    assert loaded(root) == before and subsets(root) == kept


def while_none_runs(trial: Trial, damage: Damage) -> None:
    root = _home(trial)
    before, kept = loaded(root), subsets(root)
    damage(catalogue_path(root), trial)
    _offered_at_start(root)
    assert loaded(root) == before and subsets(root) == kept


def _offered_at_start(root: Path) -> None:
    """A damaged catalogue is rebuilt by a press, a missing one at the start."""
    missing = not catalogue_path(root).exists()
    with dashboard(root) as served, browser_page() as page:
        page.goto(f"{served.url}/explore")
        if not missing:
            _rebuild(page)
        page.get_by_text(f"of {2000:,} galaxies").first.wait_for()
        wait_for(lambda: _all_loaded(served.process.pid, root), seconds=30)


def _rebuild(page: Page) -> None:
    page.get_by_role("button", name=REBUILD).click()
    page.get_by_role("button", name=REBUILD).wait_for(state="detached")


def _all_loaded(pid: int, root: Path) -> bool:
    """Whether the dashboard ``pid`` has loaded both releases."""
    contents = read_contents(root, pid)
    return contents is not None and set(contents.loaded) == {FIRST, SECOND}


def flipped_bits(trial: Trial) -> None:
    """Whichever bit is flipped, the catalogue is whole or said to be damaged."""
    root = _home(trial)
    before, kept, path = loaded(root), subsets(root), catalogue_path(root)
    whole = path.read_bytes()
    damaged = 0
    for _ in range(BITS):
        byte = trial.moments.randrange(len(whole))
        data = bytearray(whole)
        data[byte] ^= 1 << trial.moments.randrange(8)
        path.write_bytes(bytes(data))
        try:
            with database.cursor(root) as con, explained(con):
                found = tables(con)
            assert found == before, f"byte {byte}: {found}"
        except MorphError as error:
            damaged += 1
            assert "ebuil" in str(error), f"byte {byte}: {error}"
        finally:
            database.close(root)
            path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    trial.say(f"{damaged} of {BITS} flips were told, the others changed nothing")
    sync.rebuild(path, root / "releases")
    assert loaded(root) == before and subsets(root) == kept


def truncated(trial: Trial) -> None:
    """A file of any length is said to be damaged, and rebuilt."""
    root = _home(trial)
    before, kept, path = loaded(root), subsets(root), catalogue_path(root)
    length = trial.moments.randrange(1, path.stat().st_size)
    trial.say(f"cut off after {length} bytes")
    path.write_bytes(path.read_bytes()[:length])
    try:
        with connect(path) as con:
            sync.sync(con, root / "releases")
    except MorphError as error:
        assert "ebuil" in str(error), error
    sync.rebuild(path, root / "releases")
    assert loaded(root) == before and subsets(root) == kept


FAULTS = (
    Fault("bits flipped in the file", flipped_bits),
    Fault("the file cut off", truncated),
    *(
        Fault(f"{damage.__name__}, {when}", partial(do, damage=damage), random=False)
        for damage in (delete, overwrite)
        for when, do in (("it runs", while_it_runs), ("none runs", while_none_runs))
    ),
)
