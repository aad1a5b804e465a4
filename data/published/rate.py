"""The rate of a download over its last seconds, of bytes or cutouts."""

import time
from collections import deque

from morph.wording import size

_OVER_S = 10.0


class Rate:
    """Remembers when how much was here."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def words(self, here: int) -> str:
        """The rate of bytes, such as "3.1 MB/s"; "" where it is not known yet."""
        rate = self.per_s(here)
        return "" if rate is None else f"{size(rate)}/s"

    def per_s(self, here: int) -> float | None:
        """The rate now; None where it is not known yet."""
        now = time.monotonic()
        self._seen.append((now, here))
        while now - self._seen[0][0] > _OVER_S:
            self._seen.popleft()
        begin, first = self._seen[0]
        if now - begin < 0.5 or here <= first:
            return None
        return (here - first) / (now - begin)
