"""Only https, or this computer, is asked."""

import httpx
import pytest

from morph.errors import MorphError
from morph.published.addresses import ZENODO, is_allowed, open_client, zenodo


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://zenodo.org", True),
        ("https://mirror.example/zenodo", True),
        ("http://127.0.0.1:8661", True),
        ("http://localhost/zenodo", True),
        ("http://[::1]:80", True),
        ("http://zenodo.org", False),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1@example.org", False),
        ("ftp://zenodo.org", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("http://[", False),
        ("zenodo.org", False),
    ],
)
def test_https_or_this_computer(address, allowed, monkeypatch):
    assert is_allowed(address) == allowed
    monkeypatch.setenv(ZENODO, f"{address}/")
    if allowed:
        assert zenodo() == address
    else:
        with pytest.raises(MorphError, match="MORPH_ZENODO is "):
            zenodo()


def test_without_a_setting_it_is_zenodo(monkeypatch):
    monkeypatch.delenv(ZENODO, raising=False)
    assert zenodo() == "https://zenodo.org"
    monkeypatch.setenv(ZENODO, "https://user:word@zenodo.org")
    with pytest.raises(MorphError, match="MORPH_ZENODO"):
        zenodo()


def client_told(answers) -> httpx.Client:
    """The client for downloads, with these answers instead of a network."""
    client = open_client()
    client._transport = httpx.MockTransport(lambda asked: answers[str(asked.url)])
    client._mounts = {}
    return client


def test_redirections_lead_to_allowed_addresses_only():
    def to(address):
        return httpx.Response(302, headers={"Location": address})

    answers = {
        "https://a.example/file": to("https://b.example/file"),
        "https://b.example/file": httpx.Response(200, text="here"),
        "https://a.example/plain": to("http://b.example/file"),
        "https://a.example/inside": to("http://127.0.0.1:8501/"),
        "https://a.example/inside-too": to("https://localhost/"),
    }
    with client_told(answers) as client:
        assert client.get("https://a.example/file").text == "here"
        for name in ("plain", "inside", "inside-too"):
            with pytest.raises(MorphError):
                client.get(f"https://a.example/{name}")
