"""Pictures over HTTP: right, cached, and never a path out of the stores."""

import asyncio
import io
from concurrent.futures import Future
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from morph.images.store import CutoutStore, open_store
from morph.images.stretch import colour_picture
from pages.common.server.routes import thumbnails


@pytest.fixture
def client(morph_home) -> TestClient:
    return TestClient(Starlette(routes=[Route(thumbnails.ROUTE, thumbnails.respond)]))


@pytest.fixture
def store(morph_home) -> CutoutStore:
    return open_store(morph_home / "cutouts" / "small-bmz")


def test_the_picture_is_the_stores_cutout(client, store):
    name = store.names[3]
    answer = client.get(f"/thumb/small-demo/{name}.jpg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert "max-age" in answer.headers["cache-control"]
    shown = np.asarray(Image.open(io.BytesIO(answer.content)), dtype=float)
    expected = colour_picture(store.pixels[3]).astype(float)
    assert shown.shape == expected.shape  # a small cutout is not blown up
    assert np.abs(shown - expected).mean() < 12  # JPEG of noise


def test_a_width_is_kept_within_bounds(client, store):
    path = f"/thumb/small-demo/{store.names[0]}.jpg"
    for asked in ("1", "9999999", "-3", "wide", "64"):
        answer = client.get(path, params={"w": asked})
        assert Image.open(io.BytesIO(answer.content)).size == (64, 64)


def test_an_unchanged_picture_is_not_sent_again(client, store):
    path = f"/thumb/small-demo/{store.names[0]}.jpg"
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(f"/thumb/small-demo/{store.names[1]}.jpg")
    assert other.headers["etag"] != tag


@pytest.mark.parametrize(
    "path",
    [
        "small-demo/J000000.00+000000.0",
        "small-demo/..%2F..%2Fcatalogue",
        "..%2Fsmall-demo/J000000.00+000000.0",
        "no-such-release/J000000.00+000000.0",
        "fractions-only/J000000.00+000000.0",
        "UPPER/J000000.00+000000.0",
    ],
)
def test_what_is_not_there_is_a_drawn_404(client, path):
    answer = client.get(f"/thumb/{path}.jpg")
    assert answer.status_code == 404
    if "%2F" not in path:  # such a path does not even reach the route
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith("<svg")


def test_the_address_of_a_picture_changes_with_the_loaded_release():
    release = SimpleNamespace(release_id="demo", key="demo@7")
    assert (
        thumbnails.url(release, "J1+2", width=64) == "/thumb/demo/J1%2B2.jpg?w=64&v=7"
    )
    assert thumbnails.url(release, "{}", width=64) == "/thumb/demo/{}.jpg?w=64&v=7"


def test_a_request_that_ends_does_not_cancel_a_picture_others_wait_for(monkeypatch):
    coming: Future[bytes | None] = Future()

    async def one_leaves() -> bytes | None:
        requested = asyncio.Event()
        loop = asyncio.get_running_loop()

        def request(*_: object) -> Future[bytes | None]:
            loop.call_soon_threadsafe(requested.set)
            return coming

        monkeypatch.setattr(thumbnails.survey_pictures, "request", request)
        leaving = asyncio.create_task(thumbnails._requested(None, "J", 64))
        staying = asyncio.create_task(thumbnails._requested(None, "J", 64))
        await requested.wait()
        await asyncio.sleep(0)
        while not leaving.done():
            leaving.cancel()
            await asyncio.sleep(0)
        assert not coming.cancelled()
        coming.set_result(None)
        return await staying

    assert asyncio.run(one_leaves()) is None
