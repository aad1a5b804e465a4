"""Histograms and cut curves show the numbers given."""

import numpy as np
import pandas as pd

from morph.figures import histogram_figures
from morph.selection.moved_cut import Curve

CUTS = np.linspace(0, 1, 5)
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


def cut_curve(after, final):
    found = Curve(CUTS, np.array(after), None if final is None else np.array(final))
    return histogram_figures.cut_curve(found, cut=0.25, axis="Strong bar, at least")


def test_the_present_cut_and_the_axes_are_named():
    figure = cut_curve([9, 7, 5, 3, 1], [8, 6, 4, 2, 0])
    assert figure.layout.shapes[0].x0 == 0.25
    assert figure.layout.annotations[0].text == "now 0.25"
    assert figure.layout.xaxis.title.text == "Strong bar, at least"
    assert [trace.name for trace in figure.data] == [
        "after this step",
        "after all steps",
    ]
    assert list(figure.data[1].y) == [8, 6, 4, 2, 0]


def test_one_line_where_no_step_follows_or_the_end_is_unknown():
    assert len(cut_curve([9, 7, 5, 3, 1], [9, 7, 5, 3, 1]).data) == 1
    assert len(cut_curve([9, 7, 5, 3, 1], None).data) == 1
