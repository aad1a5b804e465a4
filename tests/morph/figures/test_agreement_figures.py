"""Figures that compare two releases: the axis of the numbers of galaxies."""

import numpy as np
import pandas as pd
import pytest

from morph.figures.agreement_figures import changes


def drawn(most: int, *, mean: float = 0.01):
    counts = pd.DataFrame(
        {"label": "a", "low": [-0.1, 0.0], "high": [0.0, 0.1], "galaxies": [1, most]}
    )
    summary = pd.DataFrame({"label": ["a"], "mean": [mean], "error": [0.001]})
    return changes(counts, summary, {"a": "Smooth"}).layout


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (1, ["1", "2", "5"]),
        (80, ["1", "2", "5", "10", "20", "50"]),
        (5_000, ["1", "10", "100", "1,000"]),
    ],
)
def test_the_logarithmic_axis_says_so_and_has_round_ticks(most, ticks):
    axis = drawn(most).yaxis
    assert axis.title.text == "galaxies (log scale)"
    assert list(axis.ticktext) == ticks
    low, high = axis.range
    assert low < 0  # a bar of one galaxy is seen
    assert np.isclose(10**high, 1.5 * most)


@pytest.mark.parametrize(("mean", "text"), [(0.01, "+0.010"), (-0.01, "−0.010")])
def test_a_title_has_the_mean_with_its_sign(mean, text):
    (title, *_) = drawn(5, mean=mean).annotations
    assert title.text == f"Smooth: {text} ± 0.001"
