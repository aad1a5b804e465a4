"""Requests of other sites get no answer, on any route; the dashboard's own do."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import config

from pages.common.server.same_site import SameSite

LOCAL = "localhost:8501"


async def _talk(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def _own(request: Request) -> PlainTextResponse:
    return PlainTextResponse("a report", headers={"Content-Security-Policy": "sandbox"})


@pytest.fixture
def client():
    routes = [
        Route(
            "/subset", lambda _: PlainTextResponse("a subset"), methods=["GET", "PUT"]
        ),
        Route("/report", _own),
        WebSocketRoute("/stream", _talk),
    ]
    before = config.get_option("server.allowedHosts")
    config.set_option(
        "server.allowedHosts", ["localhost", "127.0.0.1", "morph.uni.edu"]
    )
    yield TestClient(Starlette(routes=routes, middleware=[Middleware(SameSite)]))
    config.set_option("server.allowedHosts", before)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (LOCAL, None),
        ("127.0.0.1:8501", None),
        ("LOCALHOST:8501", None),
        (LOCAL, f"http://{LOCAL}"),
        ("morph.uni.edu", "https://morph.uni.edu"),
        ("127.0.0.1:8501", "https://morph.uni.edu"),  # the proxy replaced the host
    ],
)
def test_requests_of_the_dashboard_itself_are_answered(client, host, origin):
    headers = {"host": host} | ({"origin": origin} if origin else {})
    assert client.get("/subset", headers=headers).text == "a subset"
    with client.websocket_connect("/stream", headers=headers) as stream:
        assert stream.receive_text() == "hello"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("rebound.example", None),
        ("rebound.example:8501", "http://rebound.example:8501"),
        ("localhost.rebound.example:8501", None),
        ("localhost@rebound.example", None),
        ("", None),
        (LOCAL, "https://other.example"),
        (LOCAL, "http://localhost:9000"),  # a page of another local program
        (LOCAL, "http://127.0.0.1:8501"),
        (LOCAL, "null"),
        (LOCAL, "http://localhost:8501.other.example"),
    ],
)
@pytest.mark.parametrize("path", ["/subset", "/report"])
def test_requests_of_other_sites_are_refused(client, path, host, origin):
    headers = {"host": host} | ({"origin": origin} if origin else {})
    answer = client.get(path, headers=headers)
    assert answer.status_code == 403
    assert "a subset" not in answer.text
    assert "a report" not in answer.text
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/stream", headers=headers),
    ):
        pass


def test_no_page_may_be_framed_by_another_site(client):
    plain = client.get("/subset", headers={"host": LOCAL}).headers
    assert plain["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self';" in plain["content-security-policy"]
    report = client.get("/report", headers={"host": LOCAL}).headers
    assert report["content-security-policy"] == "sandbox"
    assert report["x-frame-options"] == "SAMEORIGIN"


def test_no_page_may_ask_another_site_for_an_image(client):
    policy = client.get("/subset", headers={"host": LOCAL}).headers[
        "content-security-policy"
    ]
    assert "img-src 'self' data: blob:;" in policy
