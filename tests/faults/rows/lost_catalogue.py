"""The catalogue's file is deleted or damaged, while a dashboard runs or not."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from morph.catalogue.open_errors import explained
from morph.errors import MorphError
from morph.home import catalogue_path
from pages.common.server import database
from tests.faults.homes import (
    FIRST,
    SECOND,
    Contents,
    add_release,
    everything,
    loaded_by,
    rebuilt,
    small_home,
    tables,
)
from tests.faults.terminal import browser_page, dashboard
from tests.faults.trials import Fault, Trial
from tests.morph.runs.counting import wait_for

REBUILD = "Rebuild the catalogue from the releases"
PAGE, COUNT = f"explore?release={SECOND}", "of 2,000 galaxies"
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
    before = everything(root)
    with dashboard(root) as served, browser_page() as page:
        page.goto(f"{served.url}/{PAGE}")
        page.get_by_text(COUNT).first.wait_for()
        damage(catalogue_path(root), trial)
        page.reload()
        _rebuild(page, served.process.pid, root)
    assert everything(root) == before


def while_none_runs(trial: Trial, damage: Damage) -> None:
    """A damaged catalogue is rebuilt by a press, a missing one at the start."""
    root = _home(trial)
    before = everything(root)
    damage(catalogue_path(root), trial)
    with dashboard(root) as served, browser_page() as page:
        page.goto(f"{served.url}/{PAGE}")
        _rebuild(page, served.process.pid, root, press=damage is not delete)
    assert everything(root) == before


def _rebuild(page: Page, pid: int, root: Path, *, press: bool = True) -> None:
    """Press the button; wait until the dashboard ``pid`` has loaded both releases."""
    if press:
        page.get_by_role("button", name=REBUILD).click()
        page.get_by_role("button", name=REBUILD).wait_for(state="detached")
    page.get_by_text(COUNT).first.wait_for()
    wait_for(lambda: loaded_by(root, pid) == {FIRST, SECOND}, seconds=30)


def flipped_bits(trial: Trial) -> None:
    """Whichever bit is flipped, the catalogue is whole or said to be damaged."""
    root = _home(trial)
    before, path = everything(root), catalogue_path(root)
    whole = path.read_bytes()
    damaged = 0
    for _ in range(BITS):
        byte = trial.moments.randrange(len(whole))
        data = bytearray(whole)
        data[byte] ^= 1 << trial.moments.randrange(8)
        path.write_bytes(bytes(data))
        damaged += not _whole_or_told(root, before[0])
    trial.say(f"{damaged} of {BITS} flips were told, the others changed nothing")
    rebuilt(root, before)


def truncated(trial: Trial) -> None:
    """A file of any length is said to be damaged, and rebuilt."""
    root = _home(trial)
    before, path = everything(root), catalogue_path(root)
    length = trial.moments.randrange(1, path.stat().st_size)
    trial.say(f"cut off after {length} bytes")
    path.write_bytes(path.read_bytes()[:length])
    assert not _whole_or_told(root, before[0]), "it was opened"
    rebuilt(root, before)


def _whole_or_told(root: Path, before: Contents) -> bool:
    """Whether all is read as before; else a message must offer to rebuild."""
    path = catalogue_path(root)
    try:
        with database.cursor(root) as con, explained(con):
            found = tables(con)
        assert found == before, found
    except MorphError as error:
        assert "ebuil" in str(error), error
        return False
    finally:
        database.close(root)
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    return True


FAULTS = (
    Fault("bits flipped in the file", flipped_bits),
    Fault("the file cut off", truncated),
    *(
        Fault(f"{damage.__name__}, {when}", partial(do, damage=damage), random=False)
        for damage in (delete, overwrite)
        for when, do in (("it runs", while_it_runs), ("none runs", while_none_runs))
    ),
)
