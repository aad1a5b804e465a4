"""Cut the galaxies of a table from bricks on disk into a growing store.

Galaxies are sorted by brick, so that a brick is opened once for all its galaxies; only
cutouts over an edge open others, which stay open for a while. A galaxy whose answer is
in the journal is not cut again; one that lacked a file is, once the file is there.
"""

from collections import OrderedDict
from functools import partial

import numpy as np
import pandas as pd

from data.cutouts.bricks.brick_files import BrickFolder, OpenBrick
from data.cutouts.bricks.brick_grid import Brick, bricks_at
from data.cutouts.bricks.coadd_file import CoaddTrouble
from data.cutouts.bricks.stitch import cutout
from data.cutouts.bricks.tangent_plane import centred_on
from data.cutouts.growing_store import GrowingStore
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
from morph.images.cutout_service.cutout_urls import layer_at
from morph.images.survey.survey import Survey

_MOST_OPEN = 16  # bricks, of 7 files each


class Bricks:
    """The bricks of a folder; those used last are open."""

    def __init__(self, folder: BrickFolder, survey: Survey) -> None:
        self.folder, self.survey = folder, survey
        self._open: OrderedDict[tuple[Brick, str], OpenBrick | CoaddTrouble] = (
            OrderedDict()
        )

    def outcome(self, target: Target, size: int) -> Outcome:
        """The cutout of a galaxy, or the file that cannot be used."""
        layer = layer_at(self.survey, *target.place)
        plane = centred_on(*target.place, size, self.folder.pixscale_arcsec)
        opened = partial(self._opened, layer=layer)
        try:
            cut = cutout(plane, self.folder.bands, opened)
        except CoaddTrouble as error:
            return Outcome(state=FAILED, why=str(error))
        return Outcome(cut.flux, bricks=cut.bricks, absent=cut.absent)

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
    waiting = _by_brick(list(wanted))
    for done, target in enumerate(waiting, 1):
        note(store, target, bricks.outcome(target, store.recipe.size), most_missing)
        progress(done, len(waiting))


def _by_brick(targets: list[Target]) -> list[Target]:
    """Along rows of bricks: neighbours in a row follow one another."""
    ra, dec = np.array([target.place for target in targets]).reshape(-1, 2).T
    row, column = bricks_at(ra, dec).T
    return [targets[place] for place in np.lexsort([ra, column, row])]
