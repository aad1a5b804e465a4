"""How galaxies lie along each slider of a selection, but for its own limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.columns import quoted
from morph.catalogue.release_table import LoadedRelease, bound, reading
from morph.selection.condition import Step
from morph.selection.conditions import all_of, steps
from morph.selection.selection import Selection

BINS = 24
_BATCH = 200_000  # galaxies at a time: memory stays bounded, numpy's overhead small
_OF_SLIDERS = ("limit", "physical")


@dataclass(frozen=True)
class Axis:
    """One slider: the filter that it sets, its column, and the range it spans."""

    parameter: str
    column: str
    low: float
    high: float


def axis_of_answer(label: str) -> Axis:
    """The slider of an answer's expected probability."""
    return Axis(label, f"{label}_probability", 0.0, 1.0)


def crossfiltered(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    axes: Sequence[Axis],
    *,
    bins: int = BINS,
) -> np.ndarray:
    """Galaxies along each axis that meet every step but the axis' own, in one pass.

    What lies inside an axis' own limit is therefore the selection itself.

    Parameters
    ----------
    axes : sequence of Axis, K of them
    bins : int
        Equal bins from ``low`` to ``high``; ``high`` is in the last one.

    Returns
    -------
    (K, bins) int64 array
        Galaxies whose value is unknown, or outside of the axis, are in no bin.
    """
    counts = np.zeros((len(axes), bins), dtype=np.int64)
    if not axes:
        return counts
    own, sql, parameters = _statement(release, selection, axes)
    with reading(release):
        batches = con.sql(sql, params=bound(con, release, parameters)).to_arrow_reader(
            _BATCH
        )
        for batch in batches:
            failed, *columns = (c.to_numpy(zero_copy_only=False) for c in batch.columns)
            passed = failed == 0
            for place, (axis, values) in enumerate(zip(axes, columns, strict=True)):
                step = own.get(axis.parameter)
                seen = passed if step is None else passed | (failed == step)
                counts[place] += _binned(values[seen], axis, bins)
    return counts


def _statement(
    release: LoadedRelease, selection: Selection, axes: Sequence[Axis]
) -> tuple[dict[str, int], str, Mapping[str, Any]]:
    """Number of each axis' own step from 1; SQL of the galaxies; its parameters.

    ``failed`` is the number of the one own step that a galaxy fails, 0 if it fails
    none. Who fails two of them, or any other step, is in nobody's histogram.
    """
    names = {axis.parameter for axis in axes}
    found = steps(selection, release)
    own = [s for s in found if s.kind in _OF_SLIDERS and s.parameter in names]
    condition, _ = all_of([step for step in found if step not in own])
    _, parameters = all_of(found)
    failures = [f"(({step.sql}) IS NOT TRUE)::UTINYINT" for step in own]
    numbered = [f"{n} * {one}" for n, one in enumerate(failures, start=1)]
    columns = ", ".join(quoted(release, axis.column) for axis in axes)
    sql = (
        f"SELECT ({' + '.join(numbered) or '0'})::UTINYINT AS failed, {columns} "
        f"FROM {release.table} WHERE {condition} AND {' + '.join(failures) or '0'} <= 1"
    )
    return _numbers(own), sql, parameters


def _numbers(own: Sequence[Step]) -> dict[str, int]:
    return {step.parameter: number for number, step in enumerate(own, start=1)}


def _binned(values: np.ndarray, axis: Axis, bins: int) -> np.ndarray:
    """(bins,) counts; comparisons with NaN are false, so unknown values fall out."""
    inside = values[(values >= axis.low) & (values <= axis.high)]
    cells = ((inside - axis.low) * (bins / (axis.high - axis.low))).astype(np.int64)
    return np.bincount(np.minimum(cells, bins - 1), minlength=bins)
