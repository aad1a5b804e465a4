"""Cutouts with stars, galaxies and noise of which everything is known."""

import numpy as np
import pandas as pd
import pytest

from data.survey.point_sources import moffat
from morph.images.store import StoreManifest, write_store

SCALE = 0.262
SIZE = 96


def star(size, row, column, fwhm_pixels, beta):
    """(size, size) Moffat profile with a sum of 1."""
    y, x = np.mgrid[:size, :size]
    image = moffat((y - row) ** 2 + (x - column) ** 2, fwhm_pixels, beta)
    return image / image.sum()


def images_of(rng, number, *, fwhm_arcsec, beta, noise, stars=2, galaxies=1):
    """(number, SIZE, SIZE): a galaxy in the middle, stars and wider sources around."""
    made = rng.normal(0, noise, (number, SIZE, SIZE))
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    made += 3 * noise * np.exp(-np.hypot(x, y) / 5)
    for image in made:
        places = rng.permutation([(18, 20), (20, 74), (76, 22), (75, 77), (16, 47)])
        for i, place in enumerate(places[: stars + galaxies]):
            wide = 1 if i < stars else rng.uniform(1.5, 2.5)
            at = place + rng.uniform(-1, 1, 2)
            flux = rng.uniform(2000, 6000) * noise * wide**2
            image += flux * star(SIZE, *at, wide * fwhm_arcsec / SCALE, beta)
    return made.astype(np.float32)


@pytest.fixture
def make_store(tmp_path):
    """A function that writes a store of g, r, z images into MORPH_HOME."""

    def make(name, planes, *, survey="decals", origin="real", **more):
        pixels = np.stack(planes, axis=1).astype(np.float16)
        names = [f"galaxy-{i:03}" for i in range(len(pixels))]

        index = pd.DataFrame({"iauname": names, "ra": 150.0, "dec": 2.0})
        index["ra"] += np.arange(len(index)) / 100
        manifest = StoreManifest(
            survey, origin, name, len(pixels), pixels.shape[-1], **more
        )
        write_store(tmp_path / "cutouts" / name, manifest, index, pixels)
        return tmp_path / "cutouts" / name

    return make
