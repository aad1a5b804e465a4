"""A queue of the galaxies that are oddest by their features."""

from collections.abc import Collection

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import at_rows, rows_of
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.labels.label_queue import LabelQueue, make_chosen_queue
from morph.odd.scores import METHODS, Method
from morph.selection.listing.selected_rows import selected
from morph.selection.selection import Selection


def make_odd_queue(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    scores: np.ndarray,
    method: Method,
    *,
    question_id: str,
    galaxies: int,
    seed: int,
    repeated: float = 0.0,
    without: Collection[str] = (),
) -> LabelQueue:
    """Save the ``galaxies`` of a selection with the largest scores, the first first.

    ``scores`` are (N,) in row order, NaN where unknown; galaxies called in ``without``
    are left out. MorphError if none is left.
    """
    allowed = selected(con, release, selection) & np.isfinite(scores)
    allowed[list(rows_of(con, release, list(without)).values())] = False
    rows = np.flatnonzero(allowed)
    if not len(rows):
        raise MorphError(
            "no selected galaxy with features is left to ask; relax a filter"
        )
    rows = rows[np.argsort(-scores[rows], kind="stable")][:galaxies]
    words, most = METHODS[method], int(allowed.sum())
    reasons = [
        f"odd by features: {words} {scores[row]:.3f}, place {place:,} of {most:,}"
        for place, row in enumerate(rows, start=1)
    ]
    return make_chosen_queue(
        con,
        release,
        selection,
        tuple(at_rows(con, release, rows)["iauname"]),
        reasons,
        question_id=question_id,
        how=f"oddest by features ({words})",
        seed=seed,
        repeated=repeated,
    )
