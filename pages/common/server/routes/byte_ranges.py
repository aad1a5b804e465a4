"""Answer with a file or with a part of it (RFC 9110, section 14).

DuckDB reads the columns that it needs out of a Parquet file in this way, and programs
go on with a download that broke off.
"""

import re

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pages.common.server.routes.made_files import MadeFile

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.IGNORECASE)


def answer(request: Request, file: MadeFile) -> Response:
    """The file, or the range of it that is asked for: 206, or 416 if it has none.

    304 if the client has it already. A HEAD request gets the same without the bytes.
    Several ranges at once get the whole file, as the standard allows.
    """
    headers = {
        "ETag": file.tag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{file.name}"',
        # A subset stays; its name or its release may change.
        "Cache-Control": "no-cache",
    }
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    wanted = _wanted(request, file)
    if wanted is None:
        first, last, status = 0, file.size - 1, 200
    else:
        (first, last), status = wanted, 206
        headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    if wanted and first > last:
        headers["Content-Range"] = f"bytes */{file.size}"
        return Response(status_code=416, headers=headers)
    headers["Content-Length"] = str(last + 1 - first)
    if request.method == "HEAD":
        if status == 200:
            headers["Vary"] = "Accept-Encoding"  # as the middleware adds to a body
        return Response(status_code=status, headers=headers, media_type=file.mime)
    return StreamingResponse(
        file.read(first, last), status, headers, media_type=file.mime
    )


def _wanted(request: Request, file: MadeFile) -> tuple[int, int] | None:
    """The first and last byte asked for, in the wrong order if there are none.

    None is the whole file: no range, one that is not understood, or a range of another
    state of the file.
    """
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    if request.headers.get("if-range", file.tag) != file.tag:
        return None
    begin, end = match.groups()
    if not begin:  # so many of the last bytes
        number = min(_number(end), file.size)
        return file.size - number, file.size - 1
    if end and _number(end) < _number(begin):
        return None  # not a range
    last = min(_number(end), file.size - 1) if end else file.size - 1
    return _number(begin), last


def _number(digits: str) -> int:
    return int(digits.lstrip("0")[:18] or 0)  # no file has so many bytes
