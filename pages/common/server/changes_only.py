"""Send a browser only what a run of the script changes on its page.

Streamlit (1.67) sends every element again after each change, as the browser drops what
a run did not send. Here an element that is equal to the one in its place is left out.
The browser is told that the run is of a fragment that no element belongs to, so it
drops nothing; what the run does not draw any more is replaced by an empty element.

A run has the number of the last whole one: of an element that comes from another run,
the browser keeps a hidden copy when something else takes its place.

The rules of the browser side are those of one version: with another, everything is
sent, until the tests have passed with it. Remove when Streamlit sends changes only.
"""

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.common.server.page_shown import PageShown

_STREAM = "/_stcore/stream"
_VERSION = "1.67."


class ChangesOnly:
    """Middleware: each connection of a browser gets what it does not show yet."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_stream = scope["type"] == "websocket" and scope["path"].endswith(_STREAM)
        if is_stream and st.__version__.startswith(_VERSION):
            send = _changes(send)
        await self.app(scope, receive, send)


def _changes(send: Send) -> Send:
    shown = PageShown()

    async def send_changes(message: Message) -> None:
        data = message.get("bytes")
        if message["type"] != "websocket.send" or data is None:
            await send(message)
            return
        for one in shown.changes(data):
            await send({"type": "websocket.send", "bytes": one})

    return send_changes
