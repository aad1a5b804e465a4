"""The steps of the demonstration's build; each may be taken again after a kill."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data.demo.plan import (
    ADAPTED_RUN,
    DIRECT_RUN,
    OVERLAP_RUN,
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

Report = Callable[[float, str], None]  # progress in [0, 1], what is being done


@dataclass(frozen=True)
class Step:
    """One step of the build; ``share`` is its usual part of the whole time."""

    name: str
    title: str
    share: float
    work: Callable[[Path, Scale, Report], None]


def simulate(root: Path, scale: Scale, report: Report) -> None:
    """Write the cutout stores of the two surveys."""
    from data.simulation.stores import (
        write_demo,  # torch: seconds, and only needed here
    )

    def tell(what: str, done: int, total: int) -> None:
        report(done / total, f"{what}: {done:,} of {total:,} galaxies")

    write_demo(root, galaxies=scale.galaxies, seed=scale.seed, progress=tell)


def carry_out(run_id: str, root: Path, scale: Scale, report: Report) -> None:
    """See one run through, whoever started it, and publish its release.

    A run found alive is waited for; one that was stopped goes on.

    Raises
    ------
    RunError
        If the run fails, is cancelled or dies.
    """
    folder = run_folder(root, run_id)
    if not folder.exists():
        create_run(root, run_id, configs(scale)[run_id])
    if read_run(folder).startable:
        start_run(folder)
    try:
        run = _watch(folder, report)
    except KeyboardInterrupt:
        _stop(folder)
        raise
    if run.state != "finished":
        raise RunError(
            f"the run {run_id} is {run.state}{f': {run.error}' if run.error else ''} "
            f"(see {folder / 'log.txt'}). Start the build again and it goes on"
        )
    publish_release(folder, root / "releases")


def load(load_here: bool, root: Path, scale: Scale, report: Report) -> None:
    """Put the releases into the catalogue, or leave that to the dashboard."""
    if not load_here:
        return
    try:
        con = connect(catalogue_path(root))
    except CatalogueHeld:
        return  # whoever holds it is a dashboard, which loads what is published
    with con:
        wanted = releases(scale)
        for done, release_id in enumerate(wanted):
            report(done / len(wanted), release_id)
            load_release(con, release_folder(root, release_id))


def steps(scale: Scale, *, load_here: bool) -> tuple[Step, ...]:
    """The steps at a scale; without ``load_here`` a dashboard loads the releases."""
    overlap = Step(
        "overlap",
        "Apply it to galaxies that both surveys see",
        0.02,
        partial(carry_out, OVERLAP_RUN),
    )
    return (
        Step("survey", "Simulate two surveys of one sky", 0.08, simulate),
        Step(
            "source",
            "Fit the source model to the votes of DECaLS",
            0.62,
            partial(carry_out, SOURCE_RUN),
        ),
        Step(
            "direct",
            "Apply it to BASS+MzLS as it is, for comparison",
            0.03,
            partial(carry_out, DIRECT_RUN),
        ),
        *([overlap] if OVERLAP_RUN in configs(scale) else []),
        Step(
            "adapted",
            "Adapt it to BASS+MzLS, predict, map",
            0.245,
            partial(carry_out, ADAPTED_RUN),
        ),
        Step("load", "Load the releases", 0.005, partial(load, load_here)),
    )


def _watch(folder: Path, report: Report) -> RunState:
    while (run := read_run(folder)).active:
        where = " · ".join(part for part in (run.stage, run.message) if part)
        report(run.progress, where or "starting")
        time.sleep(POLL_S)
    return run


def _stop(folder: Path) -> None:
    """Ask the run to stop at its next step and give it a moment to do so."""
    with contextlib.suppress(RunError):  # it has ended already
        cancel_run(folder)
    end = time.monotonic() + CANCEL_PATIENCE_S
    while read_run(folder).active and time.monotonic() < end:
        time.sleep(0.1)
