"""Move the cut of one step: how many galaxies are left."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.certainty.certainty import Certainty, Spread, Tail, to_text
from morph.selection.conditions import steps
from morph.selection.selection import Limit, Selection
from morph.selection.step import Bounds, Step, all_of

End = Literal["low", "high"]


@dataclass(frozen=True)
class Curve:
    """Galaxies left at each cut: after the step itself, and after the whole selection.

    ``final`` is unknown where a later step keeps a fraction of what this one leaves.
    """

    cuts: np.ndarray  # (C,)
    after: np.ndarray  # (C,) int
    final: np.ndarray | None  # (C,) int


def ends(step: Step) -> tuple[End, ...]:
    """Which ends of a step's range can be moved; none where it has no range."""
    if step.bounds is None:
        return ()
    if step.kind == "spread":
        return ("high",)
    return ("low", "high") if step.kind in ("limit", "physical") else ("low",)


def with_range(selection: Selection, step: Step, low: float, high: float) -> Selection:
    """The selection with another range of the number that ``step`` limits."""
    name = step.parameter
    if step.kind == "limit":
        return replace(
            selection, limits={**selection.limits, name: (low, min(high, 1))}
        )
    if step.kind == "physical":
        limit = Limit(low, high, selection.physical[name].keep_missing)
        return replace(selection, physical={**selection.physical, name: limit})
    if step.kind == "votes":
        return replace(selection, least_votes=max(math.ceil(low), 0))
    if step.kind in ("tail", "spread"):
        return _with_certainty(selection, name, low, high)
    return replace(selection, asked=low)


def _with_certainty(
    selection: Selection, name: str, low: float, high: float
) -> Selection:
    """The selection with the number of one condition of certainty moved."""

    def moved(one: Certainty) -> Certainty:
        match one:
            case Tail() if to_text(one) == name:
                return replace(one, at_least=low)
            case Spread() if to_text(one) == name:
                return replace(one, at_most=high)
        return one

    return replace(selection, certainty=tuple(map(moved, selection.certainty)))


def with_cut(selection: Selection, step: Step, end: End, cut: float) -> Selection:
    """The selection with one end of a step's range at ``cut``."""
    bounds = _bounds(step)
    low, high = (cut, bounds.high) if end == "low" else (bounds.low, cut)
    return with_range(selection, step, low, high)


def curve(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    index: int,
    cuts: Sequence[float],
    *,
    end: End = "low",
) -> Curve:
    """How many galaxies are left for other cuts of step ``index``, in one query.

    Each of ``cuts`` replaces one end of the step's range; those beyond its other end
    are left out. All gates of the tree have the same cut, so they are moved together.
    """
    all_steps = steps(selection, release)
    step, bounds = all_steps[index], _bounds(all_steps[index])
    moved = [one for one in all_steps if one == step or one.kind == step.kind == "gate"]
    last = all_steps.index(moved[-1])
    others = [one for one in all_steps[:last] if one not in moved]
    following = all_steps[last + 1 :]
    unknown_end = any(one.keeps_fraction for one in following)
    following = () if unknown_end else following
    values, later = _values(con, release, moved, others, following)
    values = values.astype(step.precision)
    cuts = np.asarray(cuts, dtype=float)
    cuts = cuts[cuts <= bounds.high if end == "low" else cuts >= bounds.low]
    limit = selection.physical.get(step.parameter)

    def left(values: np.ndarray) -> np.ndarray:
        counts = _inside(values, cuts.astype(step.precision), bounds, end)
        missing = limit is not None and limit.keep_missing
        return counts + np.count_nonzero(np.isnan(values)) if missing else counts

    return Curve(cuts, left(values), None if unknown_end else left(values[later]))


def _inside(
    values: np.ndarray, cuts: np.ndarray, bounds: Bounds, end: End
) -> np.ndarray:
    """How many values are between each cut and the other end of a range."""
    if end == "low":
        inside = np.sort(values[values <= values.dtype.type(bounds.high)])
        return len(inside) - np.searchsorted(inside, cuts, "left")
    inside = np.sort(values[values >= values.dtype.type(bounds.low)])
    return np.searchsorted(inside, cuts, "right")


def _values(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    moved: Sequence[Step],
    before: Sequence[Step],
    after: Sequence[Step],
) -> tuple[np.ndarray, np.ndarray]:
    """Of the K galaxies that meet the steps before: the smallest of the moved steps'
    numbers, NaN where one is unknown, and whether they meet the steps after.
    """
    condition, parameters = all_of(before)
    later, later_parameters = all_of(after)
    numbers = [_bounds(one).value for one in moved]
    known = " AND ".join(f"{number} IS NOT NULL" for number in numbers)
    sql = (
        f"SELECT CASE WHEN {known} THEN least({', '.join(numbers)}) END AS value, "
        f"({later}) IS TRUE AS later FROM {release.table} WHERE {condition}"
    )
    columns = query(con, release, sql, parameters | later_parameters).fetchnumpy()
    return np.ma.filled(columns["value"].astype(float), np.nan), columns["later"]


def _bounds(step: Step) -> Bounds:
    if step.bounds is None:
        raise ValueError(f"the step “{step.words}” limits no number")
    return step.bounds
