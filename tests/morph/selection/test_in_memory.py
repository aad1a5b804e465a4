"""Selections by masks and cells in memory, against DuckDB alone."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morph.catalogue.in_memory import kept_arrays
from morph.catalogue.release_table import TAIL_THRESHOLDS
from morph.posterior.measures import UNCERTAINTIES
from morph.selection.certainty.certainty import Surest, to_text
from morph.selection.funnel import count, funnel
from morph.selection.histograms import crossfiltered, histograms
from morph.selection.in_memory import order_keys
from morph.selection.in_memory.cell_counts import Bins, binned, cell_of, sparse
from morph.selection.listing.beside_in_order import neighbours
from morph.selection.listing.order import KINDS, Order
from morph.selection.listing.ordering import page, without_value
from morph.selection.listing.selected_rows import rows, selected
from morph.selection.selection import Limit, Selection
from morph.selection.slider_axes import axis_of_answer
from morph.trees.decision_tree import GZD5
from tests.morph.selection.any_selection import SELECTIONS, VOTED

# `MORPH_SELECTIONS=10000` compares as many.
SEVERAL = settings(max_examples=int(os.environ.get("MORPH_SELECTIONS", "10")))
# Kinds of order by what the releases of these tests do not have.
NOT_THERE = {
    code
    for code, kind in KINDS.items()
    if kind.of == "own"
    or kind.name in ("information", "mag_g", "mag_z", "bad_pixels", "image_flag")
}
AXES = [axis_of_answer(label) for label in GZD5.labels[:6]]


def asked(con, release, selection) -> list:
    """What pages ask about a selection."""
    bars = GZD5.question("bar").labels
    return [
        count(con, release, selection),
        [row.left for row in funnel(con, release, selection).rows],
        rows(con, release, selection).tolist(),
        selected(con, release, selection).tolist(),
        crossfiltered(con, release, selection, AXES).tolist(),
        histograms(con, release, selection, bars).to_numpy().tolist(),
    ]


@SEVERAL
@given(VOTED)
def test_it_is_the_same_in_memory_as_by_duckdb(con, plain, selection):
    assert kept_arrays.fits(plain)
    in_memory = asked(con, plain, selection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kept_arrays.SPACE, "0")
        assert not kept_arrays.fits(plain)
        assert asked(con, plain, selection) == in_memory


ORDERS = st.builds(
    Order,
    st.sampled_from(sorted({*KINDS} - NOT_THERE)),
    st.sampled_from(GZD5.labels),
    st.integers(0, 2),
    threshold=st.sampled_from(TAIL_THRESHOLDS),
)


@SEVERAL
@given(SELECTIONS, ORDERS, st.integers(0, 90), st.integers(1, 50), st.integers(1, 60))
def test_galaxies_are_in_the_same_order(con, plain, selection, order, skip, most, few):
    def found() -> list:
        names = page(con, plain, selection, order=order, offset=skip, limit=most)
        names = names["iauname"].tolist()
        asked = [*names[:1], *names[-1:], "nobody"]
        beside = [neighbours(con, plain, selection, n, order=order) for n in asked]
        return [names, beside, without_value(con, plain, selection, order)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order_keys, "MOST", few)
        in_memory = found()
        patch.setenv(kept_arrays.SPACE, "0")
        assert found() == in_memory


def test_equal_keys_and_unknown_ones_are_left_to_the_names(monkeypatch):
    monkeypatch.setattr(order_keys, "MOST", 3)
    keys, rows = np.array([5, 1, 1, 2, np.nan, 1, 7]), np.arange(7)
    assert order_keys.first(keys, rows, 1).tolist() == [1, 2, 5]
    assert order_keys.first(keys, rows, 4) is None  # four are more than three
    assert order_keys.first(np.full(7, np.nan), rows, 1) is None
    assert order_keys.first(keys, rows[:2], 1).tolist() == [0, 1]
    found = order_keys.around(keys, rows, 3)
    assert (found.before, found.previous.tolist()) == (3, [1, 2, 5])
    assert (found.same.tolist(), found.following.tolist()) == ([3], [0])
    assert order_keys.around(keys, rows, 6) is None  # what follows has no value
    assert order_keys.around(keys, rows, 4) is None


@pytest.mark.parametrize("by", UNCERTAINTIES)
@pytest.mark.parametrize("least", [False, True])
@pytest.mark.parametrize("percent", [0.001, 0.07, 7, 33.3, 55, 99.95, 100])
def test_a_fraction_ends_at_the_same_galaxy(con, passes, by, least, percent):
    limits = {"bar_strong": (0.2, 1.0), "bar_weak": (0.0, 0.6)}
    sure = Surest(by, "bar_strong", percent, least)
    selection = Selection(limits, certainty=(sure,), physical={"mag_r": Limit(14, 17)})
    in_memory = asked(con, passes, selection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kept_arrays.SPACE, "0")
        assert asked(con, passes, selection) == in_memory


def test_a_fraction_of_nothing_keeps_nothing(con, plain):
    sure = Surest("variance", "bar_weak")
    none = Selection({"bar_strong": (1.0, 1.0)}, certainty=(sure,))
    assert count(con, plain, none.without(to_text(sure))) == 0
    assert count(con, plain, none) == 0


@SEVERAL
@given(VOTED)
def test_masked_fractions_are_the_same_too(con, fractions, selection):
    selection = Selection(selection.limits, selection.rule, physical=selection.physical)
    in_memory = asked(con, fractions, selection)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kept_arrays.SPACE, "0")
        assert asked(con, fractions, selection) == in_memory


def test_a_value_is_in_the_cell_between_its_edges():
    values = np.array([0, 0.049, 0.05, 0.999, 1, 1.001, -0.001, np.nan, np.inf])
    cells = cell_of(values.astype(np.float32), Bins("a", 0.0, 1.0, 20))
    assert cells.tolist() == [0, 0, 1, 19, 19, 20, 20, 20, 20]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9, 1.0])
def test_galaxies_are_counted_by_the_smaller_side(con, plain, share):
    bins = Bins("mag_r", 14.0, 18.0, 7)
    mask = np.random.default_rng(0).random(plain.galaxies) < share
    values = con.execute(f"SELECT mag_r FROM {plain.table}").df()["mag_r"].to_numpy()
    expected, _ = np.histogram(values[mask], bins=np.linspace(14, 18, 8))
    part = sparse(mask)
    assert part.inverted == (share > 0.5)
    assert binned(con, plain, bins, part).tolist() == expected.tolist()
