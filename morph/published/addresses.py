"""Which addresses are asked: Zenodo, or the mirror in ``MORPH_ZENODO``; https only."""

import os
from urllib.parse import quote, urlsplit

import httpx

from morph.errors import MorphError

ZENODO = "MORPH_ZENODO"  # environment variable: another address than that of Zenodo
_DEFAULT = "https://zenodo.org"
_HERE = ("localhost", "127.0.0.1", "::1")

# A read that takes longer than this has failed. Shorter than the time after which a
# cancelled run is sent signals.
_READ_S = 15.0
_CONNECT_S = 10.0
_MOST_REDIRECTS = 5


def zenodo() -> str:
    """Address of Zenodo or its mirror, without a slash at the end.

    MorphError if it is neither https nor on this computer.
    """
    stated = os.environ.get(ZENODO) or _DEFAULT
    if not is_allowed(stated) or any(sign in stated for sign in "@?#"):
        raise MorphError(
            f"{ZENODO} is {stated!r:.200}; expected an address such as {_DEFAULT}: "
            "https, or http on this computer (localhost)"
        )
    return stated.rstrip("/")


def is_allowed(address: str) -> bool:
    """Whether an address is https, or http on this computer."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)
    )


def record_address(base: str, record: int) -> str:
    """Where a record is described, as JSON."""
    return f"{base}/api/records/{record}"


def file_address(base: str, record: int, name: str) -> str:
    """Where the bytes of a file of a record are."""
    return f"{record_address(base, record)}/files/{quote(name, safe='')}/content"


def open_client() -> httpx.Client:
    """A client for downloads; it follows redirections to allowed addresses only."""
    return httpx.Client(
        timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S),
        follow_redirects=True,
        max_redirects=_MOST_REDIRECTS,
        # The bytes of files as they are: a compressed answer could not be resumed.
        headers={"User-Agent": "morph", "Accept-Encoding": "identity"},
        event_hooks={"request": [_refuse], "response": [_refuse_redirection]},
    )


def _refuse(request: httpx.Request) -> None:
    if not is_allowed(str(request.url)):
        raise MorphError(
            f"{str(request.url)!r:.200} was not requested: expected https, or http "
            "on this computer (localhost)"
        )


def _refuse_redirection(response: httpx.Response) -> None:
    """Refuse to be led from elsewhere to this computer, whose services are private."""
    if not response.has_redirect_location:
        return
    asked = response.request.url
    if (
        asked.host not in _HERE
        and asked.join(response.headers["location"]).host in _HERE
    ):
        raise MorphError(
            f"{asked.host} redirects to this computer; the redirect was not "
            "followed. Check the URL of the catalogue"
        )
