"""Cutouts cropped and binned as they are read: against loops over pixels and bins."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from morph.errors import MorphError, SettingError
from morph.images.store import open_store
from morph.images.store_manifest import Look
from morph.runs.config import read_config
from morph.runs.config_parts import ImageConfig
from training.pixels.crop_and_bin import as_seen, binned, cropped
from training.pixels.galaxy_images import open_stores, read_galaxies

CPU = torch.device("cpu")


def by_loops(pixels: np.ndarray, factor: int) -> np.ndarray:
    """Means of bins of (..., S, S) pixels, one bin at a time."""
    side = pixels.shape[-1] // factor
    flat = pixels.reshape(-1, *pixels.shape[-2:]).astype(float)
    found = np.full((len(flat), side, side), np.nan)
    for image, means in zip(flat, found, strict=True):
        for i in range(side):
            for j in range(side):
                part = image[i * factor :, j * factor :][:factor, :factor]
                data = [value for value in part.flat if not np.isnan(value)]
                if 2 * len(data) >= factor**2:
                    means[i, j] = sum(data) / len(data)
    return found.reshape(*pixels.shape[:-2], side, side)


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("missing", [0.0, 0.3, 0.6])
def test_bins_are_means_of_the_pixels_with_data(factor, missing):
    rng = np.random.default_rng(factor)
    pixels = rng.normal(0.1, 1, (5, 3, 24, 24)).astype(np.float16)
    pixels[rng.random(pixels.shape) < missing] = np.nan
    found = binned(pixels, factor)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, by_loops(pixels, factor), rtol=1e-5, atol=1e-6)


def test_a_bin_is_missing_if_more_than_half_of_it_is():
    nan = np.nan
    pixels = np.array([[1, 2, nan, 4, nan, nan], [3, 6, nan, 8, nan, 5]], np.float16)
    pixels = np.vstack([pixels, np.full((4, 6), nan)]).astype(np.float16)
    np.testing.assert_array_equal(binned(pixels, 2)[0], [3, 6, nan])


def test_saturated_pixels_do_not_overflow():
    pixels = np.full((1, 1, 8, 8), 65504, np.float16)
    assert (binned(pixels, 8) == 65504).all()


def test_the_crop_is_central():
    pixels = np.arange(2 * 7 * 7).reshape(2, 7, 7)
    np.testing.assert_array_equal(cropped(pixels, 3), pixels[:, 2:5, 2:5])
    np.testing.assert_array_equal(cropped(pixels, 7), pixels)


def test_a_store_as_a_network_sees_it(make_store):
    store = open_store(make_store("large", galaxies=7, size=32))
    seen = as_seen(store, ImageConfig(crop=24, rebin=3))
    expected = by_loops(store.pixels[:, :, 4:28, 4:28], 3).astype(np.float16)
    assert (seen.manifest.size, len(seen.pixels)) == (8, 7)
    assert seen.manifest.pixscale_arcsec == pytest.approx(3 * 0.262)
    assert seen.manifest.flux_pixscale_arcsec == 0.262  # fluxes are not summed
    assert seen.pixels.shape == expected.shape
    assert seen.pixels.nbytes == expected.nbytes
    whole = np.array(seen.pixels)
    np.testing.assert_allclose(whole, expected, rtol=2e-3, atol=1e-6)
    np.testing.assert_array_equal(np.array(seen.pixels[2:5]), whole[2:5])
    np.testing.assert_array_equal(seen.pixels[6], whole[6])
    assert len(seen.first(3).pixels) == 3


def test_the_flux_of_a_galaxy_is_that_of_its_surface_brightness(make_store):
    store = open_store(make_store("large", galaxies=4, size=32))
    seen = as_seen(store, ImageConfig(rebin=4))

    def flux(one):
        """Nanomaggies of the whole cutouts, from the unit in the manifest."""
        flux_scale = one.manifest.flux_pixscale_arcsec or 0.262
        area = (one.manifest.pixscale_arcsec / flux_scale) ** 2
        return area * np.array(one.pixels, dtype=float).sum(axis=(2, 3))

    np.testing.assert_allclose(flux(seen), flux(store), rtol=5e-3, atol=0.1)


def test_pixels_in_memory_and_on_disk_are_the_same(make_store):
    folder = make_store("both", galaxies=11, size=32)
    pixels = np.load(folder / "pixels.npy")
    pixels[3, 1, :9, 10:20] = np.nan
    np.save(folder / "pixels.npy", pixels)
    image = ImageConfig(crop=16, rebin=2)
    stores = open_stores(folder.parent.parent, ["both"], image, first=9)
    held = read_galaxies(stores, CPU, "memory")
    disk = read_galaxies(stores, CPU, "disk")
    rows = torch.tensor([8, 0, 3, 3])
    assert held.flux.shape == disk.flux.shape == (9, 3, 8, 8)
    assert held.pixel == disk.pixel == 2
    assert torch.equal(held.flux[rows], disk.flux[rows])
    assert torch.isfinite(held.flux).all()


def test_scales_of_single_galaxies_follow(make_store):
    store = open_store(make_store("own", galaxies=3, size=12))
    store = replace(
        store,
        manifest=replace(store.manifest, pixscale_arcsec=None),
        index=store.index.assign(pixscale_arcsec=[0.1, 0.2, np.nan]),
    )
    seen = as_seen(store, ImageConfig(crop=8, rebin=2))
    np.testing.assert_allclose(seen.index["pixscale_arcsec"], [0.2, 0.4, np.nan])
    assert seen.manifest.pixscale_arcsec is None
    assert seen.look == Look(4, None, None, 8 / 12)
    # Cut to their galaxies, so that another part of the image shows another field.
    whole = as_seen(store, ImageConfig(rebin=3))
    assert whole.look.size == 4 and not whole.look.fits(seen.look)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (ImageConfig(crop=24), "cutouts of 16 pixels at 0.262 arcsec, too few for"),
        (
            ImageConfig(crop=15),
            "half a pixel off the galaxy. Set image.crop to an e",
        ),
        (
            ImageConfig(rebin=3),
            "no multiple of image.rebin, 3; set image.crop to 12",
        ),
        (ImageConfig(rebin=17), "no multiple of image.rebin, 17; change it"),
    ],
)
def test_what_a_store_cannot_give_is_refused(make_store, image, says):
    with pytest.raises(MorphError, match="named has cutouts") as raised:
        as_seen(open_store(make_store("named", size=16)), image)
    assert says in str(raised.value)


def test_a_crop_that_is_no_whole_number_of_bins_is_refused():
    config = {"kind": "source", "stores": ["any"], "image": {"crop": 64, "rebin": 3}}
    with pytest.raises(SettingError, match="64, which is not a multiple of"):
        read_config(config)


def test_images_fit_if_size_scale_and_unit_do():
    binned_256 = Look(128, 0.524, 0.262)
    assert binned_256.fits(Look(128, 0.524000001, 0.262))
    assert binned_256.fits(Look(128, 0.524, None))  # of an earlier version
    assert not binned_256.fits(Look(64, 0.524, 0.262))
    assert not binned_256.fits(Look(128, 0.262, 0.262))
    assert not binned_256.fits(Look(128, 0.524, 0.524))  # a fourth of the values
    assert not binned_256.fits(Look(128, None, 0.262))
    assert str(Look(128, 0.524, 0.524)) == "128 pixels at 0.524 arcsec"
    assert str(binned_256).endswith("with fluxes per pixel of 0.262 arcsec")
