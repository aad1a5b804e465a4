"""The simulated surveys: measured PSF, noise and colour terms against the truth."""

import numpy as np
import pandas as pd
import pytest

from data.simulation.observe import MOFFAT_BETA, SURVEYS, draw_fields
from data.simulation.simulate import simulate
from data.survey.measure_store import compare_stores, measure_store
from data.survey.point_sources import equivalent_width
from data.survey.sky_noise import psf_weights
from morph.errors import MorphError
from morph.images.store import CutoutStore, StoreManifest

SOME = {"galaxies": 400, "seed": 0}
SEED, A_FIELD = 5, 8


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """240 galaxies in 30 fields of both surveys, as stores."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.simulation.simulate.GALAXIES_A_FIELD", A_FIELD)
        made = simulate(240, SEED, size=128)
    return {
        survey: CutoutStore(
            tmp_path_factory.mktemp(survey),
            StoreManifest(survey, "simulated", "", len(pixels), 128),
            made.index,
            pixels,
        )
        for survey, pixels in made.pixels.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["decals", "bmz"])
def test_psf_and_depth_of_simulated_surveys(simulated, name):
    """The truth is the median over the galaxies of what their fields have."""
    survey, store = SURVEYS[name], simulated[name]
    number = list(SURVEYS).index(name)
    field = store.index["field"].to_numpy()
    rng = np.random.default_rng([SEED, 3, number])
    fields = draw_fields(survey, 240 // A_FIELD, rng)
    bands = measure_store(store, survey_pixscale=0.262, **SOME)
    for place, band in enumerate(bands):
        assert not band.problem
        fwhm = np.median(fields.fwhm_arcsec[field, place])
        expected = fwhm * equivalent_width(MOFFAT_BETA)
        assert band.psf.fwhm_arcsec == pytest.approx(expected, rel=0.15)
        # Equivalent white noise, whatever the correlation of pixels.
        weights = psf_weights(fwhm / 0.262, MOFFAT_BETA)
        noise = np.median(fields.pixel_noise[field, place])
        of_source = noise * np.sqrt(np.square(weights).sum())
        assert np.median(band.noise.point_source) == pytest.approx(of_source, rel=0.15)


@pytest.mark.slow
def test_colour_terms_of_simulated_surveys(simulated):
    south, north = simulated["decals"], simulated["bmz"]
    g, r, z = compare_stores(south, north, **SOME)
    for term, slope in ((g, 0.059), (r, 0.024), (z, -0.015)):
        assert term.slope == pytest.approx(slope, abs=4 * term.slope_error + 0.01)
        assert abs(term.zero) < 0.05  # the wings of the north are partly outside


def test_colour_terms_of_two_stores(tmp_path):
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:64, :64] - 31.5
    light = np.exp(-np.hypot(x, y) / 4)
    g = rng.uniform(0.3, 1, (40, 1, 1))
    first = np.stack([g * light, light + 0 * g, 2 * light + 0 * g], axis=1)
    second = first.copy()
    second[:, 0] *= g**0.1
    second[:, 2] *= 0.9
    names = [f"galaxy-{i}" for i in range(40)]
    stores = [
        store_of(tmp_path / name, "grz", names, pixels=flux + noise)
        for name, flux, noise in zip(
            ("south", "north"),
            (first, second),
            rng.normal(0, 3e-4, (2, *first.shape)),
            strict=True,
        )
    ]
    terms = compare_stores(*stores, **SOME)
    assert terms[0].slope == pytest.approx(0.1, abs=0.01)
    assert [term.galaxies for term in terms] == pytest.approx([40] * 3, abs=2)
    # Galaxies of one colour r - z: the zero and the slope are known together.
    colour = 2.5 * np.log10(2)
    assert terms[2].zero + terms[2].slope * colour == pytest.approx(0.114, abs=0.005)


def store_of(folder, bands, names, ra=150.0, pixels=None):
    index = pd.DataFrame({"iauname": names, "ra": ra, "dec": 2.0})
    if pixels is None:
        pixels = np.zeros((len(index), len(bands), 32, 32), np.float16)
    size = pixels.shape[-1]
    manifest = StoreManifest("x", "real", "", len(index), size, bands=tuple(bands))
    return CutoutStore(folder, manifest, index, pixels)


def test_colour_terms_need_the_same_bands_and_galaxies(tmp_path):
    first = store_of(tmp_path / "one", "grz", ["a", "b"])
    with pytest.raises(MorphError, match="colour terms need the same bands"):
        compare_stores(first, store_of(tmp_path / "two", "gr", ["a", "b"]), **SOME)
    other = store_of(tmp_path / "two", "grz", ["c", "d"], ra=151.0)
    with pytest.raises(MorphError, match="0 galaxies are in both one and two"):
        compare_stores(first, other, **SOME)
    same = store_of(tmp_path / "two", "grz", ["c", "d"], ra=150.0 + 1e-5)
    with pytest.raises(MorphError, match="2 galaxies are in both"):
        compare_stores(first, same, **SOME)
