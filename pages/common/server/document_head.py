"""Put what is needed before anything is drawn into the HTML document.

A style keeps a first page out of sight until what decides its layout has come. The rest
of the style comes with the elements, after Streamlit's own, which it overrides. A
script names the server's address, and notes which page is chosen meanwhile.
"""

import json
from pathlib import Path

from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pages.common.server.routes import serving

_HERE = Path(__file__).parent
# Streamlit (1.67) looks for its server below the path of a page first: an error in the
# console, and a round trip. Remove when it asks at the base path. A proxy may have cut
# off the beginning of the path.
_SERVER = """{
  const asked = %s, path = location.pathname;
  const before = path.endsWith(asked) ? path.slice(0, path.length - asked.length) : "";
  window.__streamlit = { BACKEND_BASE_URL: location.origin + before + %s };
}"""
_POLICY = "content-security-policy"  # a document with one of its own is not a page


class DocumentHead(BaseHTTPMiddleware):
    """Middleware that adds both to the head of each HTML document."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on at once what cannot be answered with a document."""
        headers = dict(scope.get("headers", ()))
        if scope["type"] != "http" or b"text/html" not in headers.get(b"accept", b""):
            await self.app(scope, receive, send)
            return
        headers.pop(b"accept-encoding", None)  # a packed document cannot be changed
        plain = {**scope, "headers": list(headers.items())}
        await super().__call__(plain, receive, send)

    async def dispatch(
        self, request: Request, follow: RequestResponseEndpoint
    ) -> Response:
        """The app's response, an HTML one with both in its head."""
        response = await follow(request)
        headers = response.headers
        if _POLICY in headers or "text/html" not in headers.get("content-type", ""):
            return response
        body = b"".join([part async for part in response.body_iterator])
        body = body.replace(b"</head>", f"{_first(request)}</head>".encode(), 1)
        headers["content-length"] = str(len(body))
        return Response(body, response.status_code, headers)


def _first(request: Request) -> str:
    style, script = ((_HERE / f"first.{of}").read_text("utf-8") for of in ("css", "js"))
    return f"<style>{style}</style><script>{_server(request)}\n{script}</script>"


def _server(request: Request) -> str:
    """A script that names the address of this server to the page."""
    paths = request.url.path, f"{serving.base_path()}/"
    return _SERVER % tuple(json.dumps(one).replace("<", "\\u003c") for one in paths)
