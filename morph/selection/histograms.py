"""Histograms of a release: of its answers, and along each slider of a selection."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import quoted
from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.release_results import result
from morph.catalogue.release_table import LoadedRelease, bound, query, reading
from morph.selection.conditions import steps, where
from morph.selection.in_memory import step_masks
from morph.selection.in_memory.cell_counts import (
    SparseMask,
    binned,
    cell_of,
    sparse,
)
from morph.selection.selection import Selection
from morph.selection.slider_axes import Axis, axis_of_answer
from morph.selection.step import all_of

BINS = 25  # four positions of an answer's slider each; as in sliders/cubes.js
_BATCH = 200_000  # galaxies at a time: memory stays bounded, numpy's overhead small
_OF_SLIDERS = ("limit", "physical")


@dataclass(frozen=True)
class Expected:
    """Expected numbers of galaxies that reach each question and have each answer."""

    asked: dict[str, float]
    answers: dict[str, float]


def expected_counts(con: DuckDBPyConnection, release: LoadedRelease) -> Expected:
    """Sums, over a release, of P(asked) per question and of P(asked) ρ̂ per answer.

    Unknown fractions do not count.
    """
    tree = release.tree
    sums = result(con, release, "expected counts", lambda: _sums(con, release))
    names = [question.name for question in tree.questions]
    return Expected(
        dict(zip(names, sums[: len(names)], strict=True)),
        dict(zip(tree.labels, sums[len(names) :], strict=True)),
    )


def _sums(con: DuckDBPyConnection, release: LoadedRelease) -> list[float]:
    """The expected numbers of all questions, then of all answers."""
    tree = release.tree
    asked = [f'sum("{q.name}_asked")' for q in tree.questions]
    answers = [
        f'sum("{q.name}_asked" * "{label}_probability")'
        for q in tree.questions
        for label in q.labels
    ]
    sql = f"SELECT {', '.join(asked + answers)} FROM {release.table}"
    return [value or 0.0 for value in query(con, release, sql).fetchall()[0]]


def histograms(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    labels: Sequence[str],
    *,
    bins: int = BINS,
) -> pd.DataFrame:
    """Counts of expected probability in equal bins.

    Columns ``label``, ``bin``, its edges ``low`` and ``high`` (1.0 is in the last bin),
    and the galaxies in it, ``whole`` of the release and ``selected``.
    """
    axes = [axis_of_answer(label) for label in labels]
    count_all = _whole_in_memory if fits(release) else _whole_by_scan
    counts = count_all(con, release, selection, axes, bins)
    edges = np.arange(bins + 1) / bins
    return pd.DataFrame(
        {
            "label": np.repeat(labels, bins),
            "bin": np.tile(np.arange(bins), len(labels)),
            "low": np.tile(edges[:-1], len(labels)),
            "high": np.tile(edges[1:], len(labels)),
            "whole": counts[0].ravel(),
            "selected": counts[1].ravel(),
        }
    )


def of_release(
    con: DuckDBPyConnection, release: LoadedRelease, axes: Sequence[Axis]
) -> np.ndarray:
    """As `crossfiltered`, of all galaxies; kept with the release, each axis alone."""
    everything = Selection(tree=release.tree)

    def counted(axis: Axis) -> list[list[int]]:
        return crossfiltered(con, release, everything, [axis]).tolist()

    rows = [
        result(con, release, f"histogram {axis}", partial(counted, axis))
        for axis in axes
    ]
    return np.array(rows, dtype=np.int64).reshape(len(axes), BINS)


def crossfiltered(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    axes: Sequence[Axis],
    *,
    bins: int = BINS,
) -> np.ndarray:
    """Histogram of each axis, of galaxies that pass all steps except its own.

    Within its own limits it is therefore the histogram of the selection.

    Returns
    -------
    (K, bins) int64 array
        For each of K axes, counts in equal bins from ``low`` to ``high``, which is in
        the last one. Unknown values, and those outside, are in no bin.
    """
    counts = np.zeros((len(axes), bins), dtype=np.int64)
    if not axes:
        return counts
    if fits(release):
        return _crossfiltered_in_memory(con, release, selection, axes, bins)
    numbers, sql, parameters = _statement(release, selection, axes)
    for failed, *batch in _batches(con, release, sql, parameters):
        passed = failed == 0
        for i, (axis, values) in enumerate(zip(axes, batch, strict=True)):
            step = numbers.get(axis.parameter)
            seen = passed if step is None else passed | (failed == step)
            counts[i] += _binned(values[seen], axis, bins)
    return counts


def _whole_in_memory(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    axes: Sequence[Axis],
    bins: int,
) -> np.ndarray:
    """(2, K, bins) counts: of the release, and of the selection."""
    masks = step_masks.masks(con, release, steps(selection, release))
    parts = (None, sparse(step_masks.all_pass(masks, release)))
    return np.array(
        [
            [binned(con, release, axis.bins(bins), part) for axis in axes]
            for part in parts
        ]
    )


def _whole_by_scan(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    axes: Sequence[Axis],
    bins: int,
) -> np.ndarray:
    """The same in one pass over the release."""
    condition, parameters = where(selection, release)
    columns = ", ".join(quoted(release, axis.column) for axis in axes)
    sql = f"SELECT ({condition}) IS TRUE AS selected, {columns} FROM {release.table}"
    counts = np.zeros((2, len(axes), bins), dtype=np.int64)
    for chosen, *batch in _batches(con, release, sql, parameters):
        for i, (axis, values) in enumerate(zip(axes, batch, strict=True)):
            counts[0, i] += _binned(values, axis, bins)
            counts[1, i] += _binned(values[chosen], axis, bins)
    return counts


def _crossfiltered_in_memory(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    axes: Sequence[Axis],
    bins: int,
) -> np.ndarray:
    every = steps(selection, release)
    masks = step_masks.masks(con, release, every)
    moved = {one.parameter for one in every if one.kind in _OF_SLIDERS}
    parts: dict[str, SparseMask] = {}  # by the parameter that is left out, "" for none
    counts = np.empty((len(axes), bins), dtype=np.int64)
    for i, axis in enumerate(axes):
        name = axis.parameter if axis.parameter in moved else ""
        if name not in parts:
            others = [
                m for s, m in zip(every, masks, strict=True) if s.parameter != name
            ]
            parts[name] = sparse(step_masks.all_pass(others, release))
        counts[i] = binned(con, release, axis.bins(bins), parts[name])
    return counts


def _statement(
    release: LoadedRelease, selection: Selection, axes: Sequence[Axis]
) -> tuple[dict[str, int], str, Mapping[str, Any]]:
    """Number of each axis' step, from 1; SQL of the galaxies; its parameters.

    ``failed`` is the number of the only one of these steps that a galaxy fails, 0 if it
    passes all. Galaxies that fail two of them, or any other step, are left out.
    """
    names = {axis.parameter for axis in axes}
    every = steps(selection, release)
    moved = [s for s in every if s.kind in _OF_SLIDERS and s.parameter in names]
    condition, _ = all_of(step for step in every if step not in moved)
    _, parameters = all_of(every)
    failures = [f"(({step.sql}) IS NOT TRUE)::UTINYINT" for step in moved]
    terms = [f"{n} * {one}" for n, one in enumerate(failures, start=1)]
    columns = ", ".join(quoted(release, axis.column) for axis in axes)
    sql = (
        f"SELECT ({' + '.join(terms) or '0'})::UTINYINT AS failed, {columns} "
        f"FROM {release.table} WHERE {condition} AND {' + '.join(failures) or '0'} <= 1"
    )
    numbers = {step.parameter: n for n, step in enumerate(moved, start=1)}
    return numbers, sql, parameters


def _batches(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    sql: str,
    parameters: Mapping[str, Any],
) -> Iterator[list[np.ndarray]]:
    """The columns of a query in batches of rows."""
    with reading(release):
        rows = con.sql(sql, params=bound(con, release, parameters))
        for batch in rows.to_arrow_reader(_BATCH):
            yield [column.to_numpy(zero_copy_only=False) for column in batch.columns]


def _binned(values: np.ndarray, axis: Axis, bins: int) -> np.ndarray:
    """(bins,) counts of some values."""
    return np.bincount(cell_of(values, axis.bins(bins)), minlength=bins + 1)[:bins]
