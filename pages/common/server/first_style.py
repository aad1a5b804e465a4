"""Put the style that is needed before anything is drawn into the HTML document.

It keeps a first page out of sight until what decides its layout has come. The rest of
the style comes with the elements, after Streamlit's own, which it overrides.
"""

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STYLE = Path(__file__).parent / "first.css"
_END_OF_HEAD = b"</head>"
_POLICY = "content-security-policy"  # a document with one of its own is not a page


class FirstStyle:
    """Middleware that adds this style to each HTML document on its way out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, an HTML document with the style in its head."""
        headers = dict(scope.get("headers", ()))
        if scope["type"] != "http" or b"text/html" not in headers.get(b"accept", b""):
            await self._app(scope, receive, send)
            return
        headers.pop(b"accept-encoding", None)  # what is packed could not be read here
        plain = {**scope, "headers": list(headers.items())}
        await self._app(plain, receive, _Styled(send))


class _Styled:
    """Passes a response on, an HTML one as a whole with the style in it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            kind = headers.get("content-type", "")
            if kind.startswith("text/html") and _POLICY not in headers:
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        style = b"<style>" + _STYLE.read_bytes() + b"</style>"
        body = self._body.replace(_END_OF_HEAD, style + _END_OF_HEAD, 1)
        MutableHeaders(scope=self._start)["content-length"] = str(len(body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})
