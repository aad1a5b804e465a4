"""The sky of a survey, at positions known to be in it and out of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morph.images.survey_footprint import Footprint, galactic_latitude
from morph.images.surveys import survey_called

DECALS, BMZ, SDSS = map(survey_called, ("decals", "bmz", "sdss"))
REAL = Path(__file__).parents[4] / "shared" / "real"
needs_real = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"the real tables are not at {REAL}; see its README"
)


@pytest.mark.parametrize(
    ("name", "ra", "dec", "surveys"),
    [
        ("Virgo cluster", 187.7, 12.4, {"decals", "sdss"}),
        ("Coma cluster", 194.95, 27.98, {"decals", "sdss"}),
        ("Stripe 82", 20.0, 0.0, {"decals", "sdss"}),
        ("Dark Energy Survey", 60.0, -45.0, {"decals"}),
        ("Hubble Deep Field North", 189.2, 62.2, {"bmz", "sdss"}),
        ("the overlap of both", 200.0, 33.0, {"decals", "bmz", "sdss"}),
        ("Pisces, north of DECaLS", 20.0, 45.0, {"sdss"}),  # b = -18
        ("Cygnus", 300.0, 33.0, {"sdss"}),  # b = 1.5
        ("Galactic centre", 266.4, -28.9, set()),
        ("Antlia, below DECaLS", 157.0, -35.0, set()),  # b = 19
        ("south celestial pole", 0.0, -89.0, set()),
        ("Cepheus, west of BASS", 20.0, 80.0, {"sdss"}),  # b = 17
    ],
)
def test_known_places_are_inside_and_outside(name, ra, dec, surveys):
    at = np.array([ra]), np.array([dec])
    inside = {s.name for s in (DECALS, BMZ, SDSS) if s.footprint.contains(*at)[0]}
    assert inside == surveys, name


def test_latitudes_are_those_of_the_galactic_poles_and_centre():
    ra, dec = (
        np.array([192.85948, 12.85948, 266.40499]),
        np.array([27.12825, -27.12825]),
    )
    found = galactic_latitude(ra, np.append(dec, -28.93617))
    np.testing.assert_allclose(found, [90, -90, 0], atol=0.01)
    assert np.isnan(galactic_latitude(np.array([np.nan]), np.array([1.0])))[0]


def test_an_unknown_position_is_not_inside():
    assert not DECALS.footprint.contains(np.array([np.nan]), np.array([np.nan]))[0]
    assert len(DECALS.footprint.contains(np.array([]), np.array([]))) == 0


def test_limits_are_said_in_words():
    assert SDSS.footprint.words == "Dec −22° to 83°"
    assert DECALS.footprint.words == (
        "Dec −18° to 34° in the north Galactic cap and −68° to 34° in the south "
        "Galactic cap, |b| ≥ 15°"
    )
    assert BMZ.footprint.words == (
        "Dec 32° to 84° in the north Galactic cap, RA 87° to 301°, |b| ≥ 15°"
    )
    assert Footprint((32, 84), None).dec_range() == (29, 87)
    assert Footprint((0, 88), (-89, 0)).dec_range() == (-90, 90)


@needs_real
@pytest.mark.parametrize(
    "name",
    [
        "votes/gzd5_first_question.csv",
        "votes/gzd5_full_tree.csv",
        "rings/rings.csv",
        "captions/decals_64.csv",
        "features/decals_50k_pca2.parquet",
    ],
)
def test_all_real_galaxies_of_decals_are_inside(name):
    read = pd.read_parquet if name.endswith(".parquet") else pd.read_csv
    places = read(REAL / name)[["ra", "dec"]].dropna().to_numpy(float)
    assert len(places) > 60
    assert DECALS.footprint.contains(*places.T).all()


@needs_real
def test_all_real_galaxies_of_the_north_are_inside_but_the_one_in_the_south():
    """The row at Dec -1.2 is flagged north, against its position."""
    table = pd.read_csv(REAL / "north" / "lens_candidates_north.csv")
    inside = BMZ.footprint.contains(table["ra"].to_numpy(), table["dec"].to_numpy())
    assert table.loc[~inside, "dec"].round(1).tolist() == [-1.2]
