"""Galaxies drawn by GalSim keep their light; noise and colours are as stated."""

from dataclasses import replace

import numpy as np
import pytest

from data.simulation.population import SMOOTH, draw_population
from morph.images.store_manifest import PIXSCALE_ARCSEC
from tests.benchmarks.foreign.galsim_images import galsim_images, light
from tests.benchmarks.foreign.sky import calibrated_as, similar_sky, source_sky

RNG = np.random.default_rng(1)
POPULATION = draw_population(40, RNG)
SKY = source_sky(RNG)
DEEP = replace(SKY, depth=SKY.depth + 8)


def test_an_image_holds_the_light_of_its_galaxy():
    """In r, of small smooth ones, alone; a Sersic profile reaches beyond the cutout."""
    alone = (POPULATION["companion"] == 0) & (POPULATION["star_flux"] == 0)
    alone &= (POPULATION["kind"] == SMOOTH) & (POPULATION["disturbance"] == 0)
    few = POPULATION[alone].iloc[:2].assign(radius_arcsec=1.5)
    seen = galsim_images(few, np.zeros(2, int), DEEP, seed=1, size=64)
    flux = 10 ** ((22.5 - few["mag_r"].to_numpy()) / 2.5)
    assert seen[:, 1].sum(axis=(1, 2), dtype=float) == pytest.approx(flux, rel=0.12)


def test_every_kind_of_galaxy_has_as_much_light_as_its_magnitude_says():
    for galaxy in POPULATION[POPULATION["kind"] < 3].itertuples():
        parts = [flux for _, flux, _ in light(galaxy)]
        total = 10 ** ((22.5 - galaxy.mag_r) / 2.5)
        beside = galaxy.companion + galaxy.star_flux
        assert sum(parts) / total == pytest.approx(1.15 + beside, abs=0.25)


def test_coarse_pixels_correlate_the_noise():
    """Of the same depth, so that the sum of a patch has the same noise."""
    empty = POPULATION.iloc[[0] * 4].assign(
        mag_r=40.0, kind=SMOOTH, companion=0.0, star_flux=0.0, disturbance=0.0
    )
    own, coarse = (
        galsim_images(
            empty,
            np.zeros(4, int),
            replace(SKY, native_arcsec=np.full(3, native)),
            seed=1,
            size=48,
        ).astype(float)
        for native in (PIXSCALE_ARCSEC, 0.454)
    )
    # Resampling averages a little, coarse pixels much.
    assert 0.75 * SKY.noise[1] < own[:, 1].std() < SKY.noise[1]
    patches = [x.reshape(4, 3, 6, 8, 6, 8).sum(axis=(3, 5)) for x in (own, coarse)]
    assert patches[1].std() == pytest.approx(patches[0].std(), rel=0.25)
    assert coarse[:, 1].std() < 0.8 * own[:, 1].std()


def test_colour_terms_follow_the_colour_and_zero_points_do_not():
    pixels = np.ones((2, 3, 4, 4), np.float16)
    pixels[1, 0] = 0.5  # redder: g / r is a half
    sky = replace(
        SKY, zero_point=np.array([1.1, 1.0, 1.0]), colour_term=np.array([0.1, 0, 0])
    )
    found = calibrated_as(sky, pixels)[:, 0, 0, 0]
    assert found == pytest.approx([1.1, 0.55 * 0.5**0.1], rel=2e-3)


def test_a_similar_survey_differs_little():
    other = similar_sky(SKY, np.random.default_rng(2))
    assert np.abs(other.fwhm_arcsec / SKY.fwhm_arcsec - 1).max() < 0.25
    assert np.abs(other.depth - SKY.depth).max() < 0.5
