"""A local server that speaks as Zenodo does, and misbehaves on demand.

``ZenodoServer`` describes records (``/api/records/<number>``) and serves their files
with ``Range``, ``If-Range`` and ETags. Faults happen to the next requests for files, or
where a file has been sent up to some byte. The log has every request.
"""

import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

_CHUNK = 65_536
_FILE = re.compile(r"/api/records/(\d+)/files/([^/]+)/content|/plain/([^/]+)")
_RECORD = re.compile(r"/api/records/(\d+)")
_PAGE = b"<!doctype html><title>Sign in</title>Sign in to use this network."

Kind = Literal[
    "429",
    "503",
    "404",
    "page",
    "cut",
    "reset",
    "drip",
    "wrong size",
    "wrong bytes",
    "kill",
]


@dataclass
class Fault:
    """What goes wrong; at once, or where byte ``at`` of the file is to be sent."""

    kind: Kind
    at: int | None = None
    retry_after: str = ""
    then: Callable[[], None] | None = None  # called when it happens


@dataclass
class Request:
    """One request: what was asked for, how it was answered, bytes of the body sent."""

    method: str
    path: str
    begin: int = 0
    status: int = 0
    sent: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class ZenodoServer:
    """Records with files, and the faults that are to come."""

    def __init__(self) -> None:
        self.records: dict[int, dict[str, Path]] = {}
        self.faults: list[Fault] = []
        self.log: list[Request] = []
        self.down = False  # connections end without an answer
        self.ranges = True  # whether `Range` is understood
        self.etags = True
        self.lies = False  # whether records state another checksum
        self.bytes_per_s: float | None = None
        self.url = ""
        self._lock = threading.Lock()
        self._md5: dict[tuple[Path, int], str] = {}

    def add(self, record: int, *files: Path) -> None:
        """Publish a record with these files."""
        self.records[record] = {path.name: path for path in files}

    def files_sent(self) -> list[Request]:
        """The requests for files, but not those for descriptions of records."""
        return [one for one in self.log if _FILE.fullmatch(one.path)]

    def md5(self, path: Path) -> str:
        """Checksum of a file as it is now."""
        key = path, path.stat().st_mtime_ns
        with self._lock:
            if key not in self._md5:
                with path.open("rb") as file:
                    self._md5[key] = hashlib.file_digest(file, "md5").hexdigest()
        return self._md5[key]

    def described(self, record: int) -> bytes:
        """The JSON of a record, in the form of Zenodo's API."""
        return json.dumps(
            {
                "id": record,
                "conceptrecid": str(record - 1),
                "doi": f"10.5281/zenodo.{record}",
                "metadata": {
                    "title": f"Record {record}",
                    "version": "v1",
                    "license": {"id": "cc-by-4.0"},
                    "access_right": "open",
                },
                "files": [
                    {
                        "id": name,
                        "key": name,
                        "size": path.stat().st_size,
                        "checksum": f"md5:{'0' * 32 if self.lies else self.md5(path)}",
                        "links": {
                            "self": f"{self.url}/api/records/{record}/files/{name}"
                            "/content"
                        },
                    }
                    for name, path in self.records[record].items()
                ],
            }
        ).encode()

    def next_fault(self, position: int | None) -> Fault | None:
        """The fault of a request that begins (None), or of a byte that is sent next."""
        with self._lock:
            if self.faults and self.faults[0].at is None and position is None:
                return self.faults.pop(0)
            at = self.faults[0].at if self.faults else None
            if position is not None and at is not None and position >= at:
                return self.faults.pop(0)
        return None

    def find(self, path: str) -> Path | None:
        match = _FILE.fullmatch(path)
        if match is None:
            return None
        if match[3]:
            every = {n: p for files in self.records.values() for n, p in files.items()}
            return every.get(unquote(match[3]))
        return self.records.get(int(match[1]), {}).get(unquote(match[2]))


@contextmanager
def serving_records(port: int = 0) -> Iterator[ZenodoServer]:
    """A server on a free port of this computer, until the block ends."""
    state = ZenodoServer()
    handler = type("Handler", (_Handler,), {"state": state})
    with _Server(("127.0.0.1", port), handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}
        )
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that are killed are no error of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: ZenodoServer

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        with suppress(ConnectionError):
            self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        if self.state.down:
            self.close_connection = True
            return
        asked = Request(self.command, self.path, headers=dict(self.headers))
        self.state.log.append(asked)
        record, file = _RECORD.fullmatch(self.path), self.state.find(self.path)
        if record is not None and int(record[1]) in self.state.records:
            self._say(asked, 200, self.state.described(int(record[1])))
        elif file is None:
            self._say(asked, 404, b'{"status": 404}')
        elif not body:
            self._head(asked, 200, file.stat().st_size, file)
        else:
            self._file(asked, file)

    def _file(self, asked: Request, file: Path) -> None:
        fault = self.state.next_fault(None)
        if fault is not None:
            if fault.then is not None:
                fault.then()
            if fault.kind in ("429", "503", "404"):
                self._say(asked, int(fault.kind), b"", fault.retry_after)
                return
            if fault.kind == "page":
                self._say(asked, 200, _PAGE, kind="text/html; charset=utf-8")
                return
        self._send(asked, file, fault.kind if fault else "")

    def _send(self, asked: Request, file: Path, fault: str) -> None:
        size = file.stat().st_size
        begin = self._begin(file, size)
        if begin > 0 and begin >= size:
            self._say(asked, 416, b"")
            return
        asked.begin = begin
        stated = size - begin + (7 if fault == "wrong size" else 0)
        self._head(asked, 206 if begin else 200, stated, file, (begin, size))
        if fault == "reset":
            self._reset()
            return
        with file.open("rb") as source:
            source.seek(begin)
            while chunk := source.read(self._piece()):
                if fault == "wrong bytes":
                    chunk = bytes(len(chunk))
                if fault == "cut" or not self._write(
                    asked, chunk, drip=fault == "drip"
                ):
                    self.close_connection = True
                    return
        if fault == "wrong size":
            self.close_connection = True

    def _write(self, asked: Request, chunk: bytes, *, drip: bool) -> bool:
        """Send a piece; False where the connection is to end."""
        if drip:
            while True:  # until the client gives up
                self.wfile.write(chunk[:1])
                asked.sent += 1
                chunk = chunk[1:]
                time.sleep(0.05)
        fault = self.state.next_fault(asked.begin + asked.sent + len(chunk))
        if fault is not None and fault.kind in ("cut", "reset"):
            if fault.then is not None:
                fault.then()
            if fault.kind == "reset":
                self._reset()
            return False
        if fault is not None and fault.then is not None:
            fault.then()
        self.wfile.write(chunk)
        asked.sent += len(chunk)
        if self.state.bytes_per_s:
            time.sleep(len(chunk) / self.state.bytes_per_s)
        return True

    def _piece(self) -> int:
        """Bytes written at once; few where the rate is limited."""
        return min(_CHUNK, int((self.state.bytes_per_s or 1e9) / 20) + 1)

    def _begin(self, file: Path, size: int) -> int:
        """The first byte to send; 0 where the file has changed for the client."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        if not match or not self.state.ranges:
            return 0
        if condition is not None and condition != self._tag(file):
            return 0
        return int(match[1])

    def _tag(self, file: Path) -> str:
        return f'"md5:{self.state.md5(file)}"'

    def _head(
        self,
        asked: Request,
        status: int,
        length: int,
        file: Path,
        part: tuple[int, int] = (0, 0),
    ) -> None:
        asked.status = status
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(length))
        if self.state.etags:
            self.send_header("ETag", self._tag(file))
        if status == 206:
            begin, size = part
            self.send_header("Content-Range", f"bytes {begin}-{size - 1}/{size}")
        self.send_header("Retry-After", "59")  # Zenodo states it in every answer
        self.end_headers()

    def _say(
        self,
        asked: Request,
        status: int,
        body: bytes,
        retry_after: str = "",
        kind: str = "application/json",
    ) -> None:
        asked.status = status
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        """End the connection with RST instead of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()
        raise ConnectionAbortedError
