"""Files that were made for a client and may be asked for again, part by part.

They are temporary files without a name, which end with the dashboard. The least
recently used ones are closed, once no answer reads them any more.
"""

import hashlib
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import IO

MOST_BYTES = 2_000_000_000  # of all that are kept, beside the newest
_CHUNK = 1 << 20


@dataclass(frozen=True, eq=False)
class MadeFile:
    """A finished file: its name, kind and bytes, and a tag that changes with these."""

    name: str
    mime: str
    size: int
    tag: str
    _file: IO[bytes]

    def __del__(self) -> None:
        self._file.close()

    def read(self, first: int, last: int) -> Iterator[bytes]:
        """The bytes from ``first`` to ``last``, which is one of them, in chunks."""
        for at in range(first, last + 1, _CHUNK):
            yield os.pread(self._file.fileno(), min(_CHUNK, last + 1 - at), at)


def made(name: str, mime: str, data: bytes) -> MadeFile:
    """A file of these bytes."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with its last reader)
    file.write(data)
    file.flush()
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    return MadeFile(name, mime, len(data), tag, file)


class KeptFiles:
    """The files made last, by what they were made of."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._files: OrderedDict[Hashable, MadeFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, of: Hashable) -> MadeFile | None:
        """The file made of this, if it is kept."""
        with self._lock:
            if of in self._files:
                self._files.move_to_end(of)
            return self._files.get(of)

    def keep(self, of: Hashable, file: MadeFile) -> None:
        """Keep a file, and let go of the least recently used ones."""
        with self._lock:
            self._files[of] = file
            self._files.move_to_end(of)
            while len(self._files) > 1 and self._size() > self._most_bytes:
                self._files.popitem(last=False)

    def _size(self) -> int:
        return sum(file.size for file in self._files.values())
