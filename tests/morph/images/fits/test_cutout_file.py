"""A cutout as FITS has the fluxes of the store, and what is known of them."""

import io

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from morph.errors import MorphError
from morph.images.fits.cutout_file import cutout_fits
from morph.images.store import StoreManifest, write_store


@pytest.fixture
def store(tmp_path):
    """Two galaxies in g and z, with a pixel without data; and their fluxes."""
    pixels = np.random.default_rng(1).normal(0, 1, (2, 2, 8, 8)).astype(np.float16)
    pixels[1, 0, 2, 3] = np.nan
    index = pd.DataFrame({"iauname": ["Ja", "Jb"], "ra": [1.0, 2.0], "dec": [3.0, 4.0]})
    manifest = StoreManifest("mine", "real", "T", 2, 8, 0.4, bands=("g", "z"))
    folder = tmp_path / "held"
    write_store(folder, manifest, index, pixels)
    return folder, pixels


def test_the_planes_are_the_bands_of_the_store(store):
    folder, pixels = store
    with fits.open(io.BytesIO(cutout_fits(folder, "Jb", (2.0, 4.0)))) as (hdu,):
        np.testing.assert_array_equal(hdu.data, pixels[1, :, ::-1].astype("f4"))
        header = hdu.header
        assert (header["BANDS"], header["BAND0"], header["BAND1"]) == ("gz", "g", "z")
        assert (header["OBJECT"], header["RA"], header["DEC"]) == ("Jb", 2.0, 4.0)
        assert (header["BUNIT"], header["PIXSCALE"]) == ("nanomaggy", 0.4)
        assert (header["STORE"], header["PROVEN"]) == ("held", "real")
        assert "CTYPE1" not in header


def test_a_galaxy_that_is_not_there_is_named(store):
    with pytest.raises(MorphError, match="no galaxy 'Jc'"):
        cutout_fits(store[0], "Jc")
