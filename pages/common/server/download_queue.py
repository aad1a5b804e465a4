"""A queue of downloads: few files are made at once, so that pages stay fast.

What nobody waits for any more is not made.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from duckdb import DuckDBPyConnection
from starlette.requests import Request

from morph.export.export import Export
from morph.home import home
from pages.common.server import database

AT_ONCE = 2
_LOOK_EVERY_S = 0.5  # whether the client is still there

_makers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="file")


class ClientGone(Exception):
    """Nobody waits for the file any more."""


def queued(make: Callable[[], bytes]) -> bytes:
    """The result of ``make``, after the files that were asked for earlier."""
    return _makers.submit(make).result()


async def queued_for(
    request: Request, make: Callable[[DuckDBPyConnection], Export]
) -> Export:
    """The result of ``make`` with a cursor; raise ClientGone if nobody waits for it.

    A query in progress is then interrupted.
    """
    cursors = []

    def work() -> Export:
        with database.cursor(home()) as con:
            cursors.append(con)
            return make(con)

    job = _makers.submit(work)
    made = asyncio.wrap_future(job)
    while not (await asyncio.wait({made}, timeout=_LOOK_EVERY_S))[0]:
        if await request.is_disconnected():
            made.cancel()  # and the job, if it has not begun
            for con in cursors:
                con.interrupt()
            raise ClientGone
    return made.result()
