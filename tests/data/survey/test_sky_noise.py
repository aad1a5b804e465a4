"""The noise of known skies: white, and correlated as in resampled coadds."""

import numpy as np
import pytest

from data.survey.point_sources import PointSources
from data.survey.sky_noise import psf_weights, sky_noise
from tests.data.survey.conftest import SCALE, images_of, star
from tests.real_data import needs_stamps, stamps

PSF = PointSources(1.5, 1.3, 4.0, 0.0, 50)


def test_white_noise():
    images = images_of(
        np.random.default_rng(0), 20, fwhm_arcsec=1.3, beta=4, noise=0.01
    )
    found = sky_noise(images, PSF, SCALE)
    profile = star(81, 40, 40, 1.3 / SCALE, 4.0)
    expected = 0.01 / np.sqrt(np.square(profile).sum())
    assert np.median(found.pixel) == pytest.approx(0.01, rel=0.04)
    # A little less: the surface fitted to the sky, and the brightest noise, are gone.
    assert np.median(found.point_source) == pytest.approx(expected, rel=0.1)
    depth = 22.5 - 2.5 * np.log10(5 * expected)
    assert found.depth_mag == pytest.approx(depth, abs=0.11)


def test_correlated_noise_is_that_of_fluxes_not_of_pixels():
    """Each pixel the mean of four: half the scatter, nearly the same depth."""
    rng = np.random.default_rng(1)
    white = rng.normal(0, 0.01, (20, 97, 97))
    mean = (
        white[:, 1:, 1:] + white[:, :-1, 1:] + white[:, 1:, :-1] + white[:, :-1, :-1]
    ) / 4
    found = sky_noise(mean, PSF, SCALE)
    weights = psf_weights(1.3 / SCALE, 4.0)
    middle = slice(48 - len(weights) // 2, 48 + len(weights) // 2 + 1)
    fluxes = [
        (
            weights
            * (n[1:, 1:] + n[:-1, 1:] + n[1:, :-1] + n[:-1, :-1])[middle, middle]
        ).sum()
        / 4
        for n in rng.normal(0, 0.01, (1500, 97, 97))
    ]
    assert np.median(found.pixel) == pytest.approx(0.005, rel=0.04)
    assert np.median(found.point_source) == pytest.approx(np.std(fluxes), rel=0.08)


def test_a_sky_that_is_not_flat():
    y, x = np.mgrid[:96, :96] / 96
    images = np.random.default_rng(2).normal(0, 0.01, (20, 96, 96)) + 0.2 * x * y
    assert np.median(sky_noise(images, PSF, SCALE).pixel) == pytest.approx(
        0.01, rel=0.04
    )


def test_images_without_sky_are_left_out():
    images = np.random.default_rng(3).normal(0, 0.01, (3, 96, 96))
    images[0] = np.nan
    images[1, :, :85] = np.nan
    assert len(sky_noise(images, PSF, SCALE).pixel) == 1
    assert len(sky_noise(images[:1], PSF, SCALE).pixel) == 0


@needs_stamps
@pytest.mark.parametrize("field", ["testcase9", "mzlsbass3"])
def test_the_noise_of_real_exposures_is_that_of_the_tables(field):
    for stamp in stamps(field):
        found = sky_noise(stamp.flux[None], PSF, stamp.pixscale_arcsec)
        assert found.pixel == pytest.approx(stamp.sig1, rel=0.15), stamp.name
