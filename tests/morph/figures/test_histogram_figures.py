"""Figures hold the numbers they were given."""

import numpy as np
import pandas as pd

from morph.figures import histogram_figures

WORDS = {"bar_strong": "Strong bar", "bar_no": "No bar"}


def counts() -> pd.DataFrame:
    edges = np.linspace(0, 1, 5)
    tables = [
        pd.DataFrame(
            {
                "label": label,
                "low": edges[:-1],
                "high": edges[1:],
                "whole": [40, 30, 20, 10],
                "selected": chosen,
            }
        )
        for label, chosen in zip(WORDS, ([0, 0, 3, 1], [0, 0, 0, 0]), strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def test_histograms_compare_shares_of_each_own_total():
    figure = histogram_figures.histograms(counts(), WORDS)
    whole, selected, _, empty = figure.data
    assert list(whole.y) == [0.4, 0.3, 0.2, 0.1]
    assert list(selected.y) == [0, 0, 0.75, 0.25]
    assert list(empty.y) == [0, 0, 0, 0]  # an empty selection divides by nothing
    assert list(selected.x) == [0.125, 0.375, 0.625, 0.875]


def test_histograms_give_the_counts_on_hover_and_the_words_as_titles():
    figure = histogram_figures.histograms(counts(), WORDS)
    assert [row[2] for row in figure.data[1].customdata] == [0, 0, 3, 1]
    assert [note.text for note in figure.layout.annotations] == list(WORDS.values())
