"""Begin the demonstration, removing one of another scale first."""

import shutil
from dataclasses import asdict, fields
from pathlib import Path
from threading import get_native_id

from data.demo.plan import FULL, RELEASES, RUNS, SMALL, TRAINED, Scale
from morph.atomic import write_json
from morph.catalogue.connection import connect
from morph.catalogue.loading import unload_release
from morph.catalogue.release_table import releases
from morph.errors import MorphError
from morph.home import catalogue_path, release_folder, run_folder
from morph.runs.demo_status import demo_folder, read_demo
from morph.runs.lifecycle import read_run
from morph.runs.run_files import CONFIG, EVENTS, STATUS, read_json


def begin(root: Path, wanted: Scale) -> Scale:
    """The scale to build at, which is that of an unfinished build if they agree.

    A finished full demonstration also counts as the small one, and one whose models
    were fitted as either. A build at any other scale is removed.

    Raises
    ------
    MorphError
        If a run that would be removed is still active.
    """
    path = demo_folder(root) / CONFIG
    if path.exists():
        previous = _scale_of(path)
        if previous is not None and _serves(root, previous, wanted):
            return previous
        _make_room(root)
    write_json(path, asdict(wanted))
    return wanted


def _scale_of(path: Path) -> Scale | None:
    """The scale in ``path``, None if another version of morph wrote it."""
    # Builds of earlier versions had no ``train``, and fitted their models.
    value = {"train": True} | read_json(path)
    known = {field.name for field in fields(Scale)}
    return Scale(**value) if set(value) == known else None


def _serves(root: Path, previous: Scale, wanted: Scale) -> bool:
    if previous.name == wanted.name:
        return True
    state = read_demo(root)
    larger = {SMALL.name: (FULL.name, TRAINED.name), FULL.name: (TRAINED.name,)}
    counts = previous.name in larger.get(wanted.name, ())
    return counts and state is not None and state.state == "finished"


def _make_room(root: Path) -> None:
    """Remove the demonstration's events, runs and releases, each by one rename."""
    for run_id in RUNS:
        if (run := read_run(run_folder(root, run_id))).active:
            raise MorphError(
                f"the run {run_id} is {run.state}; cancel it or wait until it ends "
                "before building the demonstration at another size"
            )
    _unload(root)
    folder = demo_folder(root)
    for name in (EVENTS, STATUS):
        (folder / name).unlink(missing_ok=True)
    old = folder / f".old-{get_native_id()}"
    old.mkdir(exist_ok=True)
    removed = [run_folder(root, name) for name in RUNS]
    removed += [release_folder(root, name) for name in RELEASES]
    for number, path in enumerate(removed):
        if path.exists():
            path.rename(old / str(number))
    for left in folder.glob(".old-*"):
        shutil.rmtree(left)


def _unload(root: Path) -> None:
    path = catalogue_path(root)
    if not path.exists():
        return
    with connect(path) as con:
        for loaded in releases(con):
            if loaded.release_id in RELEASES:
                unload_release(con, loaded.release_id)
