"""Selections as a careful user of numpy writes them, for comparison.

Columns are contiguous arrays, and the cells of histograms are made once. The mask of
each condition is kept, so that another selection computes only what it changes.
"""

from collections.abc import Callable, Iterable
from functools import cached_property, reduce

import numpy as np
import pandas as pd
from scipy.special import betainc

from morph.selection.certainty.certainty import Tail, to_text
from morph.selection.listing.order import Order
from morph.selection.selection import Limit, Selection
from morph.trees.decision_tree import GZD5
from tests.benchmarks.brute_force import ABOVE, question_of, sort_column

Key = tuple[object, ...]


class Arrays:
    """The columns of a release, and all that is computed from them once."""

    def __init__(self, table: pd.DataFrame, *, bins: int) -> None:
        self._columns = {name: np.ascontiguousarray(table[name]) for name in table}
        self._names = self._columns.pop("iauname")
        self._masks: dict[Key, np.ndarray] = {}
        self._bins = bins
        self._cells = {
            label: _cells(self._columns[f"{label}_probability"], bins)
            for label in GZD5.labels
            if f"{label}_probability" in self._columns
        }
        self._whole = {label: self._counted(label) for label in self._cells}

    def left(self, selection: Selection) -> list[int]:
        """Galaxies left after each step."""
        masks = list(self.steps(selection).values())
        passed, left = masks[0].copy(), []
        for mask in masks:
            passed &= mask
            left.append(int(np.count_nonzero(passed)))
        return left

    def rows(self, selection: Selection) -> np.ndarray:
        """Rows of the galaxies of a selection."""
        return _rows(self.steps(selection).values())

    def steps(self, selection: Selection) -> dict[str, np.ndarray]:
        """The mask of each step, as those of `brute_force.conditions`."""
        gates = ABOVE[question_of(selection)]
        found = {name: self._gate(name, place) for name, place in gates.items()}
        way = list(found.values())
        for label, (low, high) in selection.limits.items():
            ends = (np.float32(low), np.float32(high))
            found[label] = self._between(f"{label}_probability", *ends)
        for sure in selection.certainty:
            if isinstance(sure, Tail):
                found[to_text(sure)] = self._tail(sure, way)
                continue
            before, name = _rows(found.values()), f"{sure.label}_variance"
            found[to_text(sure)] = self._surest(name, sure.percent, before)
        for name, limit in selection.physical.items():
            found[name] = self._limited(name, limit)
        return found

    def tails(self, tail: Tail) -> np.ndarray:
        """Which of all galaxies have a large enough P(ρ > threshold)."""
        return self._tail_of(tail, slice(None))

    def first_page(self, rows: np.ndarray, order: Order, *, count: int) -> list[str]:
        """Names of the first of some galaxies: only these are sorted."""
        name, upwards = sort_column(order)
        keys = self._name_rank if name == "iauname" else self._columns[name]
        keys = keys.take(rows)
        keys = keys if upwards else -keys
        if len(rows) > count:
            last = np.partition(keys, count - 1)[count - 1]
            rows, keys = rows[keys <= last], keys[keys <= last]
        first = np.lexsort((self._name_rank.take(rows), keys))[:count]
        return self._names.take(rows[first]).tolist()

    def crossfiltered(self, selection: Selection) -> list[list[int]]:
        """(34, bins) counts of the galaxies that meet every step but the answer's."""
        steps = self.steps(selection)
        every = _rows(steps.values())
        found = []
        for label in self._cells:
            others = [mask for name, mask in steps.items() if name != label]
            rows = every if label not in steps else _rows(others)
            found.append(self._counted(label, rows).tolist())
        return found

    def histograms(self, selection: Selection) -> list[list[int]]:
        """(34 · bins, 2) counts of the whole release and of the selection."""
        rows = self.rows(selection)
        both = [
            np.stack([self._whole[label], self._counted(label, rows)], axis=1)
            for label in self._cells
        ]
        return np.concatenate(both).tolist()

    @cached_property
    def _name_rank(self) -> np.ndarray:
        return pd.Series(self._names).rank().to_numpy(np.int32)

    def _gate(self, question: str, place: int) -> np.ndarray:
        answers = self._columns[f"{question}_answer"]
        return self._kept((question, place), lambda: answers == place)

    def _limited(self, name: str, limit: Limit) -> np.ndarray:
        if not limit.keep_missing:
            return self._between(name, limit.low, limit.high)
        inside = self._between(name, limit.low, limit.high)
        return inside | np.isnan(self._columns[name])

    def _between(self, name: str, low: float, high: float) -> np.ndarray:
        values = self._columns[name]
        return self._kept((name, low, high), lambda: (values >= low) & (values <= high))

    def _tail(self, tail: Tail, way: list[np.ndarray]) -> np.ndarray:
        """Computed only for galaxies on the way to the question."""

        def made() -> np.ndarray:
            found, rows = np.zeros(len(self._names), bool), _rows(way)
            found[rows] = self._tail_of(tail, rows)
            return found

        return self._kept((tail,), made)

    def _tail_of(self, tail: Tail, rows: np.ndarray | slice) -> np.ndarray:
        own = self._columns[f"{tail.label}_concentration"][rows]
        others = self._columns["bar_others"][rows]
        return betainc(others, own, 1 - tail.threshold) >= tail.at_least

    def _surest(self, name: str, percent: float, rows: np.ndarray) -> np.ndarray:
        if not len(rows):
            return np.zeros(len(self._names), bool)
        wanted = int(np.ceil(round(percent * len(rows) / 100, 6))) - 1
        values = self._columns[name]
        return values <= np.partition(values.take(rows), wanted)[wanted]

    def _counted(self, label: str, rows: np.ndarray | None = None) -> np.ndarray:
        cells = self._cells[label]
        own = cells if rows is None else cells.take(rows)
        return np.bincount(own, minlength=self._bins)

    def _kept(self, key: Key, make: Callable[[], np.ndarray]) -> np.ndarray:
        if key not in self._masks:
            self._masks[key] = make()
        return self._masks[key]


def inside(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Rows of the (N, 2) points in a polygon: those in its box, then by ray casting."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    x, y = points.T
    near = (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])
    rows = np.flatnonzero(near)
    x, y = points[rows].T.astype(float)
    odd = np.zeros(len(rows), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            crossing = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
            odd ^= ((y0 > y) != (y1 > y)) & (x < crossing)
    return rows[odd]


def _cells(values: np.ndarray, bins: int) -> np.ndarray:
    return np.minimum((values * bins).astype(np.uint8), bins - 1)


def _rows(masks: Iterable[np.ndarray]) -> np.ndarray:
    return np.flatnonzero(reduce(np.logical_and, masks))
