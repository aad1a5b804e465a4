"""Put what is needed before anything is drawn into the HTML document.

The style keeps a first page out of sight until what decides its layout has come. The
rest of it comes with the elements, after Streamlit's own, which it overrides. The
script notes which page is chosen meanwhile.
"""

from pathlib import Path

from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_HERE = Path(__file__).parent
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
        body = body.replace(b"</head>", _added() + b"</head>", 1)
        headers["content-length"] = str(len(body))
        return Response(body, response.status_code, headers)


def _added() -> bytes:
    style, script = ((_HERE / f"first.{kind}").read_bytes() for kind in ("css", "js"))
    return b"<style>" + style + b"</style><script>" + script + b"</script>"
