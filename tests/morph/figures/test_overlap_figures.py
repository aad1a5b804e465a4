"""The UpSet plot: each combination once, with dots on its subsets."""

import pandas as pd

from morph.figures.histogram_figures import WHOLE
from morph.figures.overlap_figures import overlaps

NAMES = {"a2aaa": "Bars", "b2bbb": "Spirals", "c2ccc": "A name far too long to stand"}
FOUND = pd.DataFrame(
    {
        "subsets": [("a2aaa",), ("a2aaa", "c2ccc"), ("a2aaa", "b2bbb", "c2ccc")],
        "galaxies": [1200, 30, 4],
    }
)


def test_bars_and_dots_say_the_same():
    figure = overlaps(FOUND, NAMES, [("a2aaa", "c2ccc")])
    bars, everywhere, *dots = figure.data
    assert list(bars.y) == [1200, 30, 4]
    assert list(bars.text) == ["1,200", "30", "4"]
    assert bars.customdata[1] == "Bars and A name far too long to stand"
    assert len(everywhere.x) == len(FOUND) * len(NAMES)
    assert [list(one.y) for one in dots] == [[0], [0, 2], [0, 1, 2]]
    assert [set(one.x) for one in dots] == [{0}, {1}, {2}]


def test_only_the_combinations_kept_are_in_colour():
    figure = overlaps(FOUND, NAMES, [("a2aaa", "c2ccc")])
    colours = list(figure.data[0].marker.color)
    assert [colour == WHOLE for colour in colours] == [True, False, True]
    assert all(len(name) <= 28 for name in figure.layout.yaxis2.ticktext)
