"""Counts in cells as a browser gets them: exact, small, those of a release once."""

import json

import numpy as np
import pytest

from morph.figures.plane_scene import Cells
from morph.geometry.density import Window
from pages.common.components.plane.packed_counts import packed
from tests import shown_components

WINDOW = Window(-10.0, 0.0, 2.0, 7.0)


def cells(whole: np.ndarray, selected: np.ndarray) -> Cells:
    rows, columns = (tuple(map(str, range(number))) for number in whole.shape)
    return Cells(WINDOW, whole, selected, columns, rows)


def some(rng: np.random.Generator, mean: float, share: float) -> Cells:
    whole = rng.poisson(mean, (12, 30)) * rng.integers(0, 2, (12, 30))
    return cells(whole, rng.binomial(whole, share))


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.97, 1])
@pytest.mark.parametrize("mean", [0.2, 3, 400, 90_000])
def test_a_browser_gets_the_exact_counts(mean, share):
    shown = some(np.random.default_rng(2), mean, share)
    grid, selected = shown_components.cells(packed(shown))
    np.testing.assert_array_equal(grid["whole"], shown.whole.ravel())
    np.testing.assert_array_equal(selected, shown.selected.ravel())
    assert grid["window"] == vars(WINDOW)
    assert (grid["columns"][:2], grid["rows"][-1]) == (["0", "1"], "11")


def test_counts_far_from_the_mean_fraction_are_exact_too():
    whole = np.full((2, 3), 100_000)
    selected = np.array([[0, 100_000, 0], [70_000, 1, 99_999]])
    drawn = packed(cells(whole, selected))
    assert drawn["bytes"] == 3
    np.testing.assert_array_equal(shown_components.cells(drawn)[1], selected.ravel())


def test_nothing_is_selected_of_an_empty_grid():
    nobody = np.zeros((2, 2), int)
    _, selected = shown_components.cells(packed(cells(nobody, nobody)))
    assert selected.tolist() == [0, 0, 0, 0]


def test_another_selection_has_the_same_grid():
    rng = np.random.default_rng(3)
    one = some(rng, 20, 0.5)
    other = cells(one.whole, rng.binomial(one.whole, 0.1))
    assert packed(one)["grid"] == packed(other)["grid"]
    assert packed(one)["counts"] != packed(other)["counts"]
    assert len(json.dumps(packed(one))) < 250
