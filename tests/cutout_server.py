"""A local cutout service that answers as the Legacy Surveys viewer, and misbehaves.

``/jpeg-cutout`` and ``/fits-cutout`` draw a galaxy by its position. ``faults`` are
probabilities of bad answers; ``log`` has every request, and whether a good answer was
sent to its end.
"""

import io
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
from astropy.io import fits

from morph.images.store import encode_jpeg
from morph.images.stretch import colour_picture

FAULTS = ("429", "500", "truncated", "html", "wrong size", "slow", "reset")
_ORDER = "grz"
Draw = Callable[[float, float, Sequence[str], int, float], np.ndarray | None]


@dataclass
class Asked:
    """One request, and what was answered."""

    kind: str  # jpeg or fits
    place: tuple[float, float]
    query: dict[str, str]
    answer: str = "broken off"  # a fault, "good" when it was sent whole, "none"


@dataclass
class Behaviour:
    """What the server does; may be changed while it runs."""

    delay_s: float = 0.0
    faults: Mapping[str, float] = field(default_factory=dict)
    retry_after: str = "0.05"
    drip_s: float = 0.2  # between the pieces of a slow answer
    redirect: str = ""  # where all requests are sent
    draw: Draw | None = None


def galaxy(
    ra: float, dec: float, bands: Sequence[str], size: int, pixscale: float
) -> np.ndarray:
    """(B, S, S) float32 nanomaggies: an inclined disc by position, and noise."""
    rng = np.random.default_rng([round(ra * 1e5), round((dec + 90) * 1e5)])
    y, x = (np.mgrid[:size, :size] - (size - 1) / 2) * pixscale
    angle, ratio, scale = rng.uniform(0, np.pi), rng.uniform(0.3, 1), rng.uniform(2, 5)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = (y * np.cos(angle) - x * np.sin(angle)) / ratio
    radius, turn = np.hypot(along, across), np.arctan2(across, along)
    arms = 1 + 0.6 * np.cos(2 * turn - 1.5 * radius / scale)
    light = 0.3 * np.exp(-radius / scale) * arms + np.exp(-radius)
    flux = {"g": 0.5, "r": 1.0, "z": 1.6}
    noise = rng.normal(0, 0.01, (len(bands), size, size))
    planes = [flux.get(band, 1.0) * light for band in bands]
    return (np.stack(planes) + noise).astype(np.float32)


def fits_file(flux: np.ndarray | None, bands: Sequence[str]) -> bytes:
    """As the viewer writes it: a cube, or a plane of one band, or no data at all."""
    image = None if flux is None else flux[0] if len(bands) == 1 else flux
    part = fits.PrimaryHDU(image)
    part.header["BANDS"] = "".join(bands)
    for number, band in enumerate(bands):
        part.header[f"BAND{number}"] = band
    file = io.BytesIO()
    part.writeto(file)
    return file.getvalue()


class CutoutServer(ThreadingHTTPServer):
    """Serves on this computer; ``log`` is in the order of arrival."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, behaviour: Behaviour, *, port: int = 0, seed: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.behaviour = behaviour
        self.log: list[Asked] = []
        self.at_once = self.most_at_once = 0
        self.random = random.Random(seed)
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/viewer"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that break off are expected."""


@contextmanager
def serving(behaviour: Behaviour | None = None, **more: int) -> Iterator[CutoutServer]:
    """A running server."""
    with CutoutServer(behaviour or Behaviour(), **more) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CutoutServer

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: value[0] for name, value in parse_qs(parts.query).items()}
        kind = parts.path.rpartition("/")[2].removesuffix("-cutout")
        if kind not in ("jpeg", "fits"):
            self.send_error(404)
            return
        asked = Asked(kind, (float(query["ra"]), float(query["dec"])), query)
        server = self.server
        with server.lock:
            server.log.append(asked)
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            fault = self._fault()
        try:
            time.sleep(server.behaviour.delay_s)
            asked.answer = self._answer(asked, fault)
        finally:
            with server.lock:
                server.at_once -= 1

    def _fault(self) -> str:
        drawn = self.server.random.random()
        for name, part in self.server.behaviour.faults.items():
            if drawn < part:
                return name
            drawn -= part
        return ""

    def _answer(self, asked: Asked, fault: str) -> str:
        """Send it; what it was."""
        behaviour = self.server.behaviour
        if behaviour.redirect:
            self._send(302, b"", "text/html", {"Location": behaviour.redirect})
            return "redirect"
        if fault == "429":
            self._send(429, b"", "text/plain", {"Retry-After": behaviour.retry_after})
        elif fault == "500":
            self._send(500, b"an error", "text/plain")
        elif fault == "html":
            self._send(200, b"<html>The server is busy</html>", "text/html")
        elif fault == "reset":
            hard = struct.pack("ii", 1, 0)  # closing then resets the connection
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
            self.close_connection = True
        else:
            return self._image(asked, fault)
        return fault

    def _image(self, asked: Asked, fault: str) -> str:
        query = asked.query
        size = int(query["size"]) + (8 if fault == "wrong size" else 0)
        named = query.get("bands", _ORDER)
        bands = named.split(",") if "," in named else tuple(named)
        draw = self.server.behaviour.draw or galaxy
        flux = draw(*asked.place, bands, size, float(query["pixscale"]))
        if asked.kind == "fits":
            data, kind = fits_file(flux, bands), "image/fits"
        elif flux is None:
            self._send(404, b"No overlap", "text/plain")
            return "none"
        else:
            data, kind = encode_jpeg(colour_picture(flux)), "image/jpeg"
        if fault in ("truncated", "slow"):
            self._head(200, len(data), kind, {})
            return self._badly(data, fault)
        self._send(200, data, kind)
        return fault or ("none" if flux is None else "good")

    def _badly(self, data: bytes, fault: str) -> str:
        """A slow answer is a good one to a client with enough patience."""
        self.close_connection = True
        if fault == "truncated":
            self.wfile.write(data[: len(data) // 2])
            return fault
        for start in range(0, len(data), 500):
            self.wfile.write(data[start : start + 500])
            self.wfile.flush()
            time.sleep(self.server.behaviour.drip_s)
        return "good"

    def _send(
        self, status: int, data: bytes, kind: str, more: Mapping[str, str] | None = None
    ) -> None:
        self._head(status, len(data), kind, more or {})
        self.wfile.write(data)

    def _head(
        self, status: int, length: int, kind: str, more: Mapping[str, str]
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
