"""Subsets over HTTP under permanent addresses, for TOPCAT, astropy and the like."""

import asyncio

from duckdb import DuckDBPyConnection
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from morph.errors import MorphError
from morph.export.columns import Columns, columns_of
from morph.export.export import Export
from morph.export.subset_file import file_of_address, made_of
from morph.home import home
from pages.common.server import database
from pages.common.server.download_queue import ClientGone, queued_for
from pages.common.server.routes import byte_ranges, serving
from pages.common.server.routes.made_files import KeptFiles, MadeFile, made

ROUTE = "/subset/{name}"
_GONE = 499  # nobody reads it; nginx's status in logs
_NAMES = {"published": False, "underscores": True}

_kept = KeptFiles()


class Unpacked:
    """Middleware: files of subsets are sent as they are, never compressed.

    Ranges are of the bytes of the file itself, and HEAD tells their number.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        folder = f"{serving.base_path()}{ROUTE.partition('{')[0]}"
        if scope["type"] == "http" and scope["path"].startswith(folder):
            scope = {**scope, "headers": list(scope["headers"])}
            del MutableHeaders(scope=scope)["accept-encoding"]
        await self.app(scope, receive, send)


async def respond(request: Request) -> Response:
    """Answer ``/subset/k7f3a.fits?columns=basic`` with the file, or 404 in words.

    ``columns`` is a set or names with commas; ``names=underscores`` writes them so.
    """
    try:
        file = await _file(request)
    except MorphError as error:
        return serving.refused(error)
    except ClientGone:
        return Response(status_code=_GONE)
    return byte_ranges.answer(request, file)


async def _file(request: Request) -> MadeFile:
    """The file of a request: one that was made before of the same, or a new one."""
    name, link = request.path_params["name"], str(request.url)
    columns = _columns(request)
    of = (link, await asyncio.to_thread(_made_of, name))
    file = _kept.get(of)
    if file is None:

        def make(con: DuckDBPyConnection) -> Export:
            return file_of_address(con, name, columns=columns, link=link)

        export = await queued_for(request, make)
        file = made(export.name, export.mime, export.data)
        _kept.keep(of, file)
    return file


def _made_of(name: str) -> tuple[str, ...]:
    with database.cursor(home()) as con:
        return made_of(con, name)


def _columns(request: Request) -> Columns:
    names = request.query_params.get("names", "published")
    if names not in _NAMES:
        raise MorphError(
            f"names are {names[:60]!r}; expected one of: {', '.join(_NAMES)}"
        )
    return columns_of(
        request.query_params.get("columns", "basic"), underscores=_NAMES[names]
    )
