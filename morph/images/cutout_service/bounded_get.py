"""One bounded request to a cutout service.

Requests go to the hosts in the file of the survey and to no others: redirects elsewhere
are refused, as a fault of the service. A response has a limit of bytes and of time;
nothing is unpacked.
"""

import math
import re
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx

from morph.errors import MorphError
from morph.wording import printable, unreached

AT_ONCE = 4  # connections
_CONNECT_S, _SILENCE_S = 5.0, 10.0
DEADLINE_S = 60.0  # for all of a response
_REDIRECTS = 3
_NOT_NOW = (401, 403, 408, 425, 429)  # and all from 500 on: not about the cutout
_LONGEST_WAIT_S = 3600.0


class NoCutout(MorphError):
    """The service has no such cutout; asking again would not help."""


class ServiceTrouble(MorphError):
    """The service did not respond properly; asking again later may help."""

    def __init__(
        self, message: str, *, wait_s: float | None = None, reached: bool = True
    ) -> None:
        super().__init__(message)
        self.wait_s = wait_s  # as the service asks (Retry-After)
        self.reached = reached  # False if there was no connection at all


def client_for(url: str, *, connections: int = AT_ONCE) -> httpx.Client:
    """A client with few connections; proxies of the environment apply to https."""
    return httpx.Client(
        timeout=httpx.Timeout(_SILENCE_S, connect=_CONNECT_S, pool=None),
        limits=httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections
        ),
        headers={
            "User-Agent": "morph (galaxy morphology)",
            "Accept-Encoding": "identity",
        },
        follow_redirects=False,
        trust_env=urlsplit(url).scheme == "https",
    )


def get(
    client: httpx.Client,
    url: str,
    *,
    most_bytes: int,
    other_hosts: Sequence[str] = (),
    deadline_s: float = DEADLINE_S,
    now: Callable[[], float] = time.monotonic,
) -> bytes:
    """The body at an address; NoCutout or ServiceTrouble where there is none.

    Redirects may lead to ``other_hosts`` too, those of the survey's file.
    """
    until = now() + deadline_s
    try:
        for _ in range(1 + _REDIRECTS):
            with client.stream("GET", url) as response:
                if not response.has_redirect_location:
                    _check(response)
                    return _body(response, most_bytes, until, now)
                url = _redirected(url, response.headers["location"], other_hosts)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise ServiceTrouble(unreached(_host(url), error), reached=False) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ServiceTrouble(
            f"the response of {_host(url)} is incomplete ({_words(error)})"
        ) from error
    raise ServiceTrouble(
        f"{_host(url)} redirects more than {_REDIRECTS} times", reached=False
    )


def _check(response: httpx.Response) -> None:
    status = response.status_code
    host = _host(str(response.url))
    if status in _NOT_NOW or status >= 500:
        wait_s = retry_after_s(response.headers.get("retry-after", ""))
        raise ServiceTrouble(f"{host} responded with status {status}", wait_s=wait_s)
    if status != 200:
        raise NoCutout(f"{host} responded with status {status}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ServiceTrouble(
            f"{host} sent a compressed response, which was not requested"
        )


def _body(
    response: httpx.Response, most_bytes: int, until: float, now: Callable[[], float]
) -> bytes:
    """The whole body; what is there when the time is up is a response too."""
    host, body, late = _host(str(response.url)), bytearray(), False
    for chunk in response.iter_raw():
        if late:
            raise ServiceTrouble(f"{host} sent its response too slowly")
        body += chunk
        if len(body) > most_bytes:
            raise ServiceTrouble(f"{host} sent more than {most_bytes:,} bytes")
        late = now() > until
    return bytes(body)


def retry_after_s(value: str) -> float | None:
    """Seconds of a Retry-After header, of numbers or dates; None if it has neither."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError):
            return None
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT_S)


def _redirected(url: str, location: str, other_hosts: Sequence[str]) -> str:
    """Where a redirect leads; ServiceTrouble if requests may not go there.

    Such a service is as good as out of reach: every other request would end there too.
    """
    try:
        target = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(target)
    except ValueError as error:
        raise ServiceTrouble(
            f"{_host(url)} redirects to what is no address", reached=False
        ) from error
    same = (before.scheme, before.netloc) == (after.scheme, after.netloc)
    safe = after.scheme in ("https", before.scheme)  # http: on this computer alone
    if not same and not (safe and after.netloc in other_hosts):
        there = f"{after.scheme}://{printable(after.netloc)[:100]}"
        raise ServiceTrouble(
            f"{_host(url)} redirects to {there}, where requests may not go; if that "
            "host is the survey's, add it to other_hosts under [service] in the TOML "
            "file of the survey",
            reached=False,
        )
    return target


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the service"


def _words(error: Exception) -> str:
    """Why, without the number that an operating system gives its errors."""
    text = re.sub(r"\[Errno -?\d+\] ", "", str(error))[:200]
    return text or type(error).__name__
