"""Move the cut of one step: how many galaxies are left, and which just miss it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.columns import with_iauname
from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.conditions import Bounds, Step, all_of, steps
from morph.selection.funnel import steps_passed
from morph.selection.selection import Limit, Selection, Tail

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
    if isinstance(selection.sureness, Tail) and step.kind == "sureness":
        return replace(selection, sureness=replace(selection.sureness, at_least=low))
    return replace(selection, asked=low)


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

    Parameters
    ----------
    cuts : sequence of float
        Where one end of the step's range may be; those beyond its other end are left
        out. Gates of the tree cut at one number, so they count as one step.
    end : {"low", "high"}
    """
    found = steps(selection, release)
    step, bounds = found[index], _bounds(found[index])
    moved = [one for one in found if one == step or step.kind == one.kind == "gate"]
    last = found.index(moved[-1])
    beside = [one for one in found[:last] if one not in moved]
    following = found[last + 1 :]
    shares = any(one.kind == "sureness" and not one.bounds for one in following)
    values, later = _values(con, release, moved, beside, () if shares else following)
    # Compared as the step itself does: in four bytes what is stored in four.
    exact = np.float32 if step.kind in ("limit", "gate") else np.float64
    limit = selection.physical.get(step.parameter)
    count = _Counting(
        values.astype(exact),
        end,
        exact(bounds.high if end == "low" else bounds.low),
        keep_missing=limit is not None and limit.keep_missing,
    )
    allowed = np.asarray(cuts, dtype=float)
    allowed = allowed[allowed <= bounds.high if end == "low" else allowed >= bounds.low]
    after = count(np.ones_like(later), allowed.astype(exact))
    final = None if shares else count(later, allowed.astype(exact))
    return Curve(allowed, after, final)


def near_misses(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    index: int,
    *,
    limit: int = 24,
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """Galaxies that step ``index`` removed, those nearest to its range first.

    ``iauname`` comes first, then ``columns``.
    """
    found = steps(selection, release)
    bounds = _bounds(found[index])
    passed, parameters = steps_passed(found[: index + 1])
    sql = (
        f"SELECT {with_iauname(release, columns)} FROM {release.table} "
        f"WHERE {passed} = $index AND {bounds.value} IS NOT NULL "
        f"ORDER BY greatest($low - {bounds.value}, {bounds.value} - $high), iauname "
        "LIMIT $limit"
    )
    own = {"index": index, "low": bounds.low, "high": bounds.high, "limit": limit}
    return query(con, release, sql, {**parameters, **own}).df()


@dataclass(frozen=True)
class _Counting:
    """Counts galaxies at cuts on one end, with the other end of the range fixed."""

    values: np.ndarray  # (K,), NaN where unknown
    end: End
    other: np.floating
    keep_missing: bool

    def __call__(self, seen: np.ndarray, cuts: np.ndarray) -> np.ndarray:
        values = self.values[seen]
        unknown = np.count_nonzero(np.isnan(values)) if self.keep_missing else 0
        if self.end == "low":
            inside = np.sort(values[values <= self.other])
            return len(inside) - np.searchsorted(inside, cuts, "left") + unknown
        inside = np.sort(values[values >= self.other])
        return np.searchsorted(inside, cuts, "right") + unknown


def _values(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    moved: Sequence[Step],
    before: Sequence[Step],
    after: Sequence[Step],
) -> tuple[np.ndarray, np.ndarray]:
    """The smallest of the moved steps' numbers, NaN where one is unknown, of galaxies
    that meet the steps before; whether they meet the steps after; (K,) each.
    """
    condition, before_parameters = all_of(before)
    later, after_parameters = all_of(after)
    numbers = [_bounds(one).value for one in moved]
    known = " AND ".join(f"{number} IS NOT NULL" for number in numbers)
    sql = (
        f"SELECT CASE WHEN {known} THEN least({', '.join(numbers)}) END AS value, "
        f"({later}) IS TRUE AS later FROM {release.table} WHERE {condition}"
    )
    parameters = {**before_parameters, **after_parameters}
    columns = query(con, release, sql, parameters).fetchnumpy()
    return np.ma.filled(columns["value"].astype(float), np.nan), columns["later"]


def _bounds(step: Step) -> Bounds:
    if step.bounds is None:
        raise ValueError(f"the step “{step.words}” limits no number")
    return step.bounds
