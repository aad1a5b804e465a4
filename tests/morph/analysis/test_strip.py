"""The σ-ρ plane against σ computed by hand, and its regions against the tree."""

import numpy as np
import pandas as pd
import pytest

from morph.analysis import strip
from morph.catalogue.arrays import arrays
from morph.errors import MorphError
from morph.posterior import dirichlet
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5


@pytest.fixture(scope="module")
def con(shared_con):
    return shared_con


def test_a_galaxy_stands_at_its_share_and_standard_deviation(con, plain):
    names = [f"{label}_concentration" for label in GZD5.labels]
    alpha = np.column_stack(arrays(con, plain, names)).astype(float)
    place = GZD5.labels.index("bar_weak")
    x, y = strip.coordinates(con, plain, "bar_weak")
    mean = dirichlet.expected_probability(alpha, GZD5)[:, place]
    variance = dirichlet.variance(alpha, GZD5)[:, place]
    np.testing.assert_allclose(x, mean, atol=1e-6)
    np.testing.assert_allclose(y, np.sqrt(variance), atol=1e-6)
    total = alpha[:, GZD5.columns(GZD5.question("bar"))].sum(axis=1)
    np.testing.assert_allclose(strip.sigma_at(mean, total), y, atol=1e-6)


def test_several_passes_stand_at_their_total_standard_deviation(
    con, passes, releases_folder
):
    table = pd.read_parquet(releases_folder / "passes" / "samples.parquet")
    (names,) = arrays(con, passes, ["iauname"])
    columns = [f"{label}_concentration" for label in GZD5.labels]
    samples = np.stack(
        [
            own.set_index("iauname").loc[names][columns]
            for _, own in table.groupby("pass")
        ]
    )
    x, y = strip.coordinates(con, passes, "bar_weak")
    place = GZD5.labels.index("bar_weak")
    mean = dirichlet.mixture_mean(samples, GZD5)[:, place]
    variance = dirichlet.total_variance(samples, GZD5)[:, place]
    np.testing.assert_allclose(x, mean, atol=1e-6)
    np.testing.assert_allclose(y, np.sqrt(variance), atol=1e-6)


def test_fractions_have_no_strip(con, fractions):
    with pytest.raises(MorphError, match="fractions without posteriors"):
        strip.coordinates(con, fractions, "bar_weak")


def test_all_of_the_strip_is_who_the_tree_leads_there(con, plain):
    smooth, edge_on = arrays(
        con, plain, ["smooth-or-featured_answer", "disk-edge-on_answer"]
    )
    led = np.flatnonzero((smooth == 1) & (edge_on == 1))
    selection = Selection().on_plane(strip.plane_of("bar_weak"))
    assert rows(con, plain, selection).tolist() == led.tolist()
    everyone = Selection(rule="off").on_plane(strip.plane_of("bar_weak"))
    assert len(rows(con, plain, everyone)) == plain.galaxies
    assert selection.on_plane(strip.plane_of("bar_weak")) is selection


def test_a_curve_is_highest_in_the_middle_and_zero_at_both_ends():
    x, y = strip.curve(30)
    assert (x[0], x[-1]) == (0, 1)
    assert y[[0, -1]] == pytest.approx(0)
    assert y.max() == pytest.approx(0.5 / np.sqrt(31), rel=1e-3)
    assert x[y.argmax()] == pytest.approx(0.5, abs=0.03)


def test_the_window_holds_every_galaxy(con, plain):
    x, y = strip.coordinates(con, plain, "bar_weak")
    assert strip.window(y).holds(x, y).all()
    nothing = strip.window(np.full(3, np.nan))
    assert nothing.high > nothing.low


def test_the_ends_are_boxes_from_the_cut_on():
    sure, unsure = np.array([0.1, 0.2, 0.15]), np.array([0.35, 0.3])
    low, high = strip.tail_boxes(sure, unsure, at_least=0.5, top=0.4)
    assert (low[0].min(), low[0].max()) == (0.5, 1.0)
    assert (low[1].min(), low[1].max()) == (0.0, pytest.approx(0.2))
    assert (high[1].min(), high[1].max()) == (pytest.approx(0.3), 0.4)
    assert strip.tail_boxes(sure[:0], unsure[:0], at_least=0.5, top=1) == []


def test_rows_belong_to_the_first_end_the_second_or_neither():
    ends = np.array([4, 7]), np.array([7, 9])
    assert strip.end_of(np.array([1, 4, 7, 9, 10]), ends).tolist() == [2, 0, 0, 1, 2]
