"""Figures of changes: every galaxy is in its cell, bar or point."""

import numpy as np
import pandas as pd

from morph.figures import change_figures

CELLS = pd.DataFrame(
    {
        "reference": [0.0, 0.1, 0.9],
        "release": [0.0, 0.9, 0.5],
        "side": 0.1,
        "galaxies": [7, 1, 120],
    }
)


def test_a_cell_of_the_density_is_at_its_fractions():
    (heat,) = change_figures.density(CELLS, before="a", after="b").data
    counts = np.array(heat.customdata, dtype=float)
    assert np.nansum(counts) == 128
    for row in CELLS.itertuples():
        x = int(np.argmin(np.abs(np.array(heat.x) - row.reference - 0.05)))
        y = int(np.argmin(np.abs(np.array(heat.y) - row.release - 0.05)))
        assert counts[y, x] == row.galaxies
        assert heat.z[y][x] == np.log10(row.galaxies)
    assert list(heat.colorbar.ticktext) == ["1", "10", "100"]


def test_changes_beyond_the_axis_are_in_the_outermost_bars():
    widths = np.array([-40.0, -5.0, 0.0, 0.1, 4.9, 80.0])
    bars, normal = change_figures.own_widths(widths, bins=11).data
    assert sum(bars.y) == 6
    assert (bars.y[0], bars.y[5], bars.y[-1]) == (2, 2, 2)
    assert 5.99 < sum(normal.y) <= 6


def test_a_trend_has_a_line_for_each_answer_in_the_order_of_the_releases():
    table = pd.DataFrame(
        {
            "release": ["b", "b", "a", "a"],
            "label": ["yes", "no", "yes", "no"],
            "galaxies": 40,
            "mean": [0.7, 0.3, 0.6, 0.4],
            "error": [0.1, np.nan, 0.1, 0.1],
        }
    )
    figure = change_figures.trend(table, ["a", "b"], {"yes": "Yes", "no": "No"})
    assert [(line.name, list(line.x), list(line.y)) for line in figure.data] == [
        ("Yes", ["a", "b"], [0.6, 0.7]),
        ("No", ["a", "b"], [0.4, 0.3]),
    ]
    assert list(figure.data[1].error_y.array) == [1.96 * 0.1, 0]


def test_few_galaxies_along_a_quantity_are_hollow():
    table = pd.DataFrame(
        {
            "low": [14.0, 15.0],
            "high": [15.0, 16.0],
            "at": [14.5, 15.5],
            "galaxies": [29, 30],
            "mean": [0.1, -0.1],
            "mean_low": [0.05, -0.2],
            "mean_high": [0.15, 0.0],
        }
    )
    (line,) = change_figures.change_along(table, axis="r-band magnitude (mag)").data
    assert list(line.marker.symbol) == ["circle-open", "circle"]
    assert list(line.y) == [0.1, -0.1]


def test_the_largest_changes_have_a_bar_between_two_edges():
    figure = change_figures.largest([5, 0, 2], np.linspace(0.0, 1.0, 4))
    (bars,) = figure.data
    assert np.allclose(bars.x, [1 / 6, 1 / 2, 5 / 6])
    assert list(bars.y) == [5, 0, 2]
    assert 0.3 < bars.width < 1 / 3
