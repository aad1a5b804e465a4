"""For an empty selection: the step that emptied it, and the nearest relaxation."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.certainty.certainty import to_text
from morph.selection.conditions import plane_words, steps
from morph.selection.funnel import Funnel, count, funnel
from morph.selection.moved_cut import with_range
from morph.selection.selection import Selection
from morph.selection.step import Step, all_of


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
    emptying = _emptying(funnel(con, release, selection))
    if emptying is None:
        return None
    nearest = _nearest(con, release, selection, emptying)
    found = _values(nearest, emptying)
    sentence = f"No galaxies are left after the step “{emptying.words}”.{found}"
    for change, offer in chain(
        _moved(selection, emptying, nearest), _dropped(selection, emptying)
    ):
        if number := count(con, release, offer):
            return Relaxation(emptying, nearest, sentence, change, offer, number)
    change, offer, number = _all_dropped(con, release, selection)
    return Relaxation(emptying, nearest, sentence, change, offer, number)


def _nearest(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    emptying: Step,
) -> Nearest | None:
    """Nearest values to the emptying step's range, if it limits a number."""
    bounds = emptying.bounds
    if bounds is None:
        return None
    # The most certain fraction always leaves some galaxies.
    condition, parameters = all_of(
        step
        for step in steps(selection, release)
        if step != emptying and not step.keeps_fraction
    )
    sql = (
        f"SELECT max(v) FILTER (v < $low), min(v) FILTER (v > $high) "
        f"FROM (SELECT {bounds.value} AS v FROM {release.table} WHERE {condition})"
    )
    bound = {**parameters, "low": bounds.low, "high": bounds.high}
    return Nearest(*query(con, release, sql, bound).fetchall()[0])


def _values(nearest: Nearest | None, step: Step) -> str:
    if nearest is None:
        return ""
    below, above = nearest.below, nearest.above
    if below is None and above is None:
        return " No galaxy meets all other filters."
    if above is None:
        values = f"highest value is {_text(below, step)}"
    elif below is None:
        values = f"lowest value is {_text(above, step)}"
    else:
        values = f"nearest values are {_text(below, step)} and {_text(above, step)}"
    return f" Among galaxies that meet all other filters, the {values}."


def _moved(
    selection: Selection, emptying: Step, nearest: Nearest | None
) -> Iterator[tuple[str, Selection]]:
    """The emptying step's range, widened to the nearest round value on either side."""
    if nearest is None or emptying.bounds is None:
        return
    low, high = emptying.bounds.low, emptying.bounds.high
    below, above = nearest.below, nearest.above
    if below is not None and (above is None or low - below <= above - high):
        low = _round(below, emptying, down=True)
        change = f"{emptying.short} ≥ {_text(low, emptying)}"
    elif above is not None:
        high = _round(above, emptying, down=False)
        change = f"{emptying.short} ≤ {_text(high, emptying)}"
    else:
        return
    yield change, with_range(selection, emptying, low, high)


def _text(value: float, step: Step) -> str:
    return f"{value:.0f}" if step.kind == "votes" else f"{value:.2f}"


def _round(value: float, step: Step, *, down: bool) -> float:
    """The nearest round limit that includes ``value``, in the step's precision."""
    parts = (
        100 if step.kind in ("physical", "spread") else 20
    )  # multiples of 0.01, or of 0.05
    near = [(round(value * parts) + more) / parts for more in (-1, 0, 1)]
    if down:
        return max(one for one in near if step.precision(one) <= value)
    return min(one for one in near if step.precision(one) >= value)


def _dropped(selection: Selection, emptying: Step) -> Iterator[tuple[str, Selection]]:
    """The selection without one filter: the emptying one first, then the others."""
    tree = selection.tree
    limits = [(label, tree.words(label)) for label in reversed(selection.limits)]
    measured = [(name, MEASURED[name].words) for name in selection.physical]
    drawn = [
        (f"regions_{i}", f"the regions {plane_words(plane, tree)}")
        for i, plane in enumerate(selection.planes)
    ]
    sky = [("sky", "the region of the sky")] if selection.sky else []
    subsets = [(s.subset_id, f"“{s.name or s.subset_id}”") for s in selection.subsets]
    own = [(limit.ref, limit.short) for limit in selection.own]
    certain = [
        (to_text(one), f"the certainty of {tree.words(one.label)}")
        for one in reversed(selection.certainty)
    ]
    of_answers = [*limits, ("least_votes", "votes"), *certain]
    filters = [*of_answers, *measured, *sky, *drawn, *subsets, *own]
    filters.sort(key=lambda named: named[0] != emptying.parameter)
    for parameter, words in filters:
        yield f"without the filter on {words}", selection.without(parameter)
    yield "ignoring the tree", selection.without("rule")


def _all_dropped(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> tuple[str, Selection, int]:
    """Without each filter that leaves nothing, in turn; how many are then left."""
    names: list[str] = []
    while step := _emptying(counts := funnel(con, release, selection)):
        names.append("the tree" if step.kind == "gate" else step.short)
        selection = selection.without(step.parameter)
    return f"without the filters on {' and '.join(names)}", selection, counts.left


def _emptying(counts: Funnel) -> Step | None:
    """The first step after which nothing is left."""
    return next((row.step for row in counts.rows if row.left == 0), None)
