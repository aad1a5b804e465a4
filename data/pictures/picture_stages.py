"""The stage of a run that makes a store from a folder (`new_stores.pictures_run`)."""

import logging
from pathlib import Path

from data.pictures.from_folder import ImageFolder, store_from_folder
from morph.atomic import write_json, writing
from morph.home import cutouts_folder
from morph.images.new_stores.cutouts_run import RESULT
from morph.images.new_stores.pictures_run import (
    PicturesConfig,
    labels_of,
    read_pictures,
)
from morph.runs.active_run import Run

_log = logging.getLogger(__name__)


def make_store(run: Run) -> None:
    """The one stage of the run: it goes on where an earlier start was stopped."""
    config = read_pictures(run.config)
    run.plan(["images"])
    run.stage("images", lambda: _make(run, config))


def _make(run: Run, config: PicturesConfig) -> None:
    asked = ImageFolder(
        Path(config.folder),
        store=config.store,
        survey=config.survey,
        size=config.size,
        tree=config.tree,
        origin=config.origin,
        title=config.title,
        labels=labels_of(run.folder, config) if config.labels else None,
        pixscale_arcsec=config.pixscale_arcsec,
    )

    def progress(done: int, total: int) -> None:
        run.progress(done, total, f"{done:,} of {total:,} images")

    with writing(cutouts_folder(run.root, config.store).parent):
        report = store_from_folder(run.root, asked, progress=progress)
    for line in report.lines:
        _log.info(line)
    left_out = len(report.result["refused"])
    counts = {"images": report.result["galaxies"], "left out": left_out}
    write_json(run.folder / RESULT, {"store": config.store, "counts": counts})
