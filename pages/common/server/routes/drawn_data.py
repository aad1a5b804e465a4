"""Large data of components, over HTTP: packed, and kept for a while by its hash.

In a message of the page it would be unpacked, and hold up what comes after it.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pages.common.server.routes import serving

ROUTE = "/drawn/{name}.json"
_MOST = 400  # each of a tenth of a megabyte; a browser asks within seconds
_HEADERS = {
    "Cache-Control": "private, max-age=86400, immutable",
    "Content-Encoding": "gzip",
}

_kept: OrderedDict[str, bytes] = OrderedDict()
_one_at_a_time = threading.Lock()


def keep(text: str) -> str:
    """The address at which a browser finds this JSON."""
    name = hashlib.sha256(text.encode()).hexdigest()[:32]
    packed = _kept.get(name) or gzip.compress(text.encode(), 1)
    with _one_at_a_time:
        _kept[name] = packed
        _kept.move_to_end(name)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return serving.base_path() + ROUTE.replace("{name}", name)


def kept(name: str) -> bytes | None:
    """The JSON of that name, packed by gzip."""
    return _kept.get(name)


def respond(request: Request) -> Response:
    """Answer with kept data; 404 in words where it is not kept any more."""
    packed = kept(request.path_params["name"])
    if packed is None:
        return PlainTextResponse("This is not kept any more; reload the page.\n", 404)
    return Response(packed, media_type="application/json", headers=_HEADERS)
