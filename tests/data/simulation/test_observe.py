"""What the two surveys do to the same sky: noise, its correlation, fields, colours."""

import dataclasses

import numpy as np
import pytest
import torch

from data.simulation.observe import (
    BMZ,
    DECALS,
    Fields,
    colour_terms,
    draw_fields,
    draw_noise,
    responses,
)
from data.simulation.scene import MARGIN

SIZE = 64


def noise_maps(survey, n=60):
    return np.stack(
        [draw_noise(survey, SIZE, np.random.default_rng([9, i])) for i in range(n)]
    )


def neighbours_correlation(maps: np.ndarray) -> np.ndarray:
    """(3,) correlation of pixels with their right-hand neighbours."""
    left, right = maps[..., :-1], maps[..., 1:]
    return (left * right).mean((0, 2, 3)) / maps.var((0, 2, 3))


def test_pixel_noise_follows_from_the_depths():
    # training.md d.1 works these out from the same depths, nanomaggies per pixel.
    assert DECALS.pixel_noise == pytest.approx([0.0031, 0.0059, 0.0143], rel=0.02)
    assert BMZ.pixel_noise == pytest.approx([0.0041, 0.0075, 0.0158], rel=0.02)


def test_a_gaussian_source_at_the_depth_is_found_at_five_sigma():
    # The matched filter's noise over white noise: sigma sqrt(4 pi s^2), s in pixels.
    for survey in (DECALS, BMZ):
        s = np.array(survey.fwhm_arcsec) / 2.3548 / 0.262
        noise = survey.pixel_noise * np.sqrt(4 * np.pi) * s
        flux = 10 ** ((22.5 - np.array(survey.depth)) / 2.5)
        assert flux / noise == pytest.approx([5, 5, 5])


@pytest.mark.parametrize(
    ("survey", "shallower"),
    [(DECALS, (0.255, 0.255, 0.255)), (BMZ, (0.301, 0.303, 0.292))],
    ids=lambda one: getattr(one, "name", ""),
)
def test_point_sources_are_seen_less_deep_than_stated(survey, shallower):
    """By 1/Σ PSF², the noise-equivalent area of the PSF that is simulated."""
    median = Fields(np.array([survey.fwhm_arcsec]), np.ones((1, 3)), np.zeros((1, 3)))
    pixels = SIZE + 2 * MARGIN
    psf = torch.fft.irfft2(responses(survey, median, SIZE), s=(pixels, pixels))[0]
    psf = psf.double().numpy()
    area = psf.sum((1, 2)) ** 2 / np.square(psf).sum((1, 2))
    depth = 22.5 - 2.5 * np.log10(5 * survey.pixel_noise * np.sqrt(area))
    assert np.array(survey.depth) - depth == pytest.approx(shallower, abs=0.004)


def test_noise_of_native_pixels_is_white_and_of_unit_scatter():
    maps = noise_maps(DECALS)
    assert maps.std((0, 2, 3)) == pytest.approx([1, 1, 1], rel=0.01)
    assert neighbours_correlation(maps) == pytest.approx([0, 0, 0], abs=0.01)


def test_resampled_bands_alone_have_correlated_noise():
    g, r, z = neighbours_correlation(noise_maps(BMZ))
    assert g > 0.5 and r > 0.5
    assert z == pytest.approx(0, abs=0.01)


def test_correlated_noise_has_the_depths_power_on_large_scales():
    maps = noise_maps(BMZ, n=150)
    blocks = maps.reshape(-1, 3, 4, 16, 4, 16).sum((3, 5))
    # White noise of unit scatter adds up to 16 over 16 x 16 pixels.
    assert blocks.std((0, 2, 3)) == pytest.approx([16, 16, 16], rel=0.06)
    assert maps[:, :2].std() < 0.7  # single pixels scatter less, being averages


def test_fields_scatter_around_the_survey_and_more_so_in_bmz():
    fields = {
        s.name: draw_fields(s, 4000, np.random.default_rng(1)) for s in (DECALS, BMZ)
    }
    for survey in (DECALS, BMZ):
        drawn = fields[survey.name]
        assert np.median(drawn.fwhm_arcsec, 0) == pytest.approx(
            survey.fwhm_arcsec, rel=0.01
        )
        assert np.median(drawn.pixel_noise, 0) == pytest.approx(
            survey.pixel_noise, rel=0.03
        )
        assert np.log(drawn.fwhm_arcsec).std() > 0
    for quantity in ("fwhm_arcsec", "pixel_noise", "sky"):
        spread = [
            (getattr(fields[s.name], quantity) / s.pixel_noise).std(0)
            if quantity == "sky"
            else np.log(getattr(fields[s.name], quantity)).std(0)
            for s in (DECALS, BMZ)
        ]
        assert (spread[1] > 1.5 * spread[0]).all()


def test_one_nights_bands_vary_together():
    width = np.log(draw_fields(BMZ, 4000, np.random.default_rng(2)).fwhm_arcsec)
    assert np.corrcoef(width.T)[0, 1] == pytest.approx(0.64, abs=0.05)


def test_colour_terms_undo_those_from_north_to_south():
    south = torch.tensor([[1.0, 2.0, 3.5], [0.3, 0.4, 0.45]])
    north = south * colour_terms(south)
    g, r, z = north.double().unbind(1)
    back = torch.stack(
        [
            g * 10 ** (-0.4 * 0.004) * (g / r) ** -0.059,
            r * 10 ** (0.4 * 0.003) * (r / z) ** -0.024,
            z * 10 ** (0.4 * 0.013) * (r / z) ** 0.015,
        ],
        1,
    )
    # desitarget's terms take northern colours; ours southern ones: second order apart.
    torch.testing.assert_close(back, south.double(), rtol=4e-3, atol=0)
    assert float(north[0, 0] / south[0, 0]) == pytest.approx(
        10**0.0016 * 0.5**0.059, rel=1e-5
    )


def test_a_survey_is_a_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DECALS.colour_terms = True
