"""More realistic galaxies are of the same kinds as before."""

import numpy as np

from data.simulation.population import ARTIFACT, DISC, SMOOTH, STAR, draw_population
from tests.research.pilots.lifelike import lifelike


def test_lifelike_galaxies_are_of_the_kinds_they_were():
    population = draw_population(2000, np.random.default_rng(1))
    found = lifelike(population, np.random.default_rng(2))
    kept = ["kind", "mag_r", "radius_arcsec", "bar", "arms", "pitch", "bulge", "ring"]
    for name in kept:
        np.testing.assert_array_equal(found[name], population[name])
    smooth = population["kind"] == SMOOTH
    ratios = found["axis_ratio"][smooth], population["axis_ratio"][smooth]
    np.testing.assert_array_equal(*ratios)
    assert found["axis_ratio"][population["kind"] == DISC].between(0.38, 1).all()
    stars = (found["flaw"] == STAR)[population["kind"] == ARTIFACT].mean()
    assert 0.4 < stars < 0.9
    again = lifelike(population, np.random.default_rng(2))
    np.testing.assert_array_equal(found, again)
