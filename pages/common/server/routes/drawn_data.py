"""Large data of components, over HTTP: compressed, and kept for a while by its hash.

In a message of the page it would be unpacked, and hold up what comes after it.
"""

import gzip
import hashlib
import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pages.common.server.routes import serving

ROUTE = "/drawn/{name}"
_MOST_BYTES = 64_000_000  # a browser asks within seconds, for names once it hovers
_HEADERS = {
    "Cache-Control": "private, max-age=86400, immutable",
    "Content-Encoding": "gzip",
}
_TYPES = {
    "json": "application/json",
    "bin": "application/octet-stream",
    "png": "image/png",
}

_kept: OrderedDict[str, bytes] = OrderedDict()
_one_at_a_time = threading.Lock()


def keep(text: str) -> str:
    """The address at which a browser finds this JSON."""
    return _keep(text.encode(), "json", lambda data: gzip.compress(data, 1))


def json_of(data: Any) -> str:
    """The data as JSON without spaces."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def keep_numbers(planes: np.ndarray) -> str:
    """The address of (P, N) uint8: bytes of numbers, the first ones of all in a row.

    Each row is coded by its own frequencies (Huffman), as counts and positions of
    galaxies repeat in no pattern; where most are alike, by runs too.
    """
    return _keep(planes.tobytes(), "bin", lambda _: _by_frequencies(planes))


def keep_image(png: bytes) -> str:
    """The address of an image, which a browser asks for once."""
    return _keep(png, "png", lambda data: gzip.compress(data, 0))


def _keep(data: bytes, kind: str, compress: Callable[[bytes], bytes]) -> str:
    name = f"{hashlib.sha256(data).hexdigest()[:32]}.{kind}"
    packed = _kept.get(name) or compress(data)
    with _one_at_a_time:
        _kept[name] = packed
        _kept.move_to_end(name)
        size = sum(map(len, _kept.values()))
        while size > _MOST_BYTES:
            size -= len(_kept.popitem(last=False)[1])
    return serving.base_path() + ROUTE.replace("{name}", name)


def _by_frequencies(planes: np.ndarray) -> bytes:
    ways = (zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE)
    return min((_gzip(planes, strategy) for strategy in ways), key=len)


def _gzip(planes: np.ndarray, strategy: int) -> bytes:
    coder = zlib.compressobj(
        9, zlib.DEFLATED, zlib.MAX_WBITS + 16, zlib.DEF_MEM_LEVEL, strategy
    )
    parts = [
        coder.compress(one.tobytes()) + coder.flush(zlib.Z_BLOCK) for one in planes
    ]
    return b"".join(parts) + coder.flush()


def kept(name: str) -> bytes | None:
    """What is kept under that name, compressed by gzip."""
    return _kept.get(name)


def respond(request: Request) -> Response:
    """Answer with kept data; 404 in words where it is not kept any more."""
    name = request.path_params["name"]
    packed = kept(name)
    if packed is None:
        return PlainTextResponse("This is not kept any more; reload the page.\n", 404)
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(packed, media_type=kind, headers=_HEADERS)
