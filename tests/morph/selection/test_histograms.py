"""Histograms at the sliders against pandas: a slider's own limit never counts."""

import numpy as np
import pandas as pd
import pytest

from morph.selection.certainty.certainty import Surest
from morph.selection.funnel import count
from morph.selection.histograms import BINS, crossfiltered
from morph.selection.selection import Limit, Selection
from morph.selection.slider_axes import Axis, axis_of_answer
from morph.trees.decision_tree import GZD5

SELECTION = Selection(
    limits={"bar_strong": (0.25, 0.75), "bar_weak": (0.0, 0.5)},
    physical={"redshift": Limit(0.05, 0.12)},
)
MAGNITUDE = Axis("mag_r", "mag_r", 14.0, 18.0)
REDSHIFT = Axis("redshift", "redshift", 0.0, 0.2)


@pytest.fixture(scope="module")
def rows(shared_con, plain) -> pd.DataFrame:
    return shared_con.execute(f"SELECT * FROM {plain.table}").df()


@pytest.fixture(scope="module")
def passes_each(rows) -> dict[str, pd.Series]:
    """Whether each galaxy meets the tree's gates and each limit of SELECTION."""
    gates = (rows["smooth-or-featured_answer"] == 1) & (
        rows["disk-edge-on_answer"] == 1
    )
    strong, weak = rows["bar_strong_probability"], rows["bar_weak_probability"]
    return {
        "gates": gates,
        "bar_strong": (strong >= np.float32(0.25)) & (strong <= np.float32(0.75)),
        "bar_weak": weak <= np.float32(0.5),
        "redshift": rows["redshift"].between(0.05, 0.12),
    }


def by_hand(values: pd.Series, axis: Axis, bins: int) -> np.ndarray:
    edges = np.linspace(axis.low, axis.high, bins + 1)
    return np.histogram(values.dropna().astype(float), bins=edges)[0]


@pytest.mark.parametrize("bins", [1, 24])
def test_each_axis_leaves_out_its_own_limit_alone(
    shared_con, plain, rows, passes_each, bins
):
    axes = [*(axis_of_answer(one) for one in GZD5.labels), MAGNITUDE, REDSHIFT]
    found = crossfiltered(shared_con, plain, SELECTION, axes, bins=bins)
    for axis, counts in zip(axes, found, strict=True):
        others = [one for name, one in passes_each.items() if name != axis.parameter]
        seen = rows[np.logical_and.reduce(others)]
        expected = by_hand(seen[axis.column], axis, bins)
        # A value beside an edge may fall on either side of it in four bytes.
        assert np.abs(counts - expected).sum() <= 2, axis
        assert counts.sum() == expected.sum()


def test_inside_its_limit_a_slider_shows_the_selection(shared_con, plain):
    axes = [axis_of_answer("bar_strong"), axis_of_answer("bar_no")]
    strong, no = crossfiltered(shared_con, plain, SELECTION, axes, bins=4)
    number = count(shared_con, plain, SELECTION)
    assert strong[1:3].sum() == number > 0
    assert strong.sum() > number  # beyond the limit is more to choose from
    assert no.sum() == number  # not limited: the selection itself


def test_a_share_of_the_surest_stays_the_share_it_was(shared_con, plain):
    selection = Selection(
        limits={"bar_strong": (0.5, 1)},
        certainty=(Surest("variance", "bar_strong", 20),),
    )
    (counts,) = crossfiltered(
        shared_con, plain, selection, [axis_of_answer("bar_strong")], bins=2
    )
    assert counts[1] == count(shared_con, plain, selection) > 0


def test_unknown_values_are_in_no_bin(shared_con, plain, fractions, rows):
    (found,) = crossfiltered(shared_con, plain, Selection(), [REDSHIFT])
    assert found.sum() == rows["redshift"].between(0, 0.2).sum() < len(rows)
    (masked,) = crossfiltered(
        shared_con, fractions, Selection(), [axis_of_answer("bar_strong")]
    )
    sql = f'SELECT count("bar_strong_probability") FROM {fractions.table}'
    assert masked.sum() == shared_con.execute(sql).fetchall()[0][0]


def test_no_axis_is_no_query(shared_con, plain):
    assert crossfiltered(shared_con, plain, SELECTION, []).shape == (0, BINS)
