"""Fractions along a column of a loaded release, against sums over its table."""

import numpy as np
import pytest
from scipy.stats import beta

from morph.analysis.fractions_along import Fraction, fraction_along
from morph.selection import funnel
from morph.selection.selection import Limit, Selection

STRONG = Fraction("bar_strong", 0.5)
BRIGHT = Selection(physical={"mag_r": Limit(14, 16.5)})


@pytest.fixture
def table(shared_con, plain):
    return shared_con.table(plain.table).df()


def in_bin(table, row):
    upper = table["mag_r"] < row.high
    return table[(table["mag_r"] >= row.low) & upper]


def test_the_share_of_galaxies_is_the_sum_of_their_tails(shared_con, plain, table):
    found = fraction_along(shared_con, plain, BRIGHT, STRONG, "mag_r", bins=5)
    bright = table[table["mag_r"].between(14, 16.5)]
    assert (found.selected, found.known) == (len(bright), len(bright))
    bars = [f"bar_{one}_concentration" for one in ("strong", "weak", "no")]
    for whole, part in ((found.summed, bright), (found.whole, table)):
        row = whole.iloc[2]
        own = in_bin(part, row)
        alpha = own[bars[0]]
        tail = beta(alpha, own[bars].sum(axis=1) - alpha).sf(0.5)
        expected = (own["bar_asked"] * tail).sum() / own["bar_asked"].sum()
        assert row.fraction == pytest.approx(expected, rel=1e-5)
        assert row.galaxies == len(own)


def test_the_vote_fraction_is_the_mean_weighted_by_asked(shared_con, plain, table):
    mean = Fraction("bar_strong")
    found = fraction_along(shared_con, plain, Selection(), mean, "mag_r", bins=4)
    row = found.summed.iloc[1]
    own = in_bin(table, row)
    weight = own["bar_asked"]
    expected = (weight * own["bar_strong_probability"]).sum() / weight.sum()
    assert row.fraction == pytest.approx(expected, rel=1e-5)
    assert row.fraction_low < expected < row.fraction_high


def test_the_count_is_that_of_a_selection_along_the_tree(shared_con, plain):
    found = fraction_along(shared_con, plain, Selection(), STRONG, "mag_r", bins=4)
    row = found.counted.iloc[2]
    just_below = np.nextafter(row.high, 0)
    bright = {"mag_r": Limit(row.low, just_below)}
    above = (np.nextafter(np.float32(0.5), np.float32(1)), 1.0)
    chosen = Selection(limits={"bar_strong": above}, physical=bright)
    assert funnel.count(shared_con, plain, chosen) == row.counted
    anything = Selection(limits={"bar_no": (1e-6, 1.0)}, physical=bright)
    assert funnel.count(shared_con, plain, anything) == row.reached


def test_a_column_is_known_for_some(shared_con, plain, table):
    found = fraction_along(shared_con, plain, Selection(), STRONG, "redshift")
    assert found.known == table["redshift"].notna().sum() < found.selected


def test_fractions_alone_are_counted_only(shared_con, fractions):
    found = fraction_along(shared_con, fractions, Selection(), STRONG, "mag_r")
    assert found.summed is None and found.whole is None
    assert found.counted["reached"].sum() > 20


def test_passes_are_summed_by_their_own_tails(shared_con, passes):
    table = shared_con.table(passes.table).df()
    found = fraction_along(shared_con, passes, Selection(), STRONG, "mag_r", bins=2)
    row = found.summed.iloc[0]
    own = in_bin(table, row)
    tail, weight = np.stack(own["bar_strong_tail"])[:, 4], own["bar_asked"]
    assert row.fraction == pytest.approx((weight * tail).sum() / weight.sum(), rel=1e-5)


def test_one_galaxy_has_no_bins(shared_con, plain, table):
    value = float(table["mag_r"].iloc[0])
    alone = Selection(physical={"mag_r": Limit(value, value)})
    assert fraction_along(shared_con, plain, alone, STRONG, "mag_r") is None
