"""Steps of building the demonstration; each can be repeated after a kill."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data.demo import shipped_models
from data.demo.plan import (
    ADAPTED_RUN,
    DIRECT_RUN,
    FIRST_RUN,
    OVERLAP_RUN,
    OVERLAP_TARGET_RUN,
    SOURCE_RUN,
    Scale,
    configs,
    releases,
)
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.errors import CatalogueHeld, RunError
from morph.home import catalogue_path, release_folder, run_folder
from morph.release.publish import publish_release
from morph.runs.lifecycle import RunState, cancel_run, create_run, read_run, start_run

POLL_S = 0.5
CANCEL_PATIENCE_S = 15.0

Report = Callable[[float, str], None]  # progress in [0, 1], message


@dataclass(frozen=True)
class BuildStep:
    """One step of the build; ``share`` is its usual fraction of the time."""

    name: str
    title: str
    share: float
    work: Callable[[Path, Scale, Report], None]


def simulate(root: Path, scale: Scale, report: Report) -> None:
    """Write the cutout stores of the two surveys."""
    from data.simulation.stores import write_demo  # loads torch, which takes seconds

    def progress(what: str, done: int, total: int) -> None:
        report(done / total, f"{what}: {done:,} of {total:,} galaxies")

    write_demo(root, galaxies=scale.galaxies, seed=scale.seed, progress=progress)


def show_first(root: Path, scale: Scale, report: Report) -> None:
    """Publish the first galaxies, predicted by the model that morph ships."""
    from data.simulation.stores import write_first  # loads torch

    def progress(what: str, done: int, total: int) -> None:
        report(0.2 * done / total, f"{what}: {done:,} of {total:,} galaxies")

    write_first(root, galaxies=scale.galaxies, seed=scale.seed, progress=progress)
    shipped_models.install(root, ADAPTED_RUN, configs(scale)[ADAPTED_RUN])
    finish_run(FIRST_RUN, root, scale, lambda p, m: report(0.2 + 0.8 * p, m))


def finish_run(run_id: str, root: Path, scale: Scale, report: Report) -> None:
    """Start, resume or wait for a run, and publish its release.

    Raises
    ------
    RunError
        If the run fails, is cancelled or dies.
    """
    folder = run_folder(root, run_id)
    config = configs(scale)[run_id]
    if config["kind"] != "predict" and not scale.train:
        shipped_models.install(root, run_id, config)
    if not folder.exists():
        create_run(root, run_id, config)
    if read_run(folder).startable:
        start_run(folder)
    try:
        run = _watch(folder, report)
    except KeyboardInterrupt:
        _stop(folder)
        raise
    if run.state != "finished":
        raise RunError(
            f"the state of the run {run_id} is: {run.state}"
            f"{f'; {run.error}' if run.error else ''} (see {folder / 'log.txt'}). "
            "Run the same command again to resume"
        )
    publish_release(folder, root / "releases", instead_of=FIRST_RUN)


def load(load_here: bool, root: Path, scale: Scale, report: Report) -> None:
    """Load the releases into the catalogue, unless a dashboard does."""
    if not load_here:
        return
    try:
        con = connect(catalogue_path(root))
    except CatalogueHeld:
        return  # its holder is a dashboard, which loads published releases
    with con:
        wanted = releases(scale)
        for done, release_id in enumerate(wanted):
            report(done / len(wanted), release_id)
            # That of the first galaxies may be loaded, if a dashboard was open.
            load_release(con, release_folder(root, release_id), replace=True)


def steps(scale: Scale, *, load_here: bool) -> tuple[BuildStep, ...]:
    """The steps at a scale; without ``load_here`` a dashboard loads the releases."""
    runs = (
        ("source", "Fit the source model to the DECaLS votes", 0.62, SOURCE_RUN),
        ("direct", "Apply it to BASS+MzLS without adaptation", 0.03, DIRECT_RUN),
        ("overlap", "Apply it to DECaLS in the overlap", 0.02, OVERLAP_RUN),
        (
            "overlap-bmz",
            "Apply it to BASS+MzLS in the overlap",
            0.02,
            OVERLAP_TARGET_RUN,
        ),
        ("adapted", "Adapt it to BASS+MzLS, predict, map", 0.245, ADAPTED_RUN),
    )
    if not scale.train:
        runs = (
            ("source", "Apply the shipped source model to DECaLS", 0.1, SOURCE_RUN),
            *runs[1:4],
            ("adapted", "Apply the shipped adapted model, map", 0.1, ADAPTED_RUN),
        )
    planned = configs(scale)
    title = "Simulate and classify the first galaxies"
    first = BuildStep("first", title, 0.08, show_first)
    return (
        *(() if scale.train else (first,)),
        BuildStep("survey", "Simulate two surveys of the same sky", 0.08, simulate),
        *(
            BuildStep(name, title, share, partial(finish_run, run_id))
            for name, title, share, run_id in runs
            if run_id in planned
        ),
        BuildStep("load", "Load the releases", 0.005, partial(load, load_here)),
    )


def _watch(folder: Path, report: Report) -> RunState:
    while (run := read_run(folder)).active:
        where = " · ".join(part for part in (run.stage, run.message) if part)
        report(run.progress, where or "starting")
        time.sleep(POLL_S)
    return run


def _stop(folder: Path) -> None:
    """Ask the run to stop at its next step and wait for a while."""
    with contextlib.suppress(RunError):  # it has already ended
        cancel_run(folder)
    end = time.monotonic() + CANCEL_PATIENCE_S
    while read_run(folder).active and time.monotonic() < end:
        time.sleep(0.1)
