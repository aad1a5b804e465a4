"""Cases of uploaded pictures: their bands, depth, transparency and scale."""

from pathlib import Path

import numpy as np

from morph.images.image_child import decode
from morph.images.stretch import SCALES


def grey16(folder: Path) -> None:
    deep, plain = (decode(folder / f"gray{bits}.png") for bits in (16, 8))
    np.testing.assert_allclose(deep.flux, plain.flux, atol=1e-3)


def transparent(folder: Path) -> None:
    found = decode(folder / "rgba_white_transparent.png")
    base = decode(folder / "base.png").flux
    outside = np.abs(found.flux).max(axis=0) < 1e-3
    assert 0.5 < outside.mean() < 0.7
    np.testing.assert_allclose(found.flux[:, ~outside], base[:, ~outside])
    assert "Transparent" in found.notices[0]


def band_order(folder: Path) -> None:
    right = decode(folder / "fits_ok.fits")
    turned = decode(folder / "fits_zrg.fits")
    np.testing.assert_array_equal(turned.flux, right.flux)
    assert not right.notices and turned.notices
    told = decode(folder / "fits_zero_z.fits").notices
    assert any("Band z is empty" in notice for notice in told)


def nan_core(folder: Path) -> None:
    found = decode(folder / "fits_nan_core.fits")
    core = found.flux[:, 29:35, 29:35]
    assert (core > 0.5 * found.flux.max(axis=(1, 2))[:, None, None]).all()
    assert any("36 blank pixels" in notice for notice in found.notices)


def pixel_scale(folder: Path) -> None:
    for name in ("fits_cunit_arcsec", "fits_rot60"):
        scale = decode(folder / f"{name}.fits").pixscale_arcsec
        np.testing.assert_allclose(scale, 0.262, rtol=1e-6)


def griz(folder: Path) -> None:
    four = decode(folder / "fits_griz.fits")
    three = decode(folder / "fits_three_hdus.fits")
    np.testing.assert_allclose(four.flux, three.flux)
    assert four.notices and three.notices
    grey = decode(folder / "fits_2d.fits")
    bright = grey.flux * np.array(SCALES)[:, None, None]
    np.testing.assert_allclose(bright, np.stack([bright[1]] * 3), atol=1e-9)
    assert any("not real" in notice for notice in grey.notices)


CASES = {
    "picture-grey16": grey16,
    "picture-transparent": transparent,
    "fits-band-order": band_order,
    "fits-nan-core": nan_core,
    "fits-pixel-scale": pixel_scale,
    "griz-cutouts": griz,
}
