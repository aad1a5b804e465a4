"""The survey that is not the simulation's: PSFs against GalSim, noise and gaps."""

from dataclasses import replace

import galsim
import numpy as np
import pytest
import torch

from data.simulation.scene import CELL_ARCSEC, MARGIN, OVERSAMPLING
from morph.images.store_manifest import PIXSCALE_ARCSEC
from tests.benchmarks.foreign.coadds import Flaws, Pointing, coadd, pointings
from tests.benchmarks.foreign.exposures import BANDS, made_exposures

SIZE = 32
CELLS = OVERSAMPLING * (SIZE + 2 * MARGIN)
QUIET = Flaws(photon_noise=False, gradient=0, bad_columns=0)
EXPOSURES = made_exposures(np.random.default_rng(1), each=1)
ONE = [[Pointing(exposure, 0.3, -0.2)] for exposure in EXPOSURES]


def star(flux: float, copies: int = 1) -> torch.Tensor:
    """A star at the middle, between four cells."""
    scene = torch.zeros(copies, 3, CELLS, CELLS)
    middle = slice(CELLS // 2 - 1, CELLS // 2 + 1)
    scene[:, :, middle, middle] = flux / 4
    return scene


def seen(scene, flaws, observed=ONE):
    return coadd(scene, observed, SIZE, np.random.default_rng(2), flaws)


def test_a_star_is_as_galsim_draws_it():
    for band, exposure in enumerate(EXPOSURES):
        model = exposure.model.at(0.3, -0.2)
        step = exposure.model.step * exposure.native_arcsec
        psf = galsim.InterpolatedImage(galsim.Image(model, scale=step), flux=1)
        cell = galsim.Pixel(2 * CELL_ARCSEC)  # of the four cells, nearly
        drawn = galsim.Convolve(psf, cell).drawImage(
            nx=SIZE, ny=SIZE, scale=PIXSCALE_ARCSEC, method="no_pixel"
        )
        found = seen(star(1.0), None)[0, band]
        assert np.abs(found - drawn.array).max() < 0.02 * drawn.array.max(), BANDS[band]


def test_the_flux_is_kept():
    total = seen(star(3.0), None)[0].sum(axis=(1, 2))
    assert total == pytest.approx([3, 3, 3], rel=0.03)  # wings reach beyond the edge


def test_noise_of_the_sky_is_that_of_the_exposures_and_of_light_its_photons():
    """White pixels of 0.26″ become almost the same pixels of 0.262″."""
    z = EXPOSURES[2]
    dark, bright = (
        seen(star(flux, 60), replace(QUIET, photon_noise=True))[:, 2]
        for flux in (0.0, 200.0)
    )
    edge = dark[:, :4].std()
    assert edge == pytest.approx(z.sig1, rel=0.15)  # resampling averages a little
    middle = slice(SIZE // 2 - 1, SIZE // 2 + 1)
    light = bright[:, middle, middle].mean()
    variance = bright[:, middle, middle].var(axis=0).mean()
    # Native pixels' phases are those of the field, so only noise scatters.
    assert variance == pytest.approx(light / z.photons, rel=0.35)


def test_a_bad_column_leaves_a_gap_only_where_no_other_exposure_has_data():
    flaws = replace(QUIET, bad_columns=1.0)
    alone = np.isnan(seen(star(1.0, 8), flaws))
    assert alone.any(axis=(2, 3)).all()
    assert (alone.all(axis=2).sum(axis=2) >= 1).all()  # whole columns
    twice = [[*band, *band] for band in ONE]
    assert np.isnan(seen(star(1.0, 8), flaws, twice)).mean() < alone.mean() / 4


def test_each_field_has_one_to_three_exposures_in_each_band():
    drawn = pointings(EXPOSURES, 40, np.random.default_rng(5))
    counts = {len(band) for field in drawn for band in field}
    assert counts == {1, 2, 3}
    assert all(
        p.exposure.band == BANDS[b] for f in drawn for b in (0, 1, 2) for p in f[b]
    )


def test_made_up_psfs_are_elliptical_and_vary_over_the_ccd():
    """Ellipticity of the second moments of the core, 0.07 in the median."""
    exposures = made_exposures(np.random.default_rng(3), each=20)
    found = []
    for exposure in exposures:
        image = exposure.model.at(0.0, 0.0)
        y, x = (np.mgrid[:63, :63] - 31) / 5  # in FWHM
        core = image * np.exp(-4 * np.log(2) * (x**2 + y**2) / 2)
        xx, yy, xy = ((core * p).sum() / core.sum() for p in (x * x, y * y, x * y))
        found.append(np.hypot(xx - yy, 2 * xy) / (xx + yy))
        corner = exposure.model.at(0.5, 0.5)
        assert np.abs(corner - image).max() > 0.001 * image.max()
    assert 0.03 < np.median(found) < 0.09
