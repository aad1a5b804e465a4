"""Values of a galaxy under its tile: what the selection limits and the order sorts by.

They have the names of their sliders, in the order in which a tile shows them: the value
that is sorted by, answers with the deepest question first, probabilities that a vote
fraction exceeds a threshold, measured columns, and columns of lists.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from morph.catalogue.column_sql import uncertainty
from morph.catalogue.own_columns import own_column
from morph.catalogue.release_table import LoadedRelease
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.certainty.certainty import Tail
from morph.selection.listing.order import Order
from pages.common.here import Here

UNKNOWN = "unknown"


@dataclass(frozen=True)
class TileValue:
    """A value that tiles show: its column (as of `expression`), name and format."""

    column: str
    words: str
    text: Callable[[Any], str]


def of_view(here: Here, order: Order, *, but: str) -> tuple[TileValue, ...]:
    """What the order sorts by and the selection limits, each once.

    Without the vote fraction of the answer ``but``, which the caption shows.
    """
    every = [*_sorted_by(here, order), *_limited(here)]
    by_column = {one.column: one for one in every if one.column != f"{but}_probability"}
    return tuple(by_column.values())


def texts(
    row: Mapping[str, Any], values: Sequence[TileValue]
) -> tuple[tuple[str, str], ...]:
    """The name and text of each value of a galaxy."""
    return tuple(
        (one.words, UNKNOWN if pd.isna(row[one.column]) else one.text(row[one.column]))
        for one in values
    )


def _sorted_by(here: Here, order: Order) -> Iterator[TileValue]:
    release, kind = here.release, order.by
    if kind.of == "fraction":
        yield _of_answer(release, order.label)
    elif kind.of == "measured":
        yield _of_measured(kind.name)
    elif kind.of == "own":
        yield _of_own(here, order.own)
    elif kind.of == "tail":
        yield _of_tail(release, order.label, order.threshold)
    elif kind.of == "measure":
        measure = uncertainty(release, kind.name)
        subject = measure.subject(order.label, release.tree)
        words = f"{measure.symbol or measure.title} {subject}"
        digits = "{:.1f}" if measure.more_is_certain else "{:.4f}"
        yield TileValue(order.column(release), words, digits.format)


def _limited(here: Here) -> Iterator[TileValue]:
    selection = here.selection
    for label in reversed(selection.limits):
        yield _of_answer(here.release, label)
    for one in selection.certainty:
        if isinstance(one, Tail):
            yield _of_tail(here.release, one.label, one.threshold)
    for name in selection.physical:
        yield _of_measured(name)
    for limit in selection.own:
        yield _of_own(here, limit.ref)


def _of_answer(release: LoadedRelease, label: str) -> TileValue:
    words = release.tree.words(label)
    return TileValue(f"{label}_probability", words, "{:.2f}".format)


def _of_tail(release: LoadedRelease, label: str, threshold: float) -> TileValue:
    t = f"{threshold:.6f}".rstrip("0").rstrip(".")
    words = f"P({release.tree.words(label)} > {t})"
    return TileValue(f"{label}_above_{t}", words, "{:.3f}".format)


def _of_measured(name: str) -> TileValue:
    digits = {"position": 5, "flag": 0}.get(MEASURED[name].kind, 3)
    return TileValue(name, MEASURED[name].title, f"{{:.{digits}f}}".format)


def _of_own(here: Here, ref: str) -> TileValue:
    own = own_column.column(here.con, ref)
    text = "{:.4g}".format if own.kind == "number" else str
    return TileValue(ref, own.title, text)
