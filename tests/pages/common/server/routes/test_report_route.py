"""A run's report and card are served from its own folder alone, and kept apart."""

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.common.server.routes import report_route


@pytest.fixture
def client(empty_home):
    folder = empty_home / "runs" / "mine"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>plots</p>")
    (folder / "model_card.md").write_text("# Card")
    (folder / "config.json").write_text("{}")
    route = Route(report_route.ROUTE, report_route.respond)
    with TestClient(Starlette(routes=[route])) as client:
        yield client


def test_the_page_is_served_in_a_world_of_its_own(client):
    answer = client.get(report_route.url("mine", "report.html"))
    assert (answer.status_code, answer.text) == (200, "<p>plots</p>")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "sandbox allow-scripts" in policy and "default-src 'none'" in policy
    assert "allow-same-origin" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_card_is_plain_text(client):
    answer = client.get(report_route.url("mine", "model_card.md"))
    assert (answer.status_code, answer.text) == (200, "# Card")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "path",
    [
        "/run/mine/config.json",
        "/run/other/report.html",
        "/run/../report.html",
        "/run/%2e%2e/report.html",
        "/run/..%2f..%2fetc/report.html",
        "/run/mine/..%2freport.html",
        "/run/MINE/report.html",
    ],
)
def test_nothing_else_is(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_a_link_to_elsewhere_is_not_followed(client, empty_home, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text("secret")
    (empty_home / "runs" / "linked").mkdir()
    (empty_home / "runs" / "linked" / "report.html").symlink_to(secret)
    (empty_home / "runs" / "folder").symlink_to(secret.parent)
    (secret.parent / "report.html").write_text("secret")
    for run in ("linked", "folder"):
        answer = client.get(f"/run/{run}/report.html")
        assert answer.status_code == 404
        assert "secret" not in answer.text.replace("is a link to elsewhere", "")
