"""Pictures drawn as the address asks: right, cached, and refused in words."""

import io

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from morph.images import rendering
from morph.images.rendering import ImageStyle
from morph.images.store import CutoutStore, open_store
from morph.images.surveys import Held
from pages.common.server.routes import picture_route


@pytest.fixture
def client(morph_home) -> TestClient:
    route = Route(picture_route.ROUTE, picture_route.respond)
    return TestClient(Starlette(routes=[route]))


@pytest.fixture
def store(morph_home) -> CutoutStore:
    return open_store(morph_home / "cutouts" / "small-bmz")


@pytest.mark.parametrize(
    "look",
    [
        ImageStyle(),
        ImageStyle("linear", "r", 4.2, True),
        ImageStyle("authors", "grz", 8.4, False),
    ],
)
def test_the_picture_is_drawn_as_asked(client, store, look):
    held = Held("small-bmz", store.names[3], store.manifest)
    answer = client.get(picture_route.url(held, look))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert "max-age" in answer.headers["cache-control"]
    shown = np.asarray(Image.open(io.BytesIO(answer.content)))
    flux = store.pixels[3].astype(np.float32)
    expected = rendering.draw(flux, look, pixscale_arcsec=0.262)
    np.testing.assert_array_equal(shown, expected)


def test_an_unchanged_picture_is_not_sent_again(client, store):
    path = f"/picture/small-bmz/{store.names[0]}.png"
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(path, params={"stretch": "linear"})
    assert other.headers["etag"] != tag


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("stretch=log", "expected one of: viewer, authors, linear"),
        ("bands=ugriz", "expected one of: grz, g, r, z"),
        ("invert=maybe", "expected one of: 0, 1"),
        ("field=1e999", "expected 1 to 600 arcsec"),
        ("stretch=%00%ff" + "x" * 500, "expected one of"),
    ],
)
def test_a_look_that_does_not_exist_is_refused_in_words(client, store, query, said):
    answer = client.get(f"/picture/small-bmz/{store.names[0]}.png?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert said in answer.text
    assert len(answer.text) < 300


@pytest.mark.parametrize(
    "path",
    [
        "small-bmz/J000000.00+000000.0",
        "no-such-store/J000000.00+000000.0",
        "UPPER/J000000.00+000000.0",
        "small-bmz/..%2F..%2Fcatalogue",
        "..%2Fsmall-bmz/J000000.00+000000.0",
        "../J000000.00+000000.0",
    ],
)
def test_what_is_not_there_is_said_in_words(client, path):
    answer = client.get(f"/picture/{path}.png")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
