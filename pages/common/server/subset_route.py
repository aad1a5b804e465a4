"""Subsets over HTTP under permanent addresses, for TOPCAT, astropy and the like."""

from duckdb import DuckDBPyConnection
from starlette.requests import Request
from starlette.responses import Response

from morph.errors import MorphError
from morph.export.export import Export
from morph.export.subset_file import file_of_address
from pages.common.server import serving
from pages.common.server.download_queue import ClientGone, queued_for

ROUTE = "/subset/{name}"
_GONE = 499  # nobody reads it; nginx's status in logs


async def respond(request: Request) -> Response:
    """Answer ``/subset/k7f3a.fits?columns=basic`` with the file, or 404 in words."""
    name = request.path_params["name"]
    columns = request.query_params.get("columns", "basic")
    link = str(request.url)

    def make(con: DuckDBPyConnection) -> Export:
        return file_of_address(con, name, columns=columns, link=link)

    try:
        made = await queued_for(request, make)
    except MorphError as error:
        return serving.refused(error)
    except ClientGone:
        return Response(status_code=_GONE)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Cache-Control": "no-store",  # a subset stays; its release may be loaded anew
    }
    return Response(made.data, media_type=made.mime, headers=headers)
