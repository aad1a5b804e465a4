"""Requests to a cutout service: bounded, to one host, with what went wrong in words."""

import socket
import time
from email.utils import formatdate

import httpx
import pytest

from morph.images.cutout_service.bounded_get import (
    NoCutout,
    ServiceTrouble,
    client_for,
    get,
    retry_after_s,
)
from tests.cutout_server import Behaviour, serving

QUERY = "/jpeg-cutout?ra=150&dec=2&layer=x&pixscale=0.262&size=64"


def asked(url, **limits):
    with client_for(url) as client:
        return get(client, url, **({"most_bytes": 10**6} | limits))


def test_a_good_answer_is_its_body():
    with serving() as server:
        assert asked(server.url + QUERY).startswith(b"\xff\xd8\xff")
        assert len(server.log) == 1


@pytest.mark.parametrize(
    ("fault", "says", "wait_s"),
    [
        ("429", "status 429", 7.0),
        ("500", "status 500", None),
        ("truncated", "is incomplete", None),
        ("reset", "is incomplete", None),
        ("slow", "too slowly", None),
    ],
)
def test_trouble_of_the_service_may_end(fault, says, wait_s):
    behaviour = Behaviour(faults={fault: 1.0}, retry_after="7", drip_s=0.1)
    with (
        serving(behaviour) as server,
        pytest.raises(ServiceTrouble, match=says) as found,
    ):
        asked(server.url + QUERY, deadline_s=0.15)
    assert (found.value.wait_s, found.value.reached) == (wait_s, True)


def test_an_answer_that_is_too_large_is_not_read():
    with (
        serving() as server,
        pytest.raises(ServiceTrouble, match="more than 100 bytes"),
    ):
        asked(server.url + QUERY, most_bytes=100)


def test_what_does_not_exist_is_not_there():
    with serving() as server, pytest.raises(NoCutout, match="status 404"):
        asked(server.url + "/nothing")


def test_a_redirect_to_another_host_is_a_fault_of_the_service():
    """Another port of this computer is another host: a service of its own.

    It may end, so it says nothing about the cutout; and it concerns all of them.
    """
    with serving() as other, serving() as server:
        server.behaviour.redirect = other.url + QUERY
        with pytest.raises(ServiceTrouble, match=r"may not go.*other_hosts") as found:
            asked(server.url + QUERY)
        assert not found.value.reached
        server.behaviour.redirect = "file:///etc/passwd"
        with pytest.raises(ServiceTrouble, match="redirects to file://"):
            asked(server.url + QUERY)
        server.behaviour.redirect = "https://[x/"
        with pytest.raises(ServiceTrouble, match="to what is no address"):
            asked(server.url + QUERY)
        server.behaviour.redirect = server.url + QUERY
        with pytest.raises(ServiceTrouble, match="more than 3 times"):
            asked(server.url + QUERY)
        assert other.log == []


def test_a_redirect_to_a_host_that_the_survey_names_is_followed():
    with serving() as other, serving() as server:
        server.behaviour.redirect = other.url + QUERY
        host = f"127.0.0.1:{other.server_port}"
        picture = asked(server.url + QUERY, other_hosts=("images.example.org", host))
        assert picture.startswith(b"\xff\xd8\xff")
        assert len(other.log) == 1


def test_nobody_there_is_told_from_trouble():
    with socket.socket() as held:  # bound, and not listening
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/viewer{QUERY}"
        with pytest.raises(
            ServiceTrouble, match="could not be reached: it refused"
        ) as found:
            asked(url)
    assert not found.value.reached


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("-5", 0.0), ("1e9", 3600.0), ("nan", None), ("soon", None)],
)
def test_waits_are_read_and_bounded(value, seconds):
    assert retry_after_s(value) == seconds


def test_waits_may_be_dates():
    assert retry_after_s(formatdate(time.time() + 100, usegmt=True)) == pytest.approx(
        100, abs=3
    )


@pytest.mark.parametrize("status", [401, 403, 507, 520, 522])
def test_a_refusal_is_no_word_about_the_cutout(status):
    """A service that bans a client for a while, and a proxy before a dead service."""
    answering = httpx.MockTransport(lambda _: httpx.Response(status))
    with (
        httpx.Client(transport=answering) as client,
        pytest.raises(ServiceTrouble, match=f"status {status}"),
    ):
        get(client, "https://example.org" + QUERY, most_bytes=100)
