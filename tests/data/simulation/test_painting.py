"""Painted galaxies show the features that their columns describe."""

import numpy as np
import pytest

from data.simulation.population import (
    ARTIFACT,
    DISC,
    EDGE_ON,
    PLAIN,
    STAR,
    draw_population,
)
from data.simulation.scene import grid
from data.simulation.simulate import render
from data.simulation.simulated_votes import vote_fractions

SIZE = 48


@pytest.fixture(scope="module")
def population():
    return draw_population(2000, np.random.default_rng(1))


def one(population, kind, **columns):
    """One round galaxy of a kind, alone on the sky."""
    chosen = population[population["kind"] == kind].iloc[:1]
    alone = {"disturbance": 0.0, "companion": 0.0, "star_flux": 0.0, "angle": 0.0}
    disc = {"axis_ratio": 1.0, "ring": 0.0, "bar": 0.0, "bulge": 0.0}
    return chosen.assign(**alone, **(disc | columns))


def r_light(population, kind, **columns):
    return render(one(population, kind, **columns), SIZE)[0, 1].numpy()


def test_a_drawn_population_is_plain(population):
    assert all((population[name] == value).all() for name, value in PLAIN.items())


def test_arms_that_are_not_shown_leave_an_even_disc(population):
    columns = {"arm_contrast": 0.9, "arms": 2, "arm_disorder": 0.0}
    light = r_light(population, DISC, **columns, arm_shown=0.0)
    np.testing.assert_allclose(light, np.rot90(light), rtol=1e-4, atol=1e-7)
    shown = r_light(population, DISC, **columns)
    assert np.abs(shown - np.rot90(shown)).max() > 0.2 * shown.max()


def test_a_ring_is_where_it_is_said_to_be(population):
    radius = np.hypot(grid(SIZE).x.numpy(), grid(SIZE).y.numpy())
    scale = one(population, DISC)["radius_arcsec"].iloc[0] / 1.678
    for place in (1.0, 2.0):
        light = r_light(population, DISC, arm_contrast=0.0, ring=1.0, ring_place=place)
        brightest = radius[light > 0.95 * light.max()].mean()
        assert brightest == pytest.approx(place * scale, rel=0.08)


def test_dust_darkens_the_middle_of_an_edge_on_disc(population):
    plain, dusty = (r_light(population, EDGE_ON, dust=d) for d in (0.0, 0.6))
    middle, off = SIZE + 8, SIZE + 8 + 24
    assert dusty[middle].max() < 0.6 * plain[middle].max()
    assert dusty[off].max() > 0.99 * plain[off].max()


def test_clumps_make_a_disc_featured_and_keep_its_light(population):
    columns = {"arm_contrast": 0.0}
    even, patchy = (
        r_light(population, DISC, **columns, clumps=clumps) for clumps in (0.0, 0.6)
    )
    assert patchy.sum() == pytest.approx(even.sum(), rel=0.1)
    featured = [
        vote_fractions(one(population, DISC, **columns, clumps=clumps))[0, 1]
        for clumps in (0.0, 0.6)
    ]
    assert featured[0] < 0.15 < 0.4 < featured[1]


def test_a_faint_star_without_spikes_is_round(population):
    star = {"flaw": STAR, "flaw_strength": 1.0}
    spiky, round_ = (
        r_light(population, ARTIFACT, **star, spikes=s) for s in (1.0, 0.0)
    )
    at = SIZE + 8, SIZE + 8 + 30
    assert spiky[at] > 5 * round_[at]
