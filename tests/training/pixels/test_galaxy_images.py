"""Network input: the stretch of the viewer, row by row."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from morph.errors import MorphError
from morph.images.store import open_store
from morph.images.stretch import colour_picture
from morph.runs.config_parts import AugmentConfig, ImageConfig
from training.pixels.augment import augmented
from training.pixels.galaxy_images import (
    asinh_picture,
    network_input,
    open_stores,
    read_galaxies,
)
from training.pixels.random_draws import Draws

CPU = torch.device("cpu")


@pytest.mark.parametrize("q", [20.0, 50.0])
def test_the_asinh_picture_is_the_colour_picture_without_rounding(q):
    rng = np.random.default_rng(1)
    flux = rng.normal(0.0, 0.3, (5, 3, 12, 12)).astype(np.float32)
    flux[0] = -1.0  # I = 0: nothing but negative fluxes
    expected = colour_picture(flux, q=q).astype(float)
    found = asinh_picture(torch.from_numpy(flux), q=q).permute(0, 2, 3, 1).numpy()
    assert np.abs(255 * found - expected).max() <= 1


def test_raw_input_is_the_flux_itself():
    flux = torch.randn(2, 3, 4, 4).half()
    found = network_input(flux, ImageConfig(input="raw"))
    assert found.dtype == torch.float32
    assert torch.equal(found, flux.float())


def test_row_i_is_galaxy_i(make_store):
    stores = [
        open_store(make_store(name, galaxies=5, seed=s)) for s, name in enumerate("ab")
    ]
    galaxies = read_galaxies(stores, CPU)
    assert list(galaxies.index["iauname"]) == [*stores[0].names, *stores[1].names]
    assert np.array_equal(galaxies.flux[7].numpy(), stores[1].pixels[2])


def test_stores_of_two_sizes_or_with_a_galaxy_twice_are_refused(make_store):
    small, large = (open_store(make_store(f"s{n}", size=n)) for n in (16, 20))
    with pytest.raises(MorphError, match="different sizes"):
        read_galaxies([small, large], CPU)
    with pytest.raises(MorphError, match="s16-000 is in two"):
        read_galaxies([small, small], CPU)


def test_quarter_turns_only_move_pixels():
    images = torch.rand(64, 3, 7, 7)
    drawn = Draws(torch.Generator().manual_seed(0))
    found = augmented(images, AugmentConfig(turn="quarter", shift=0), drawn)
    ways = [torch.rot90(images, k, (2, 3)) for k in range(4)]
    ways += [way.flip(3) for way in ways]
    seen = torch.stack([(found == way).flatten(1).all(dim=1) for way in ways])
    assert seen.any(dim=0).all()  # every picture is one of the eight
    assert seen.any(dim=1).all()  # and all eight occur


def test_each_galaxy_is_augmented_separately():
    image = torch.rand(1, 3, 9, 9).expand(16, -1, -1, -1)
    drawn = Draws(torch.Generator().manual_seed(0))
    found = augmented(image, AugmentConfig(turn="any", zoom=0.1), drawn)
    assert len({tuple(f.flatten().tolist()) for f in found}) == 16


def test_turning_by_any_angle_keeps_a_round_galaxy():
    axis = torch.arange(33) - 16.0
    squared = axis[:, None] ** 2 + axis**2
    image = torch.exp(-squared / 50).expand(8, 3, 33, 33)
    drawn = Draws(torch.Generator().manual_seed(0))
    found = augmented(image, AugmentConfig(turn="any", shift=0), drawn)
    away = (found - image)[..., squared < 16**2]  # beyond, the edge is mirrored
    assert away.abs().max() < 0.01


def test_images_that_are_not_rotated_are_shifted():
    images = torch.rand(64, 3, 7, 7)
    drawn = Draws(torch.Generator().manual_seed(0))
    found = augmented(images, AugmentConfig(turn="none", shift=1), drawn)
    mirrored = [0, 0, 1, 2, 3, 4, 5, 6, 6]  # beyond the edge
    wide = images[:, :, mirrored][..., mirrored]
    ways = [wide[:, :, i : i + 7, j : j + 7] for i in range(3) for j in range(3)]
    seen = torch.stack([(found == way).flatten(1).all(dim=1) for way in ways])
    assert seen.any(dim=0).all()  # every picture is moved by whole pixels at most
    assert seen.any(dim=1).all()  # and in all nine ways


def test_images_that_are_not_rotated_are_zoomed():
    axis = torch.arange(33) - 16.0
    image = torch.exp(-(axis[:, None] ** 2 + (axis / 2) ** 2) / 18)  # lies across
    config = AugmentConfig(turn="none", shift=0, zoom=0.3)
    drawn = Draws(torch.Generator().manual_seed(0))
    found = augmented(image.expand(32, 1, 33, 33), config, drawn)[:, 0]
    light = found.sum(dim=(1, 2)) / image.sum()  # grows with the square of the scale
    assert light.min() < 0.8 and light.max() > 1.25
    assert torch.allclose(found, found.flip(1), atol=1e-5)
    wide, tall = found[:, 16].sum(dim=1), found[:, :, 16].sum(dim=1)
    assert (wide > 1.5 * tall).all()  # and none is turned


def test_a_fraction_of_the_images_is_zoomed_and_the_pixels_of_others_only_moved():
    images = torch.rand(400, 1, 8, 8)
    config = AugmentConfig(turn="quarter", shift=2, zoom=0.4, zoomed=0.25)
    found = augmented(images, config, Draws(torch.Generator().manual_seed(0)))
    nearest = (found.flatten(1)[:, :, None] - images.flatten(1)[:, None]).abs()
    moved = (nearest.min(dim=2).values < 1e-4).all(dim=1)
    assert 0.68 < moved.float().mean() < 0.82


def test_the_same_generator_gives_the_same_images():
    images = torch.rand(4, 3, 8, 8)
    config = AugmentConfig(turn="any", zoom=0.1)
    first, second = (
        augmented(images, config, Draws(torch.Generator().manual_seed(3)))
        for _ in range(2)
    )
    assert torch.equal(first, second)
    none = augmented(images, AugmentConfig(turn="none", shift=0), torch.Generator())
    assert torch.equal(none, images)


def test_a_store_without_a_common_pixel_scale_is_refused_beside_one(make_store):
    one, other = (open_store(make_store(name)) for name in "ab")
    other = replace(other, manifest=replace(other.manifest, pixscale_arcsec=None))
    with pytest.raises(MorphError, match="different sizes or pixel scales"):
        read_galaxies([one, other], CPU)


def test_bands_in_another_order_are_refused(make_store):
    folder = make_store("zrg")
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"bands": list("zrg")}))
    with pytest.raises(MorphError, match="the bands z, r, g"):
        open_stores(folder.parent.parent, ["zrg"], ImageConfig())
