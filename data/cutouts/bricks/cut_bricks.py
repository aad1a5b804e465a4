"""Cut the galaxies of a table from bricks on disk into a growing store.

Galaxies are sorted by brick, so that a brick is opened once for all its galaxies; only
cutouts over an edge open others, which stay open for a while. A galaxy whose answer is
in the journal is not cut again; one that lacked a file is, once the file is there.

With another pixel scale than that of the bricks, a cutout is interpolated to pixels of
a whole fraction of its own, which are not larger than those of the bricks, and then
averaged. So its values stay surface brightness, per pixel of the bricks, and noise and
small sources are not undersampled.
"""

from collections import OrderedDict
from collections.abc import Generator
from contextlib import closing
from functools import partial

import numpy as np
import pandas as pd

from data.cutouts.bricks.brick_files import BrickFolder, OpenBrick
from data.cutouts.bricks.brick_grid import Brick, bricks_at
from data.cutouts.bricks.coadd_file import CoaddTrouble
from data.cutouts.bricks.stitch import cutout
from data.cutouts.bricks.tangent_plane import centred_on
from data.cutouts.bricks.workers import (
    FEWEST,
    Cut,
    cut_by_workers,
    parts_of,
    usual_workers,
)
from data.cutouts.growing_store import GrowingStore, Recipe
from data.cutouts.journal import Line
from data.cutouts.outcomes import (
    FAILED,
    NO_FILE,
    Outcome,
    Progress,
    Target,
    failed,
    left,
    note,
)
from morph.images.cutout_service.cutout_urls import layer_at, scale_by_size
from morph.images.new_stores.coadd_sampling import times_finer
from morph.images.survey.survey import Survey

_MOST_OPEN = 16  # bricks, of 7 files each


class Bricks:
    """The bricks of a folder; those used last are open.

    ``workers`` processes cut, where there are many galaxies.
    """

    def __init__(self, folder: BrickFolder, survey: Survey, recipe: Recipe) -> None:
        self.folder, self.survey, self.recipe = folder, survey, recipe
        self.workers = usual_workers()
        self._open: OrderedDict[tuple[Brick, str], OpenBrick | CoaddTrouble] = (
            OrderedDict()
        )

    def outcome(self, target: Target) -> Outcome:
        """The cutout of a galaxy, or the file that cannot be used."""
        recipe, layer = self.recipe, layer_at(self.survey, *target.place)
        scale = recipe.pixscale_arcsec
        if recipe.by_size:
            scale = scale_by_size(self.survey, target.radius_arcsec, recipe.size)
        times = times_finer(scale, self.folder.pixscale_arcsec)
        plane = centred_on(*target.place, recipe.size * times, scale / times)
        opened = partial(self._opened, layer=layer)
        try:
            cut = cutout(plane, self.folder.bands, opened)
        except CoaddTrouble as error:
            return Outcome(state=FAILED, why=str(error))
        return Outcome(
            averaged(cut.flux, times)[:, ::-1].copy(),  # a store begins in the north
            bricks=cut.bricks,
            absent=cut.absent,
            pixscale_arcsec=scale,
        )

    def __getstate__(self) -> dict[str, object]:
        """For another process, which opens its own files."""
        return self.__dict__ | {"_open": OrderedDict()}

    def lacked(self, line: Line) -> bool:
        """Whether a galaxy is tried again: a file was broken, or a file has come."""
        if failed(line):
            return True
        if line.get("state") != NO_FILE:
            return False
        layer = layer_at(self.survey, line["ra"], line["dec"])
        names = line.get("absent", "").split()
        return any(self.folder.find(name, layer) for name in names)

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._close_oldest()

    def _opened(self, brick: Brick, *, layer: str) -> OpenBrick:
        key = brick, layer
        if key not in self._open:
            if len(self._open) >= _MOST_OPEN:
                self._close_oldest()
            try:
                self._open[key] = OpenBrick(self.folder, brick, layer)
            except CoaddTrouble as error:
                self._open[key] = error
        self._open.move_to_end(key)
        found = self._open[key]
        if isinstance(found, CoaddTrouble):
            raise found
        return found

    def _close_oldest(self) -> None:
        _, oldest = self._open.popitem(last=False)
        if isinstance(oldest, OpenBrick):
            oldest.close()


def cut(
    store: GrowingStore,
    targets: pd.DataFrame,
    bricks: Bricks,
    *,
    most_missing: float,
    progress: Progress = lambda done, total: None,
) -> None:
    """Cut every galaxy that has no answer yet and has a position.

    Elsewhere if the store has a cutout of a galaxy at another position; the store can
    be opened again.
    """
    wanted = left(store, targets, most_missing=most_missing, again=bricks.lacked)
    waiting, done = _by_brick(list(wanted)), 0
    with closing(_cut_all(bricks, waiting)) as parts:
        for part in parts:
            for target, outcome in part:
                note(store, target, outcome, most_missing)
            done += len(part)
            progress(done, len(waiting))


def _cut_all(bricks: Bricks, waiting: list[Target]) -> Generator[Cut, None, None]:
    """The cutouts, by this process alone or by several."""
    if bricks.workers == 1 or len(waiting) < FEWEST:
        yield from ([(target, bricks.outcome(target))] for target in waiting)
        return
    cutout_bytes = 4 * len(bricks.recipe.bands) * bricks.recipe.size**2
    parts = parts_of(waiting, cutout_bytes)
    yield from cut_by_workers(bricks, parts, bricks.workers)


def averaged(flux: np.ndarray, times: int) -> np.ndarray:
    """(B, S, S) means of bins of ``times`` pixels a side.

    NaN is missing: it does not count, and a bin is missing if more than half of it is.
    """
    if times == 1:
        return flux
    bands, side, _ = flux.shape
    bins = flux.reshape(bands, side // times, times, side // times, times)
    known = np.isfinite(bins)
    number = known.sum(axis=(2, 4))
    sums = np.where(known, bins, 0).sum(axis=(2, 4), dtype=float)
    means = sums / np.maximum(number, 1)
    return np.where(2 * number >= times**2, means, np.nan).astype(np.float32)


def _by_brick(targets: list[Target]) -> list[Target]:
    """Along rows of bricks: neighbours in a row follow one another."""
    ra, dec = np.array([target.place for target in targets]).reshape(-1, 2).T
    row, column = bricks_at(ra, dec).T
    return [targets[place] for place in np.lexsort([ra, column, row])]
