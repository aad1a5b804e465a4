"""Figures that compare two releases: the axis of the numbers of galaxies."""

import numpy as np
import pandas as pd
import pytest

from morph.figures.agreement_figures import changes


def drawn(most: int):
    counts = pd.DataFrame(
        {"label": "a", "low": [-0.1, 0.0], "high": [0.0, 0.1], "galaxies": [1, most]}
    )
    summary = pd.DataFrame({"label": ["a"], "mean": [0.01], "error": [0.001]})
    return changes(counts, summary, {"a": "Smooth"}).layout.yaxis


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (1, ["1", "2", "5"]),
        (80, ["1", "2", "5", "10", "20", "50"]),
        (5_000, ["1", "10", "100", "1,000"]),
    ],
)
def test_the_logarithmic_axis_says_so_and_has_round_ticks(most, ticks):
    axis = drawn(most)
    assert axis.title.text == "galaxies (log scale)"
    assert list(axis.ticktext) == ticks
    low, high = axis.range
    assert low < 0  # a bar of one galaxy is seen
    assert np.isclose(10**high, 1.5 * most)
