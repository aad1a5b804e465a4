"""How fast a service is asked: few connections, a rate, pauses that it asks for."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from morph.errors import MorphError
from morph.images.cutout_service.bounded_get import DEADLINE_S
from morph.images.new_stores.defaults import AT_ONCE


class Stopped(MorphError):
    """The download was asked to stop before this request."""


@dataclass(frozen=True)
class Pace:
    """Limits of a download; times in seconds."""

    per_s: float = 10.0  # requests
    at_once: int = AT_ONCE
    tries: int = 6  # of one cutout
    first_wait: float = 1.0  # after a failure; doubles, with a random part
    longest_wait: float = 60.0
    deadline: float = DEADLINE_S  # for one answer
    most_unreached: int = 12  # failures to connect in succession, then it stops

    def wait_after(self, turn: int, draw: Callable[[], float]) -> float:
        """Before the next try of a cutout, after ``turn`` + 1 of them."""
        longest = min(self.first_wait * 2**turn, self.longest_wait)
        return longest * (0.5 + 0.5 * draw())


class Turnstile:
    """Lets requests of several threads through at a rate, and none during a pause."""

    def __init__(
        self,
        pace: Pace,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._closed = threading.Event()
        self.pace, self._now = pace, now
        self._sleep = sleep or self._closed.wait  # which `close` ends
        self._lock = threading.Lock()
        self._next = self._pause_until = now()
        self._draw = random.Random().random  # noqa: S311

    def enter(self) -> None:
        """Wait for the turn of a request."""
        while True:
            if self._closed.is_set():
                raise Stopped("the download was asked to stop")
            with self._lock:
                now = self._now()
                if now >= self._next:
                    self._next = now + 1 / self.pace.per_s
                    return
                left = self._next - now
            self._sleep(left)

    def pause(self, seconds: float) -> None:
        """Let nobody through for so long: the service asks for it."""
        with self._lock:
            self._pause_until = max(self._pause_until, self._now() + seconds)
            self._next = max(self._next, self._pause_until)

    def paused_s(self) -> float:
        """Seconds until the end of a pause that the service asks for, else 0."""
        return max(self._pause_until - self._now(), 0.0)

    def close(self) -> None:
        """Let nobody through any more; those who wait get `Stopped`."""
        self._closed.set()

    def wait_after(self, turn: int) -> None:
        """Before the next try of one cutout; others go on."""
        self._sleep(self.pace.wait_after(turn, self._draw))
