"""Subsets over HTTP under permanent addresses, for TOPCAT, astropy and the like."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from morph.errors import MorphError
from morph.export.export import Export
from morph.export.subset_file import file_of_address
from morph.home import home
from pages.common.server import database, serving

ROUTE = "/subset/{name}"


async def respond(request: Request) -> Response:
    """Answer ``/subset/k7f3a.fits?columns=basic`` with the file, or 404 in words."""
    name = request.path_params["name"]
    columns = request.query_params.get("columns", "basic")
    try:
        made = await asyncio.to_thread(_file, name, columns, str(request.url))
    except MorphError as error:
        return serving.refused(error)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Cache-Control": "no-store",  # a subset stays; its release may be loaded anew
    }
    return Response(made.data, media_type=made.mime, headers=headers)


def _file(name: str, columns: str, link: str) -> Export:
    with database.cursor(home()) as con:
        return file_of_address(con, name, columns=columns, link=link)
