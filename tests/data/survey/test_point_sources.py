"""The PSF of known stars, of real exposures, and no PSF where there are no stars."""

import numpy as np
import pytest

from data.survey.point_sources import equivalent_width, point_sources, profiles
from tests.data.survey.conftest import SCALE, images_of
from tests.real_data import needs_stamps, stamps


def test_the_width_of_a_moffat_profile_is_that_of_its_noise_equivalent_area():
    assert equivalent_width(1e6) == pytest.approx(1, rel=1e-4)  # a Gaussian
    assert equivalent_width(3.0) == pytest.approx(1.291, abs=0.001)
    y, x = np.mgrid[-200:201, -200:201]  # by brute force, for β = 4
    scale_squared = 10**2 / (2 ** (1 / 4) - 1)
    profile = (1 + (x**2 + y**2) / scale_squared) ** -4.0
    area = profile.sum() ** 2 / np.square(profile).sum()
    sigma = np.sqrt(area / (4 * np.pi))
    assert equivalent_width(4.0) == pytest.approx(2.3548 * sigma / 20, rel=1e-3)


@pytest.mark.parametrize(("fwhm", "beta"), [(0.95, 3.0), (1.3, 4.5)])
def test_known_stars_among_galaxies(fwhm, beta):
    images = images_of(
        np.random.default_rng(1), 16, fwhm_arcsec=fwhm, beta=beta, noise=0.01
    )
    found = point_sources(profiles(images, SCALE))
    assert found.half_maximum_arcsec == pytest.approx(fwhm, rel=0.04)
    assert found.fwhm_arcsec == pytest.approx(fwhm * equivalent_width(beta), rel=0.05)
    assert 20 <= found.number <= 40
    assert found.spread < 0.1


def test_noise_and_the_central_galaxy_are_no_point_sources():
    images = images_of(
        np.random.default_rng(2), 4, fwhm_arcsec=1.0, beta=3, noise=0.01,
        stars=0, galaxies=0,
    )  # fmt: skip
    images[:, 48, 48] += 5  # a bright nucleus
    assert point_sources(profiles(images, SCALE)) is None


def test_pixels_without_data_and_cosmic_rays_do_not_matter():
    rng = np.random.default_rng(3)
    images = images_of(rng, 12, fwhm_arcsec=1.2, beta=3.5, noise=0.01, galaxies=0)
    images[:, :, 60:66] = np.nan
    images[:, 30, 40] += 2.0
    found = point_sources(profiles(images, SCALE))
    assert found.half_maximum_arcsec == pytest.approx(1.2, rel=0.05)


def with_stars(stamp, rng, images=10):
    """The real stamp, with stars of its PSFEx model at different places."""
    size = min(stamp.flux.shape)
    flux = np.repeat(stamp.flux[None, :size, :size], images, axis=0)
    for number, image in enumerate(flux):
        angle = number * 2 * np.pi / images
        for turned in (angle, angle + np.pi):
            middle = size / 2 + rng.uniform(-0.5, 0.5, 2)
            towards = np.array([np.sin(turned), np.cos(turned)])
            signal = rng.uniform(40, 160) * stamp.sig1 / stamp.psfnorm
            image += signal * stamp.star(size, *(middle + 0.36 * size * towards))
    return flux


@needs_stamps
@pytest.mark.parametrize("field", ["testcase9", "mzlsbass3"])
def test_stars_of_psfex_models_in_real_exposures(field):
    rng = np.random.default_rng(4)
    for stamp in stamps(field):
        flux = with_stars(stamp, rng)
        found = point_sources(profiles(flux, stamp.pixscale_arcsec))
        width = found.fwhm_arcsec
        assert width == pytest.approx(stamp.psf_fwhm_arcsec, rel=0.15), stamp.name
        if np.isfinite(stamp.psfex_fwhm):
            psfex = stamp.psfex_fwhm * stamp.pixscale_arcsec
            assert width == pytest.approx(psfex, rel=0.15), stamp.name


@needs_stamps
def test_real_stars_of_the_north():
    """The Mosaic3 exposures show an isolated star each; those of 90prime none."""
    for stamp in stamps("mzlsbass3"):
        found = point_sources(
            profiles(stamp.flux[None], stamp.pixscale_arcsec, full=np.inf)
        )
        if stamp.camera == "90prime":
            assert found is None
        else:
            width = found.fwhm_arcsec
            assert width == pytest.approx(stamp.psf_fwhm_arcsec, rel=0.15), stamp.name
