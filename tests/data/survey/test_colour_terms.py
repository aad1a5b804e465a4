"""Colour terms of known surveys."""

import numpy as np
import pytest

from data.survey.colour_terms import aperture_fluxes, colour_terms

ZEROS, SLOPES = (-0.004, 0.003, 0.013), (0.059, 0.024, -0.015)


def surveys(galaxies=400, scatter=0.005):
    """(N, 3) fluxes in two surveys, with the terms between south and north."""
    rng = np.random.default_rng(5)
    r = 10 ** rng.uniform(1, 3, galaxies)
    g = r * 10 ** (-0.4 * rng.normal(0.7, 0.2, galaxies))
    z = r * 10 ** (0.4 * rng.normal(0.5, 0.15, galaxies))
    first = np.stack([g, r, z], axis=1)
    colours = -2.5 * np.log10(np.stack([g / r, r / z, r / z], axis=1))
    shift = np.array(ZEROS) + np.array(SLOPES) * colours
    shift += rng.normal(0, scatter, shift.shape)
    return first, first * 10 ** (-0.4 * shift)


def test_known_terms():
    found = colour_terms(*surveys(), ("g", "r", "z"))
    assert [term.band for term in found] == ["g", "r", "z"]
    assert [term.colour for term in found] == [("g", "r"), ("r", "z"), ("r", "z")]
    for term, zero, slope in zip(found, ZEROS, SLOPES, strict=True):
        assert term.slope == pytest.approx(slope, abs=4 * term.slope_error)
        assert term.zero == pytest.approx(zero, abs=4 * term.zero_error)
        assert term.slope_error < 0.003
        assert term.scatter == pytest.approx(0.005, rel=0.2)


def test_outliers_do_not_matter():
    first, second = surveys()
    second[::20] *= 3
    (term, *_) = colour_terms(first, second, ("g", "r", "z"))
    assert term.slope == pytest.approx(0.059, abs=0.01)
    assert term.galaxies <= 380


def test_too_few_galaxies_have_no_term():
    first, second = surveys(29)
    assert colour_terms(first, second, ("g", "r", "z")) == []


def test_aperture_fluxes_are_without_sky_and_only_of_bright_galaxies():
    y, x = np.mgrid[:64, :64] - 31.5
    light = np.exp(-np.square(np.hypot(x, y) / 4) / 2)
    flux = np.stack([light, 1e-4 * light])[None]
    flux = flux + 0.3 + np.random.default_rng(0).normal(0, 1e-3, flux.shape)
    ((bright, faint),) = aperture_fluxes(flux, 0.262)
    assert bright == pytest.approx(2 * np.pi * 16, rel=0.01)
    assert np.isnan(faint)
