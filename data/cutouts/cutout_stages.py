"""The stage of a run that makes a store of cutouts (`new_stores.cutouts_run`).

The store is not in the folder of the run: runs with other galaxies add to it.
"""

import logging
from contextlib import closing
from pathlib import Path

import pandas as pd

from data.cutouts.bricks.cut_bricks import Bricks
from data.cutouts.fetch_cutouts import Requests
from data.cutouts.growing_store import GrowingStore
from data.cutouts.pace import Pace
from data.cutouts.table_to_store import (
    chosen_survey,
    fill,
    outside_note,
    recipe_of,
    source_of,
)
from data.cutouts.targets import Targets
from data.published.rate import Rate
from morph.atomic import write_json, writing
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.new_stores.cutouts_run import (
    PLACES,
    RESULT,
    TARGETS,
    CutoutsConfig,
    read_cutouts,
)
from morph.images.new_stores.made_for import note_release
from morph.images.surveys import known_surveys
from morph.runs.active_run import Run
from morph.wording import duration

_PAUSE_S = 2.0  # from which on a pause is mentioned
_log = logging.getLogger(__name__)


def make_cutouts(run: Run) -> None:
    """The one stage of the run: it goes on where an earlier start was stopped."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every request
    config = read_cutouts(run.config)
    run.plan(["cutouts"])
    run.stage("cutouts", lambda: _make(run, config))


def _make(run: Run, config: CutoutsConfig) -> None:
    bricks = config.bricks
    survey = chosen_survey(run.root, config.survey, needs_service=not bricks)
    recipe = recipe_of(
        survey,
        config.size,
        config.pixscale_arcsec,
        bricks=bool(bricks),
        by_size=config.by_size,
    )
    targets = _read_targets(run.folder / TARGETS, config)
    if not bricks and (note := outside_note(survey, targets.places)):
        _log.info(note)
    folder = cutouts_folder(run.root, config.store)
    pace = Pace(per_s=survey.service.images_per_s)
    source = source_of(survey, recipe, bricks=bricks, pace=pace)
    progress = _Shown(run, source).progress
    limits = {"most_missing": config.most_missing, "progress": progress}
    with writing(folder.parent), closing(source):
        store = GrowingStore(folder, recipe)
        if config.release:
            note_release(folder, config.release)
        with closing(store):
            known = known_surveys(run.root)
            result, lines = fill(store, targets, source, known, **limits)
        for line in lines:
            _log.info(line)
        counts = {what: n for what, n in result.items() if isinstance(n, int)}
        write_json(run.folder / RESULT, {"store": config.store, "counts": counts})


class _Shown:
    """The progress of the run: how many, how fast, and what a service says."""

    def __init__(self, run: Run, source: Requests | Bricks) -> None:
        self._run, self._source = run, source
        self._rate = Rate()

    def progress(self, done: int, total: int) -> None:
        """Report it; when the run is to stop, no more requests are sent."""
        rate = self._rate.per_s(done)
        try:
            self._run.progress(done, total, self._words(done, total, rate))
        except Exception:  # the run was asked to stop
            if isinstance(self._source, Requests):
                self._source.stop()
            raise

    def _words(self, done: int, total: int, rate: float | None) -> str:
        parts = [f"{done:,} of {total:,}"]
        parts += [] if rate is None else [f"{rate:.2g} per second"]
        if isinstance(self._source, Requests):
            parts += _of_service(self._source)
        return ", ".join(parts)


def _of_service(requests: Requests) -> list[str]:
    """A pause that the service asks for, or its last trouble."""
    paused = requests.turnstile.paused_s()
    if paused > _PAUSE_S:
        return [f"the service asks for a pause of {duration(paused)}"]
    return [requests.trouble] if requests.trouble else []


def _read_targets(path: Path, config: CutoutsConfig) -> Targets:
    """The galaxies in the folder of the run; MorphError if they cannot be read."""
    try:
        table = pd.read_parquet(path)
        places = table[[one for one in PLACES if one in table]]
        counts = table.drop(columns=list(places.columns.drop("iauname")))
    except (OSError, ValueError, KeyError) as error:
        raise MorphError(
            f"{path} cannot be read ({error}); start a new download"
        ) from error
    has_votes = len(counts.columns) > 1
    return Targets(places, counts if has_votes else None, config.tree)
