"""Selections by regions and subsets, against the same by hand from the files."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morph.catalogue.arrays import arrays
from morph.errors import MorphError
from morph.geometry.regions import Plane, Region
from morph.posterior import dirichlet
from morph.selection.conditions import describe, steps
from morph.selection.funnel import count, funnel, lost
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.listing.selected_rows import rows
from morph.selection.relaxation import relaxation
from morph.selection.selection import InSubset, Limit, Selection
from morph.subsets import saved
from morph.trees.decision_tree import GZD5
from tests.morph.drawing import MAP, STRIPS, TRIANGLES, mask_by_hand, regions

SQUARE = ((0.2, 0.0), (0.8, 0.0), (0.8, 0.6), (0.2, 0.6))
BAR = next(plane for plane in TRIANGLES if plane.of[0] == "bar_strong")
ROUND = Selection(limits={"how-rounded_round": (0.5, 1)}, rule="off")


@pytest.fixture(scope="module")
def con(shared_con):
    return shared_con


@pytest.fixture(scope="module")
def files(releases_folder) -> dict:
    folder = releases_folder / "plain"
    galaxies = pd.read_parquet(folder / "galaxies.parquet").set_index("iauname")
    read = {
        name: pd.read_parquet(folder / f"{name}.parquet").set_index("iauname")
        for name in ("posteriors", "projection")
    }
    alpha = read["posteriors"].loc[galaxies.index].to_numpy(float)
    return {
        "galaxies": galaxies,
        "alpha": alpha,
        "rho": dirichlet.expected_probability(alpha, GZD5),
        "places": read["projection"].loc[galaxies.index],
    }


@pytest.fixture(scope="module")
def halves(con, plain, files):
    """Two subsets of every second and of every third galaxy."""
    names = files["galaxies"].index
    return [
        saved.save_names(
            con, plain, names[::step].tolist(), kind="pins", name=f"every {step}"
        )
        for step in (2, 3)
    ]


def by_hand(selection: Selection, files: dict) -> np.ndarray:
    return mask_by_hand(selection, files["rho"], files["alpha"], files["places"])


@settings(max_examples=300)
@given(st.lists(regions(), min_size=1, max_size=5))
def test_regions_select_who_lies_inside(con, plain, files, drawn):
    selection = Selection(regions=tuple(drawn), rule="off")
    mask = by_hand(selection, files)
    assert rows(con, plain, selection).tolist() == np.flatnonzero(mask).tolist()
    assert count(con, plain, selection) == funnel(con, plain, selection).left


@settings(max_examples=60)
@given(
    st.lists(regions(), max_size=2),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, True, False]),
    st.floats(0, 1),
)
def test_regions_and_subsets_go_with_all_else(
    con, plain, files, halves, drawn, second, third, low
):
    used = [
        InSubset(half.subset_id, included)
        for half, included in zip(halves, (second, third), strict=True)
        if included is not None
    ]
    selection = Selection(
        limits={"bar_strong": (low, 1)},
        rule="off",
        physical={"mag_r": Limit(0, 17)},
        regions=tuple(drawn),
        subsets=tuple(used),
    )
    rho = np.float32(files["rho"][:, GZD5.labels.index("bar_strong")])
    keep = (rho >= np.float32(low)) & (files["galaxies"]["mag_r"].to_numpy() <= 17)
    keep &= by_hand(selection, files)
    places = np.arange(len(keep))
    for step, included in ((2, second), (3, third)):
        if included is not None:
            keep &= (places % step == 0) == included
    assert rows(con, plain, selection).tolist() == places[keep].tolist()
    found = funnel(con, plain, selection)
    kinds = [row.step.kind for row in found.rows]
    order = ["limit", "physical", "region", "subset"]
    assert kinds == sorted(kinds, key=order.index)
    assert found.left == keep.sum()


def test_a_step_for_each_plane_says_what_was_drawn(plain, halves):
    drawn = (
        Region(BAR, SQUARE, name="Region A"),
        Region(MAP, SQUARE, mode="remove", name="Blob"),
        Region(BAR, SQUARE, mode="add", name="Region B", inverted=True),
        Region(STRIPS[0], SQUARE, mode="intersect", name="Region C"),
    )
    ids = [half.subset_id for half in halves]
    selection = Selection(
        rule="off",
        regions=drawn,
        subsets=(InSubset(ids[0], name="every 2"), InSubset(ids[1], included=False)),
    )
    found = {step.parameter: step.words for step in steps(selection, plain)}
    assert found == {
        "regions_0": "in Region A or outside Region B on the triangle of Bar",
        "regions_1": "not in Blob on the map",
        "regions_2": "in Region C on the σ–ρ̂ plot of Smooth",
        ids[0]: "in the subset “every 2”",
        ids[1]: f"not in the subset “{ids[1]}”",
    }
    for parameter in found:
        left = selection.without(parameter)
        assert len(steps(left, plain)) == 4
        assert parameter not in describe(left, plain)
    assert selection.without("regions_1").planes == (BAR, STRIPS[0])


@pytest.mark.parametrize("plane", [BAR, Plane("strip", ("bar_weak",))])
def test_a_region_of_answers_follows_the_tree_as_a_limit_on_them_does(
    con, plain, files, plane
):
    selection = Selection(regions=(Region(plane, SQUARE, inverted=True),))
    rho = files["rho"]
    largest = {
        name: rho[:, GZD5.columns(GZD5.question(name))].argmax(axis=1)
        for name in ("smooth-or-featured", "disk-edge-on")
    }
    mask = by_hand(selection, files)
    mask &= (largest["smooth-or-featured"] == 1) & (largest["disk-edge-on"] == 1)
    assert 0 < mask.sum() < by_hand(selection, files).sum()
    assert rows(con, plain, selection).tolist() == np.flatnonzero(mask).tolist()
    assert steps(Selection(regions=(Region(MAP, SQUARE),)), plain)[0].kind == "region"


def test_what_was_drawn_before_a_new_region_of_its_plane_is_forgotten():
    old, new = Region(BAR, SQUARE, name="Old"), Region(BAR, SQUARE, name="New")
    other = Region(MAP, SQUARE)
    selection = Selection(regions=(old, other, replace(old, mode="add"), new))
    assert selection.regions == (new, other)


def test_a_map_belongs_to_its_release(passes, plain):
    selection = Selection(regions=(Region(MAP, SQUARE, name="Blob"),))
    with pytest.raises(MorphError, match="Blob: the region was drawn on the map of"):
        steps(selection, passes)
    elsewhere = Region(Plane("map", ("passes",)), SQUARE)
    with pytest.raises(MorphError, match="its maps: none"):
        steps(Selection(regions=(elsewhere,)), passes)


def test_a_strip_needs_variances(fractions):
    selection = Selection(regions=(Region(STRIPS[3], SQUARE),))
    with pytest.raises(MorphError, match="fractions without posteriors"):
        steps(selection, fractions)


def test_masked_fractions_are_in_no_region_nor_outside_one(con, fractions):
    drawn = Region(BAR, SQUARE)
    numbers = [
        count(con, fractions, Selection(regions=(drawn,), rule="off"))
        for drawn in (drawn, replace(drawn, inverted=True))
    ]
    (known,) = arrays(con, fractions, ["bar_strong_probability"])
    assert sum(numbers) == np.isfinite(known).sum() < fractions.galaxies


def test_an_unknown_subset_is_named(con, plain):
    selection = Selection(subsets=(InSubset("z9zzz"),))
    with pytest.raises(MorphError, match="no subset z9zzz"):
        count(con, plain, selection)


@pytest.mark.parametrize("wrong", ["", "k7f3", "K7F3A", "bar_s", "k7f3a'", "asked"])
def test_what_is_no_id_of_a_subset_is_refused(wrong):
    with pytest.raises(MorphError, match="not a subset id"):
        InSubset(wrong)


def test_a_subset_counts_once():
    with pytest.raises(MorphError, match="twice"):
        Selection(subsets=(InSubset("k7f3a"), InSubset("k7f3a", included=False)))


def test_a_subset_of_one_release_selects_by_name_in_another(con, plain, passes, halves):
    within = Selection(subsets=(InSubset(halves[0].subset_id),))
    both = set(saved.members(con, halves[0].subset_id)) & set(
        page(con, passes, Selection(), limit=1000)["iauname"]
    )
    assert count(con, passes, within) == len(both)
    without = Selection(subsets=(InSubset(halves[0].subset_id, included=False),))
    assert count(con, passes, without) == passes.galaxies - len(both)


def test_galaxies_lost_to_a_region_are_shown(con, plain, files):
    selection = Selection(regions=(Region(BAR, SQUARE),), rule="off")
    outside = files["galaxies"].index[~by_hand(selection, files)]
    assert set(lost(con, plain, selection, 0, limit=5000)["iauname"]) == set(outside)


def test_a_page_of_a_region_is_ordered_whatever_columns_are_asked_for(
    con, plain, files
):
    """DuckDB 2.0.0 fails inside unless one of its optimisers is off."""
    selection = Selection(regions=(Region(BAR, SQUARE),), rule="off")
    everyone = files["galaxies"].index[rows(con, plain, selection)]
    columns = ["ra", "dec", "bar_strong_probability", "umap_x"]
    order = Order("highest", "bar_strong")
    found = page(con, plain, selection, order=order, limit=24, columns=columns)
    strong = pd.Series(files["rho"][:, 7], files["galaxies"].index)[everyone]
    expected = strong.sort_values(ascending=False).head(24)
    np.testing.assert_allclose(found["bar_strong_probability"], expected, rtol=1e-6)
    assert set(found["iauname"]) <= set(everyone) and len(found) == 24


def test_a_region_that_empties_the_selection_can_be_dropped(con, plain):
    far = Region(MAP, ((900, 900), (901, 900), (900, 901)), name="Far")
    found = relaxation(con, plain, replace(ROUND, regions=(far,)))
    assert found.step.parameter == "regions_0"
    assert found.change == "without the filter on the regions on the map"
    assert found.selection == ROUND
    assert found.count == count(con, plain, ROUND)


def test_arrays_are_in_the_order_of_rows(con, plain, files):
    (strong, mag) = arrays(con, plain, ["bar_strong_probability", "mag_r"])
    place = GZD5.labels.index("bar_strong")
    np.testing.assert_array_equal(strong, np.float32(files["rho"][:, place]))
    np.testing.assert_array_equal(mag, files["galaxies"]["mag_r"].to_numpy())
    (answer,) = arrays(con, plain, ["bar_answer"])
    labels = GZD5.columns(GZD5.question("bar"))
    assert answer.tolist() == files["rho"][:, labels].argmax(axis=1).tolist()
