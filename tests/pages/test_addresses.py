"""Addresses: codes become the words of widgets, everything else stays as it is."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import app
from morph.recipe import to_query_string
from morph.selection import Selection, Tail
from pages.common import urls


@pytest.mark.parametrize(
    ("given", "worded"),
    [
        ("rule=off", "rule=Ignore"),
        (
            "sure=tail&sure_answer=bar_strong",
            "sure=Probability+above+a+value&sure_answer=Strong+bar",
        ),
        ("redshift_missing=keep", "redshift_missing=Keep+unknown"),
    ],
)
def test_codes_become_words(given, worded):
    assert urls.in_words(given) == worded
    assert urls.in_words(worded) == worded


@pytest.mark.parametrize(
    "query", ["", "bar_strong=0.6&bar_strong=1", "id=J1%2B2&rule=Ignore", "a=&b", "%ff"]
)
def test_other_addresses_stay_as_they_are(query):
    assert urls.in_words(query) == query


def test_a_link_from_a_file_is_redirected_and_stays_on_this_host():
    inner = Starlette(
        routes=[Route("/{path:path}", lambda request: PlainTextResponse("page"))],
        middleware=[Middleware(app.understanding_codes)],
    )
    client = TestClient(inner, follow_redirects=False)
    selection = Selection({"bar_weak": (0.2, 1)}, rule="off", sureness=Tail("bar_weak"))
    answer = client.get(f"/explore?{to_query_string(selection)}")
    assert answer.status_code == 307
    assert answer.headers["location"].startswith("?bar_weak=0.2&bar_weak=1&")
    assert client.get(f"/explore{answer.headers['location']}").text == "page"
    assert client.get("//elsewhere.org/?rule=off").headers["location"] == "?rule=Ignore"
