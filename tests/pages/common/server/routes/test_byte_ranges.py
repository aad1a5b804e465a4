"""Parts of a file over HTTP are its slices; what is asked for beyond it is refused."""

import socket
import threading
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.common.server.routes import byte_ranges
from pages.common.server.routes.made_files import KeptFiles, made
from pages.common.server.routes.subset_route import Unpacked

DATA = np.random.default_rng(3).integers(0, 9, 3_000_000, dtype=np.uint8).tobytes()
SIZE = len(DATA)
FILE = made("a.fits", "application/fits", DATA)


def _respond(request: Request) -> Response:
    return byte_ranges.answer(request, FILE)


@pytest.fixture(scope="module")
def served() -> Iterator[httpx.Client]:
    """A client of a real server, whose app packs answers as Streamlit's does."""
    app = Starlette(
        routes=[Route("/subset/{name}", _respond)],
        middleware=[Middleware(Unpacked), Middleware(GZipMiddleware)],
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # so that a request waits until the server has started
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        port = listening.getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
        server.should_exit = True
        thread.join()


def get(served: httpx.Client, wanted: str, **more: str) -> httpx.Response:
    return served.get("/subset/a.fits", headers={"Range": wanted, **more})


@pytest.mark.parametrize(
    ("wanted", "first", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-2000099", 100, 2_000_100),  # several chunks
        ("bytes=2999990-", 2_999_990, SIZE),
        ("bytes=2999990-99999999999999999999", 2_999_990, SIZE),
        ("bytes=-8", SIZE - 8, SIZE),
        ("bytes=-99999999", 0, SIZE),
        ("Bytes = 1048575-1048577", 1_048_575, 1_048_578),
        ("bytes=00000000000000000000005-6", 5, 7),
    ],
)
def test_a_range_is_a_slice_of_the_file(served, wanted, first, stop):
    answer = get(served, wanted)
    assert answer.status_code == 206
    assert answer.content == DATA[first:stop]
    assert answer.headers["content-range"] == f"bytes {first}-{stop - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(stop - first)


@pytest.mark.parametrize(
    "wanted", ["bytes=3000000-", "bytes=-0", "bytes=3000001-3000002"]
)
def test_a_range_beyond_the_file_is_refused(served, wanted):
    answer = get(served, wanted)
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "wanted", ["bytes=5-2", "bytes=a-b", "bytes=-", "rows=0-5", "bytes=0-5,10-20", "x"]
)
def test_what_is_no_single_range_gets_the_whole_file(served, wanted):
    answer = get(served, wanted)
    assert answer.status_code == 200
    assert answer.content == DATA


def test_a_range_of_another_state_of_the_file_gets_the_whole_one(served):
    assert get(served, "bytes=0-9", **{"If-Range": FILE.tag}).content == DATA[:10]
    answer = get(served, "bytes=0-9", **{"If-Range": '"another"'})
    assert (answer.status_code, answer.content) == (200, DATA)


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=5-99"}])
def test_head_has_the_same_headers_and_no_body(served, headers):
    whole, head = (
        served.request(method, "/subset/a.fits", headers=headers)
        for method in ("GET", "HEAD")
    )
    assert head.content == b"" and head.status_code == whole.status_code
    known = [{**answer.headers, "date": ""} for answer in (whole, head)]
    assert known[0] == known[1]
    assert int(head.headers["content-length"]) == len(whole.content)
    assert "content-encoding" not in whole.headers


def test_a_file_that_the_client_has_is_not_sent_again(served):
    headers = {"If-None-Match": FILE.tag}
    answer = served.get("/subset/a.fits", headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")


def test_the_newest_files_are_kept_and_old_ones_still_read():
    kept = KeptFiles(most_bytes=25)
    files = {name: made(name, "", bytes(10)) for name in ("a", "b", "c")}
    kept.keep("a", files["a"])
    kept.keep("b", files["b"])
    assert kept.get("a") is files["a"]
    kept.keep("c", files["c"])
    assert kept.get("b") is None
    assert kept.get("a") is files["a"] and kept.get("c") is files["c"]
    assert b"".join(files["b"].read(0, 9)) == bytes(10)
    large = made("d", "", bytes(100))
    kept.keep("d", large)
    assert kept.get("d") is large and kept.get("c") is None
