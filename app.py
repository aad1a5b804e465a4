"""The dashboard as one ASGI app: the pages, pictures over HTTP, new releases loaded.

Start it with ``streamlit run app.py``.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from morph.home import home
from pages.common import database, frame, thumbnails, urls


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Load what comes into releases/ while the app lives; close the catalogue after."""
    task = asyncio.create_task(database.keep_loading(home()))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    database.close(home())


def understanding_codes(app: ASGIApp) -> ASGIApp:
    """Send an address with codes on to the same with the words of the widgets."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = urls.in_words(query) if scope["type"] == "http" else query
        if wanted == query:
            await app(scope, receive, send)
        else:
            there = RedirectResponse(f"?{wanted}")  # relative: never another host
            await there(scope, receive, send)

    return respond


app = st.App(
    "pages/common/shell.py",
    routes=[Route(thumbnails.ROUTE, thumbnails.respond)],
    middleware=[Middleware(understanding_codes)],
    lifespan=lifespan,
    on_script_error=frame.explain,
)
