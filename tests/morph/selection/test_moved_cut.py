"""A cut moved: every point of the curve is what the selection moved there leaves."""

import numpy as np
import pandas as pd
import pytest

from morph.selection.certainty.certainty import Spread, Surest, Tail
from morph.selection.conditions import steps
from morph.selection.funnel import count, funnel, lost
from morph.selection.moved_cut import curve, ends, with_cut
from morph.selection.selection import Limit, Selection

BARRED = Selection(
    limits={"bar_strong": (0.3, 0.9)}, physical={"redshift": Limit(0.05, 0.12)}
)
ASKED = Selection(limits={"spiral-winding_tight": (0.2, 1)}, rule="asked", asked=0.3)
VOTED = Selection(limits={"bar_strong": (0.0, 0.9)}, least_votes=5, rule="off")
SURE = Selection(
    certainty=(
        Tail("bar_strong", 0.3, 0.4),
        Tail("bar_weak", 0.2, 0.1),
        Spread("bar_strong", 0.12),
    )
)
KEEPING = Selection(physical={"redshift": Limit(0.05, 0.12, keep_missing=True)})
CUTS = np.round(np.linspace(0.01, 0.99, 15), 2)


def place(selection, release, parameter):
    found = [step.parameter for step in steps(selection, release)]
    return len(found) - 1 - found[::-1].index(parameter)


@pytest.mark.parametrize(
    ("selection", "parameter", "end", "cuts"),
    [
        (BARRED, "bar_strong", "low", CUTS),
        (BARRED, "bar_strong", "high", CUTS),
        (BARRED, "redshift", "low", CUTS / 10),
        (BARRED, "redshift", "high", CUTS / 10),
        (KEEPING, "redshift", "low", CUTS / 10),
        (ASKED, "rule", "low", CUTS),
        (SURE, "tail bar_strong 0.3 0.4", "low", CUTS),
        (SURE, "tail bar_weak 0.2 0.1", "low", CUTS),
        (SURE, "sigma bar_strong 0.12", "high", CUTS / 4),
        (VOTED, "least_votes", "low", np.arange(1.0, 9)),
    ],
)
def test_the_curve_is_what_each_cut_leaves(
    shared_con, plain, selection, parameter, end, cuts
):
    index = place(selection, plain, parameter)
    step = steps(selection, plain)[index]
    assert end in ends(step)
    found = curve(shared_con, plain, selection, index, cuts, end=end)
    bounds = step.bounds
    allowed = cuts <= bounds.high if end == "low" else cuts >= bounds.low
    assert list(found.cuts) == list(cuts[allowed])
    for cut, after, final in zip(found.cuts, found.after, found.final, strict=True):
        moved = with_cut(selection, step, end, cut)
        assert funnel(shared_con, plain, moved).rows[index].left == after
        assert count(shared_con, plain, moved) == final
    assert len(set(found.after)) > 3


def test_a_stored_value_is_on_the_side_of_the_cut_that_the_filter_puts_it(
    shared_con, plain
):
    """0.7 in four bytes is more than 0.7 in eight: a cut at it must not lose it."""
    sql = f'SELECT "bar_strong_probability" FROM {plain.table}'
    values = shared_con.execute(sql).df().iloc[:, 0].to_numpy()
    cuts = np.sort(values[:40].astype(float))
    selection = Selection(limits={"bar_strong": (0.5, 1)}, rule="off")
    found = curve(shared_con, plain, selection, 0, cuts)
    assert list(found.after) == [(values >= np.float32(cut)).sum() for cut in cuts]


def test_a_later_share_of_the_surest_leaves_the_end_unknown(shared_con, plain):
    selection = Selection(
        limits={"bar_strong": (0.3, 1)},
        certainty=(Surest("variance", "bar_strong", 15),),
    )
    found = curve(
        shared_con, plain, selection, place(selection, plain, "bar_strong"), [0.3, 0.5]
    )
    assert found.final is None
    rows = funnel(shared_con, plain, selection).rows
    assert found.after[0] == rows[place(selection, plain, "bar_strong")].left
    share = steps(selection, plain)[-1]
    assert ends(share) == ()
    with pytest.raises(ValueError, match="limits no number"):
        curve(shared_con, plain, selection, len(rows) - 1, [0.5])


def test_near_misses_are_the_removed_nearest_to_the_range(shared_con, plain):
    index = place(BARRED, plain, "bar_strong")
    column = "bar_strong_probability"
    removed = lost(shared_con, plain, BARRED, index, limit=10_000, columns=[column])
    distance = pd.concat(
        [np.float32(0.3) - removed[column], removed[column] - np.float32(0.9)], axis=1
    ).max(axis=1)
    expected = removed.assign(distance=distance).sort_values(["distance", "iauname"])
    found = lost(
        shared_con, plain, BARRED, index, limit=12, nearest=True, columns=[column]
    )
    assert list(found["iauname"]) == list(expected["iauname"].head(12))
    assert list(found.columns) == ["iauname", column]


def test_a_galaxy_without_the_number_never_nearly_met_it(shared_con, plain):
    index = place(BARRED, plain, "redshift")
    removed = lost(shared_con, plain, BARRED, index, limit=10_000, columns=["redshift"])
    assert removed["redshift"].isna().any()
    found = lost(
        shared_con,
        plain,
        BARRED,
        index,
        limit=10_000,
        nearest=True,
        columns=["redshift"],
    )
    assert len(found) == removed["redshift"].notna().sum()
