"""Answer 404 where there is no page, rather than with the dashboard's first one.

The first page is at the root: its name leads there.

Streamlit serves its document at every path that it does not know, with status 200: a
program that asks for a mistyped file would take that for the file.
"""

from html import escape

from starlette.datastructures import Headers
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.common.server.routes import serving

_POLICY = "content-security-policy"  # a document with one of its own is no page
_MAY_BE_HTML = ("media/", "component/")  # files of downloads and of components
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="color-scheme" content="light dark"><title>Not found · morph</title>
<body style="font: 1rem/1.5 sans-serif; margin: 4rem auto; max-width: 40rem">
<h1 style="font-size: 1.5rem">Not found</h1>
<p>There is nothing at <code>{path}</code>.</p>
<p><a href="{home}">Open the dashboard</a></p>"""


class KnownPaths:
    """Middleware: a document is served at the paths of pages alone."""

    def __init__(self, app: ASGIApp, pages: frozenset[str], first: str) -> None:
        self.app = app
        self._pages = pages
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is no document; replace one where there is no page."""
        if scope["type"] == "http" and _below_base(scope) == self._first:
            await _at_root(scope)(scope, receive, send)
            return
        if scope["type"] != "http" or self._may_be_document(scope):
            await self.app(scope, receive, send)
            return
        replaced = False

        async def unless_document(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_document(message):
                replaced = True
                await _not_found(scope)(scope, receive, send)
            elif not replaced:
                await send(message)

        await self.app(scope, receive, unless_document)

    def _may_be_document(self, scope: Scope) -> bool:
        below = _below_base(scope)
        return below in self._pages or below.startswith(_MAY_BE_HTML)


def _below_base(scope: Scope) -> str:
    return scope["path"].removeprefix(serving.base_path()).strip("/")


def _at_root(scope: Scope) -> Response:
    """The address of the first page, with the same parameters."""
    query = scope["query_string"].decode("latin-1")
    return RedirectResponse(f"{serving.base_path()}/{'?' if query else ''}{query}")


def _is_document(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    is_html = headers.get("content-type", "").startswith("text/html")
    return message["status"] == 200 and is_html and _POLICY not in headers


def _not_found(scope: Scope) -> Response:
    accepted = Headers(scope=scope).get("accept", "")
    if "text/html" not in accepted:
        return PlainTextResponse("There is nothing at this address.\n", 404)
    path, home = scope["path"], f"{serving.base_path()}/"
    return HTMLResponse(_PAGE.format(path=escape(path[:200]), home=escape(home)), 404)
