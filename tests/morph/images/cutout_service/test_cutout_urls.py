"""Addresses of cutouts: the layer by survey and position, the scale by the galaxy."""

from urllib.parse import parse_qs, urlsplit

import pytest

from morph.images.cutout_service.cutout_urls import (
    cutout_address,
    field_arcsec,
    layer_at,
)
from morph.images.surveys import survey_called


@pytest.mark.parametrize(
    ("survey", "ra", "dec", "layer"),
    [
        ("decals", 200, 33, "ls-dr9-south"),
        ("bmz", 200, 33, "ls-dr9-north"),
        ("desi", 200, 33, "ls-dr9-north"),
        ("desi", 200, 32, "ls-dr9-south"),
        ("desi", 20, 33, "ls-dr9-south"),  # south Galactic cap
    ],
)
def test_the_layer_is_that_of_the_survey_and_the_position(survey, ra, dec, layer):
    assert layer_at(survey_called(survey), ra, dec) == layer


def test_an_address_is_as_the_viewer_documents_it():
    url = cutout_address(
        survey_called("bmz"),
        184.675,
        60.7318,
        kind="fits",
        size=256,
        pixscale_arcsec=0.262,
    )
    parts = urlsplit(url)
    assert url.startswith("https://www.legacysurvey.org/viewer/fits-cutout?")
    assert parse_qs(parts.query) == {
        "ra": ["184.6750000"],
        "dec": ["60.7318000"],
        "layer": ["ls-dr9-north"],
        "pixscale": ["0.262"],
        "size": ["256"],
        "bands": ["grz"],
    }


def test_the_field_follows_the_size_of_the_galaxy_where_known():
    decals = survey_called("decals")
    assert field_arcsec(decals, None) == pytest.approx(256 * 0.262)
    assert field_arcsec(decals, float("nan")) == pytest.approx(256 * 0.262)
    assert field_arcsec(decals, 5.0) == pytest.approx(424 * 0.2)  # 0.04 radii a pixel
    assert field_arcsec(decals, 1.0) == pytest.approx(424 * 0.1)  # the least
    assert field_arcsec(decals, 500.0) == 400.0
