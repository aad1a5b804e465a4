"""The Galaxy page of a release without a store: a picture, its credit, or why none."""

import pytest

from pages.common.server.routes import survey_pictures
from tests.pages.common.server.routes import test_survey_pictures as tiles
from tests.pages.galaxy.test_galaxy_page import PATH, components, opened

server, galaxies, home = tiles.server, tiles.galaxies, tiles.home


def test_the_picture_has_its_credit(home, galaxies, dashboard):
    page = opened(dashboard, PATH, {"release": "seen", "id": galaxies["iauname"][59]})
    assert not page.exception
    assert components(page, "cutout_picture")
    captions = " ".join(caption.value for caption in page.caption)
    assert "A near service: Nobody, CC BY 4.0" in captions
    assert "0.33 arcsec/pixel" in captions  # 424 pixels of 0.4″ in 512


def test_without_the_service_the_page_says_so(home, galaxies, server, dashboard):
    server.shutdown()
    server.server_close()
    survey = survey_pictures.survey_called("near")
    place = survey_pictures.Place(200.0, 33.0)
    for _ in range(3):
        survey_pictures.pictures_of(home).picture(survey, place, width=256).result(30)
    page = opened(dashboard, PATH, {"release": "seen", "id": galaxies["iauname"][59]})
    assert not components(page, "cutout_picture")
    tile = next(html.body for html in page.get("html") if "No image" in html.body)
    assert "the cutout service of A near service cannot be reached now" in tile


@pytest.mark.parametrize(("row", "layer"), [(0, "near-south"), (59, "near-north")])
def test_links_open_the_layer_that_has_the_galaxy(
    home, galaxies, dashboard, row, layer
):
    page = opened(dashboard, PATH, {"release": "seen", "id": galaxies["iauname"][row]})
    (links,) = [one.value for one in page.markdown if "legacysurvey.org" in one.value]
    assert links.count("&layer=") == links.count(f"&layer={layer}&") == 2
