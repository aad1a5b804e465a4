"""What a dashboard does, in a process that may be killed or limited.

``python -m tests.faults.dashboard_work WORK HOME [NAME]`` prints ``ready``, waits for a
line on its input, then does the work and prints a line for all that it has done:
``did ...``, or ``told ...`` with the message of a refusal.
"""

import itertools
import resource
import sys
from pathlib import Path

import psutil
from duckdb import DuckDBPyConnection

from morph.catalogue import loading, release_table
from morph.catalogue.wide_table import galaxy_names
from morph.errors import MorphError
from morph.home import release_folder, run_folder
from morph.release.publish import publish_release, withdraw
from morph.runs import bin as run_bin
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import cancel_run, create_run
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database
from tests.morph.runs import counting


def say(*words: object) -> None:
    print(*words, flush=True)


def load(root: Path, name: str) -> None:
    """Load new releases, as the task in the background."""
    database.load_new_releases(root)
    if database.health.problem:
        raise MorphError(database.health.problem)
    say("did load")


def load_with_little_memory(root: Path, name: str) -> None:
    """Load with ``name`` MB of memory more than the process has already."""
    galaxy_names(next((root / "releases").iterdir()))  # starts Arrow's threads
    limit = psutil.Process().memory_info().vms + 1_000_000 * int(name)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    load(root, name)


def save(root: Path, name: str) -> None:
    """Save one subset after another."""
    with database.cursor(root) as con:
        release = release_table.releases(con)[0]
        for number in itertools.count():
            subset = saved.save_selection(
                con, release, Selection(), name=f"number {number}"
            )
            say("did", subset.subset_id, subset.digest, subset.galaxies)


def undo(root: Path, name: str) -> None:
    """Unload a release and restore it, again and again."""
    with database.cursor(root) as con:
        while True:
            loading.unload_release(con, name)
            say("did unload")
            loading.load_release(con, release_folder(root, name))
            say("did restore")


def undo_deletion(root: Path, name: str) -> None:
    """Delete a subset and restore it, again and again."""
    with database.cursor(root) as con:
        (subset,) = saved.subsets(con)
        while True:
            saved.delete(con, subset.subset_id)
            say("did delete")
            saved.restore(con, subset.subset_id)
            say("did restore")


def publish(root: Path, name: str) -> None:
    publish_release(run_folder(root, name), root / "releases")
    say("did publish")


def remove(root: Path, name: str) -> None:
    withdraw(root, name)
    say("did remove")


def create(root: Path, name: str) -> None:
    create_run(root, name, counting.LONG)
    say("did create")


def start(root: Path, name: str) -> None:
    counting.start(run_folder(root, name))
    say("did start")


def cancel(root: Path, name: str) -> None:
    cancel_run(run_folder(root, name))
    say("did cancel")


def stop(root: Path, name: str) -> None:
    stop_run(run_folder(root, name))
    say("did stop")


def delete(root: Path, name: str) -> None:
    run_bin.delete(root, name)
    say("did delete")


def hold(root: Path, name: str) -> None:
    """Have the catalogue and the workspace open until the input ends."""
    database.cursor(root)
    say("did hold")
    sys.stdin.read()


# With the catalogue open beforehand.
OPENING = (load, load_with_little_memory, save, undo, undo_deletion)
WORK = (*OPENING, publish, remove, create, start, cancel, stop, delete, hold)


def main(work: str, home: str, name: str = "") -> None:
    root = Path(home)
    (do,) = (one for one in WORK if one.__name__ == work)
    opened: DuckDBPyConnection | None = None
    if do in OPENING:
        opened = database.cursor(root)
    say("ready")
    sys.stdin.readline()
    try:
        do(root, name)
    except MorphError as error:
        say("told", error)
    if opened is not None:
        opened.close()
        database.close(root)


if __name__ == "__main__":
    main(*sys.argv[1:])
