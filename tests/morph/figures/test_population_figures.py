"""The figure of fractions along a column: its legend has numbers of galaxies."""

import numpy as np

from morph.analysis.fractions import Along, counted_fraction, summed_fraction
from morph.figures.population_figures import fractions_along

EDGES = np.array([15.0, 16.0, 17.0])
MAG = np.array([15.1, 15.2, 15.9, 16.5, 16.6, 18.0, np.nan])  # five in bins


def posterior(mean):
    return {
        "mean": mean,
        "variance": np.full(len(mean), 0.01),
        "asked": np.full(len(mean), 0.5),
        "asked_variance": np.zeros(len(mean)),
    }


def test_the_legend_counts_the_galaxies_of_each_curve():
    unknown = np.array([0.2, 0.4, np.nan, 0.6, 0.8, 0.9, 0.9])
    reached = np.array([True, False, True, True, False, True, True])
    along = Along(
        selected=7,
        known=6,
        counted=counted_fraction(MAG, EDGES, counted=unknown > 0.5, reached=reached),
        summed=summed_fraction(MAG, EDGES, **posterior(unknown)),
        whole=summed_fraction(
            np.tile(MAG, 400), EDGES, **posterior(np.tile(unknown, 400))
        ),
    )
    figure = fractions_along(along, axis="r (mag)", fraction="f", whole=True)
    names = [one.name for one in figure.data if one.showlegend is not False]
    assert names == [
        "Whole release · 1,600",  # 4 of 5 in the bins have a mean, 400 times
        "95% credible interval",
        "Summed posteriors · 4",
        "Threshold counts (95% Wilson) · 3",
    ]
    alone = Along(7, 6, along.counted, None, None)
    figure = fractions_along(alone, axis="r (mag)", fraction="f", whole=False)
    shown = [one.name for one in figure.data if one.showlegend is not False]
    assert shown == ["Threshold counts (95% Wilson) · 3"]
