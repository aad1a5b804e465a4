"""Bad pixels are counted as they are, and fluxes beyond float16 are clipped."""

import warnings

import numpy as np
import pytest

from morph.images.blanks import bad_pixels, flag_words, halved, together


def spoilt(seed: int) -> np.ndarray:
    """(40, 3, 8, 8) float16 fluxes, many of them with bad pixels or clipped."""
    rng = np.random.default_rng(seed)
    pixels = rng.normal(0, 1, (40, 3, 8, 8)).astype(np.float16)
    for value in (np.nan, np.inf, -np.inf, 0, 65504, -65504):
        pixels[rng.random(pixels.shape) < rng.choice([0, 0.001, 0.3])] = value
        pixels[rng.random((40, 3)) < 0.05] = value
    return pixels


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("middle", [slice(None), slice(1, -1)])
def test_bad_pixels_are_counted_as_by_hand(seed, middle):
    pixels = spoilt(seed)[..., middle, middle]
    found = together([bad_pixels(pixels[:7]), bad_pixels(pixels[7:])])
    for row, image in enumerate(pixels):
        bad = ~np.isfinite(image)
        for band in range(3):
            known = image[band][~bad[band]]
            if not (known != 0).any():
                bad[band] = True
        assert found.bands[row].tolist() == pytest.approx(bad.mean(axis=(1, 2)))
        assert found.fraction[row] == pytest.approx(bad.any(axis=0).mean())
        assert found.clipped[row] == (np.abs(image) == 65504).any()
        no_band = bad.all(axis=(1, 2)).any()
        flag = (bad.any(axis=0).mean() > 0.2) + 2 * no_band + 4 * found.clipped[row]
        assert found.flags(0.2)[row] == flag
        assert found.unusable(0.2)[row] == (flag % 4 > 0)


def test_flags_have_words():
    assert flag_words(0) == "none"
    assert flag_words(5) == "too many bad pixels, clipped flux"


def test_fluxes_beyond_float16_are_clipped_and_infinite_ones_are_no_data():
    flux = np.zeros((4, 3, 2, 2))
    flux[1, 0, 0] = 65504, 65519  # the second would be rounded to the first
    flux[2, 1, 1] = 7e4, -1e30
    flux[3, 2, 0] = np.inf, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held, clipped = halved(flux)
    assert held.dtype == np.float16 and clipped == 2
    assert held[1, 0, 0].tolist() == [65504, 65504]
    assert held[2, 1, 1].tolist() == [65504, -65504]
    assert np.isnan(held[3, 2, 0]).all() and np.isfinite(held[:3]).all()
    assert halved(held)[0] is held
