"""Refuse requests that another site sends through a visitor's browser.

Streamlit compares the Host header with ``server.allowedHosts`` for its WebSocket alone,
and lets pages of other local ports connect. Here every request is checked: a page of a
site that makes its name point to this computer (DNS rebinding) gets no file either.
"""

from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_THIS_COMPUTER = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 (a name)
_HEADER = "content-security-policy"
# No page of another site frames these, and no text from outside, such as a release's
# title, makes a visitor's browser ask another site for an image.
_POLICY = "frame-ancestors 'self'; img-src 'self' data: blob:; object-src 'none'"


class SameSite:
    """Middleware: checks Host and Origin, and sends a policy on frames and images."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        problem = refusal(Headers(scope=scope))
        if problem and scope["type"] == "websocket":
            await WebSocketClose(4403, problem)(scope, receive, send)
        elif problem:
            await PlainTextResponse(problem, 403)(scope, receive, send)
        else:
            await self.app(scope, receive, _with_policy(send))


def refusal(headers: Headers) -> str:
    """Why a request with these headers is not answered; empty if it is."""
    host, origin = headers.get("host"), headers.get("origin")
    if not is_host_allowed(host):
        return (
            f"This dashboard is not served as {host!r:.80}. If it should be, add that "
            "name to server.allowedHosts in .streamlit/config.toml.\n"
        )
    if origin is None:
        return ""
    sender = urlsplit(origin)
    known = bool(st.get_option("server.allowedHosts")) and is_host_allowed(
        sender.netloc
    )
    # The proxy may have replaced the Host header, but not for a local browser.
    if sender.netloc == host or (known and sender.hostname not in _THIS_COMPUTER):
        return ""
    return f"Pages of {origin[:80]!r} may not use this dashboard.\n"


def _with_policy(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Frame-Options"] = "SAMEORIGIN"
            if _HEADER not in headers:
                headers[_HEADER] = _POLICY
        await send(message)

    return with_headers
