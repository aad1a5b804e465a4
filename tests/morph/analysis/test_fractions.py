"""Fractions along a column against sums over the table and simulated truths."""

import numpy as np
import pytest
from scipy import stats

from morph.analysis.fractions import (
    Fraction,
    bin_edges,
    counted_fraction,
    fraction_along,
    summed_fraction,
)
from morph.posterior import dirichlet
from morph.posterior.asked_variance import asked_variance
from morph.selection import funnel
from morph.selection.selection import Limit, Selection
from morph.trees.decision_tree import GZD5

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
        tail = stats.beta(alpha, own[bars].sum(axis=1) - alpha).sf(0.5)
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


def chances(probability: np.ndarray) -> np.ndarray:
    """Chance of 0, 1, ... galaxies having the answer, by adding one after another."""
    number = np.array([1.0])
    for p in probability:
        number = np.convolve(number, [1 - p, p])
    return number


@pytest.mark.parametrize("galaxies", [30, 400])
def test_share_of_galaxies_is_poisson_binomial(galaxies):
    p = np.random.default_rng(0).uniform(0, 1, galaxies) ** 2
    row = summed_fraction(
        np.zeros(galaxies),
        np.array([-1.0, 1.0]),
        mean=p,
        variance=p * (1 - p),
        asked=np.ones(galaxies),
        asked_variance=np.zeros(galaxies),
    ).iloc[0]
    share, chance = np.arange(galaxies + 1) / galaxies, chances(p)
    mean = chance @ share
    variance = chance @ (share - mean) ** 2
    assert row.fraction == pytest.approx(mean)
    total = mean * (1 - mean) / variance - 1
    band = stats.beta(mean * total, (1 - mean) * total).interval(0.95)
    assert (row.fraction_low, row.fraction_high) == pytest.approx(band)
    inside = (share >= row.fraction_low) & (share <= row.fraction_high)
    assert chance[inside].sum() == pytest.approx(0.95, abs=0.03)  # numbers are whole


def test_band_holds_the_true_mean_vote_fraction_as_often_as_it_says():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(1, 20, (2, 40))
    mean, total = a / (a + b), a + b
    variance = mean * (1 - mean) / (total + 1)
    row = summed_fraction(
        np.zeros(40),
        np.array([0.0, 1.0]),
        mean=mean,
        variance=variance,
        asked=np.ones(40),
        asked_variance=np.zeros(40),
        mass=0.9,
    ).iloc[0]
    truths = rng.beta(a, b, (20_000, 40)).mean(axis=1)
    inside = (truths >= row.fraction_low) & (truths <= row.fraction_high)
    assert inside.mean() == pytest.approx(0.9, abs=0.01)


def test_galaxies_count_as_much_as_they_are_asked():
    mean = np.array([0.2, 0.8, 0.5])
    asked = np.array([1.0, 0.5, 0.0])
    variance = np.array([0.01, 0.02, 0.2])
    row = summed_fraction(
        np.ones(3),
        np.array([0.0, 2.0]),
        mean=mean,
        variance=variance,
        asked=asked,
        asked_variance=np.zeros(3),
    ).iloc[0]
    assert row.galaxies == 3 and row.asked == 1.5
    assert row.fraction == pytest.approx((0.2 + 0.4) / 1.5)
    wide = row.fraction_high - row.fraction_low
    assert wide == pytest.approx(2 * 1.96 * np.sqrt(0.01 + 0.005) / 1.5, rel=0.05)


@pytest.mark.parametrize("threshold", [None, 0.5])
@pytest.mark.parametrize(("galaxies", "widest"), [(30, 3), (200, 3), (200, 30)])
def test_band_holds_the_truth_where_it_is_uncertain_who_is_asked(
    galaxies, widest, threshold
):
    """Of strong bars, in galaxies whose path to the question is as uncertain."""
    rng = np.random.default_rng(0)
    alpha = rng.uniform(0.5, widest, (galaxies, len(GZD5.labels)))
    strong, bar = GZD5.labels.index("bar_strong"), GZD5.question("bar")
    alpha[rng.uniform(size=galaxies) < 0.3, strong] += 4 * widest
    expected = dirichlet.expected_probability(alpha, GZD5)
    variance = dirichlet.variance(alpha, GZD5)
    mean, spread = expected[:, strong], variance[:, strong]
    if threshold is not None:
        mean = dirichlet.tail_probability(alpha, GZD5, threshold)[:, strong]
        spread = mean * (1 - mean)
    known = (dict(zip(GZD5.labels, v.T, strict=True)) for v in (expected, variance))
    asked = dirichlet.asked_probability(expected, GZD5)
    row = summed_fraction(
        np.zeros(galaxies),
        np.array([0.0, 1.0]),
        mean=mean,
        variance=spread,
        asked=asked[:, GZD5.questions.index(bar)],
        asked_variance=asked_variance(*known, bar, GZD5),
    ).iloc[0]

    def drawn(label: str) -> np.ndarray:
        own = alpha[:, GZD5.labels.index(label)]
        total = alpha[:, GZD5.columns(GZD5.question_of(label))].sum(axis=1)
        return rng.beta(own, total - own, (2000, galaxies))

    weight = drawn("smooth-or-featured_featured-or-disk") * drawn("disk-edge-on_no")
    has = drawn("bar_strong")
    has = has if threshold is None else has > threshold
    truths = (weight * has).sum(axis=1) / weight.sum(axis=1)
    inside = (truths >= row.fraction_low) & (truths <= row.fraction_high)
    assert 0.93 <= inside.mean() <= 0.97


def test_sampling_error_is_that_of_a_mean():
    mean = np.random.default_rng(0).uniform(size=500)
    row = summed_fraction(
        np.ones(500),
        np.array([0.0, 2.0]),
        mean=mean,
        variance=0 * mean,
        asked=mean**0,
        asked_variance=0 * mean,
    ).iloc[0]
    assert row.sampling == pytest.approx(mean.std() / np.sqrt(500))


def test_summing_posteriors_is_unbiased_where_counting_is_not():
    rng = np.random.default_rng(1)
    galaxies = 20_000
    # True fractions mostly below 0.5, and calibrated posteriors of 8 volunteers each.
    truth = rng.beta(2, 6, galaxies)
    votes = rng.binomial(8, truth)
    a, b = 2 + votes, 6 + 8 - votes
    mean = a / (a + b)
    tail = stats.beta(a, b).sf(0.5)
    edges, column = np.array([0.0, 1.0]), np.full(galaxies, 0.5)
    summed = summed_fraction(
        column,
        edges,
        mean=tail,
        variance=tail * (1 - tail),
        asked=np.ones(galaxies),
        asked_variance=np.zeros(galaxies),
    ).iloc[0]
    counted = counted_fraction(
        column, edges, counted=mean > 0.5, reached=np.ones(galaxies, bool)
    ).iloc[0]
    true_share = (truth > 0.5).mean()
    assert summed.fraction_low < true_share < summed.fraction_high
    assert counted.share_high < true_share


def test_bins_hold_their_lower_edge_and_the_last_one_its_upper_too():
    column = np.array([0.0, 1.0, 1.5, 2.0, 2.1, -0.1, np.nan])
    table = counted_fraction(
        column,
        np.array([0.0, 1.0, 2.0]),
        counted=np.arange(7) % 2 == 0,
        reached=np.ones(7, bool),
    )
    assert table["reached"].tolist() == [1, 3]
    assert table["counted"].tolist() == [1, 1]
    assert table["share"].tolist() == [1, pytest.approx(1 / 3)]


def test_a_bin_nobody_reaches_has_no_fraction():
    edges, column = np.array([0.0, 1.0, 2.0]), np.array([0.5, 0.6])
    some = np.array([0.5, np.nan])
    summed = summed_fraction(
        column,
        edges,
        mean=some,
        variance=some / 10,
        asked=np.ones(2),
        asked_variance=np.zeros(2),
    )
    assert summed["galaxies"].tolist() == [1, 0]
    assert np.isnan(summed.loc[1, ["fraction", "fraction_low", "sampling"]]).all()
    counted = counted_fraction(
        column, edges, counted=np.ones(2, bool), reached=np.array([True, False])
    )
    assert np.isnan(counted.loc[1, ["share", "share_low", "share_high"]]).all()


def test_edges_are_evenly_wide_and_leave_out_far_values():
    column = np.concatenate([np.linspace(14, 18, 1000), [99.0, np.nan]])
    edges = bin_edges(column, 8)
    assert len(edges) == 9 and edges[-1] < 18.1
    np.testing.assert_allclose(np.diff(edges), np.diff(edges)[0])


def test_edges_of_equal_counts_share_the_galaxies_out():
    column = np.random.default_rng(0).exponential(size=1000)
    edges = bin_edges(column, 5, equal_counts=True)
    counts = counted_fraction(column, edges, counted=column > 0, reached=column > 0)[
        "reached"
    ]
    assert counts.tolist() == [200] * 5


@pytest.mark.parametrize("column", [[], [np.nan], [3.0, 3.0]])
def test_a_column_of_one_value_has_no_bins(column):
    assert len(bin_edges(np.array(column, dtype=float))) == 0


def test_a_column_that_is_nearly_one_value_still_has_bins():
    column = np.concatenate([np.zeros(1000), [1.0]])
    assert len(bin_edges(column, 4)) == 5
