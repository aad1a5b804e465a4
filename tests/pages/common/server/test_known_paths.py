"""A document is served at the paths of pages; elsewhere the answer is 404."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.common.frame.page_list import FIRST, PAGES, PATHS
from pages.common.server.known_paths import KnownPaths


def _document(request: Request) -> HTMLResponse:
    """What Streamlit serves wherever it knows nothing."""
    return HTMLResponse("<html>the dashboard</html>")


def _report(request: Request) -> HTMLResponse:
    return HTMLResponse("a report", headers={"Content-Security-Policy": "sandbox"})


@pytest.fixture
def client():
    routes = [
        Route("/subset/{name}", lambda _: PlainTextResponse("a file")),
        Route("/run/{run}/report.html", _report),
        Route("/moved", lambda _: RedirectResponse("/explore")),
        Route("/{path:path}", _document),
    ]
    middleware = [Middleware(KnownPaths, PATHS, FIRST)]
    return TestClient(Starlette(routes=routes, middleware=middleware))


@pytest.mark.parametrize("path", ["", *(p for group in PAGES.values() for p in group)])
def test_pages_have_their_document(client, path):
    for method in ("GET", "HEAD"):
        assert client.request(method, f"/{path}?release=x").status_code == 200


@pytest.mark.parametrize(
    "path", ["/subset/x.fits", "/run/a/report.html", "/media/a.html"]
)
def test_files_are_left_alone(client, path):
    assert client.get(path).status_code == 200


def test_the_name_of_the_first_page_leads_to_the_root(client):
    for path in ("/overview?release=a%2Bb&x=1", "/overview/?release=a%2Bb&x=1"):
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code == 307
        assert answer.headers["location"] == "/?release=a%2Bb&x=1"
    answer = client.get("/overview", follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_redirection_is_followed(client):
    assert client.get("/moved").text == "<html>the dashboard</html>"


@pytest.mark.parametrize(
    "path",
    ["/explroe", "/explore/more", "/subset/a/b.fits", "/static/none.js", "/%3Cb%3E"],
)
def test_elsewhere_there_is_nothing(client, path):
    for method in ("GET", "HEAD"):
        answer = client.request(method, path)
        assert answer.status_code == 404
        assert "the dashboard" not in answer.text
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert 'href="/"' in page.text and "<b>" not in page.text
