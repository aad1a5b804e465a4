"""For an empty selection: the step that emptied it, and the nearest relaxation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.release.physical_columns import MEASURED
from morph.selection.conditions import Step, all_of, plane_words, steps
from morph.selection.funnel import Funnel, count, funnel
from morph.selection.moved_cut import with_range
from morph.selection.selection import Selection, Surest

_STEP_OF_FRACTION = 20  # offers are multiples of 0.05
_STEP_OF_MEASURED = 100  # and of 0.01 for measured columns


@dataclass(frozen=True)
class Nearest:
    """Values nearest to a range, of galaxies that meet every other filter."""

    below: float | None
    above: float | None


@dataclass(frozen=True)
class Relaxation:
    """Why nothing is left, and the nearest selection that leaves ``count`` galaxies."""

    step: Step  # the step after which nothing was left
    nearest: Nearest | None
    sentence: str
    change: str  # what a button would say: "Strong bar from 0.90"
    selection: Selection
    count: int


def relaxation(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> Relaxation | None:
    """The nearest relaxation of an empty selection; None where galaxies are left."""
    killer = _killer(funnel(con, release, selection))
    if killer is None:
        return None
    nearest = _nearest(con, release, selection, killer)
    sentence = f"No galaxies left after “{killer.words}”.{_values(nearest)}"
    for change, offer in chain(
        _moved(selection, killer, nearest), _dropped(selection, killer)
    ):
        if number := count(con, release, offer):
            return Relaxation(killer, nearest, sentence, change, offer, number)
    change, offer, number = _killers_dropped(con, release, selection)
    return Relaxation(killer, nearest, sentence, change, offer, number)


def _nearest(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    killer: Step,
) -> Nearest | None:
    """Nearest values to the emptying step's range, if it limits a number."""
    bounds = killer.bounds
    if bounds is None:
        return None
    condition, parameters = all_of(_others(selection, release, killer))
    sql = (
        f"SELECT max(v) FILTER (v < $low), min(v) FILTER (v > $high) "
        f"FROM (SELECT {bounds.value} AS v FROM {release.table} WHERE {condition})"
    )
    bound = {**parameters, "low": bounds.low, "high": bounds.high}
    return Nearest(*query(con, release, sql, bound).fetchall()[0])


def _others(
    selection: Selection, release: LoadedRelease, killer: Step
) -> Sequence[Step]:
    """Every other step but the most certain fraction, which always leaves some."""
    share = isinstance(selection.sureness, Surest)
    return [
        step
        for step in steps(selection, release)
        if step != killer and not (share and step.kind == "sureness")
    ]


def _values(nearest: Nearest | None) -> str:
    if nearest is None:
        return ""
    below, above = nearest.below, nearest.above
    if below is None and above is None:
        return " No galaxy meets all other filters."
    if above is None:
        values = f"highest value is {below:.2f}"
    elif below is None:
        values = f"lowest value is {above:.2f}"
    else:
        values = f"nearest values are {below:.2f} and {above:.2f}"
    return f" Among galaxies that meet all other filters, the {values}."


def _moved(
    selection: Selection, killer: Step, nearest: Nearest | None
) -> Iterator[tuple[str, Selection]]:
    """The emptying step's range, widened to the nearest round value on either side."""
    if nearest is None or killer.bounds is None:
        return
    low, high = killer.bounds.low, killer.bounds.high
    below, above = nearest.below, nearest.above
    nearer_below = above is None or (below is not None and low - below <= above - high)
    if below is not None and nearer_below:
        low = _round(below, killer, down=True)
        yield (
            f"{killer.short} from {low:.2f}",
            with_range(selection, killer, low, high),
        )
    elif above is not None:
        high = _round(above, killer, down=False)
        yield (
            f"{killer.short} up to {high:.2f}",
            with_range(selection, killer, low, high),
        )


def _round(value: float, killer: Step, *, down: bool) -> float:
    """The nearest round limit that includes ``value``.

    Fractions are stored, and compared, in four bytes, where 0.7 is less than in eight.
    """
    parts = _STEP_OF_MEASURED if killer.kind == "physical" else _STEP_OF_FRACTION
    compared = np.float32 if killer.kind in ("limit", "gate") else np.float64
    near = [(round(value * parts) + more) / parts for more in (-1, 0, 1)]
    if down:
        return max(one for one in near if compared(one) <= value)
    return min(one for one in near if compared(one) >= value)


def _dropped(selection: Selection, killer: Step) -> Iterator[tuple[str, Selection]]:
    """The selection without one filter: the emptying one first, then the others."""
    tree = selection.tree
    limits = [(label, tree.words(label)) for label in reversed(selection.limits)]
    measured = [(name, MEASURED[name].words) for name in selection.physical]
    drawn = [
        (f"regions_{i}", f"the regions {plane_words(plane, tree)}")
        for i, plane in enumerate(selection.planes)
    ]
    subsets = [(s.subset_id, f"“{s.name or s.subset_id}”") for s in selection.subsets]
    filters = [*limits, ("sure", "uncertainty"), *measured, *drawn, *subsets]
    filters.sort(key=lambda named: named[0] != killer.parameter)
    for parameter, words in filters:
        yield f"without the filter on {words}", selection.without(parameter)
    yield "ignoring the tree", selection.without("rule")


def _killers_dropped(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> tuple[str, Selection, int]:
    """Without each filter that leaves nothing, in turn; how many are then left."""
    names: list[str] = []
    while killer := _killer(found := funnel(con, release, selection)):
        names.append("the tree" if killer.kind == "gate" else killer.short)
        selection = selection.without(killer.parameter)
    return f"without the filters on {' and '.join(names)}", selection, found.left


def _killer(found: Funnel) -> Step | None:
    """The first step after which nothing is left."""
    return next((row.step for row in found.rows if row.left == 0), None)
