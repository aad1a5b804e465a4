"""The dashboard as one ASGI app: serves pages, images and files, loads releases.

Start it with ``streamlit run app.py``.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from morph.home import home
from pages.common.frame import problems
from pages.common.server import (
    database,
    picture_route,
    report_route,
    subset_route,
    thumbnails,
)
from pages.common.server.first_style import FirstStyle

PAGES = Path(__file__).parent / "pages"


def prepare() -> None:
    """Import what the pages need, so that no visit of a page waits for it.

    A garbage collection that scans the long-lived objects of libraries takes a tenth
    of a second, during which no request is answered; so they are frozen.
    """
    for path in sorted(PAGES.glob("*/*.py")):
        if path.stem not in (path.parent.name, "__init__"):  # that is the page itself
            import_module(f"pages.{path.parent.name}.{path.stem}")
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Load new releases while the app runs; close the catalogue when it stops."""
    task = asyncio.create_task(database.keep_loading(home()))
    preparing = asyncio.create_task(asyncio.to_thread(prepare))  # answers meanwhile
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await preparing
    database.close(home())


app = st.App(
    "pages/common/frame/shell.py",
    routes=[
        Route(one.ROUTE, one.respond)
        for one in (thumbnails, picture_route, subset_route, report_route)
    ],
    middleware=[Middleware(FirstStyle)],
    lifespan=lifespan,
    on_script_error=problems.explain,
)
