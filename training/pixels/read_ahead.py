"""Read ahead in threads, and measure how long results were waited for."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

THREADS = 4  # reading releases Python's lock, so they read at the same time
DEPTH = 8  # batches read ahead at most

SPEED = ("images_per_s", "data_wait")  # in the events of a run


@dataclass
class Pace:
    """Throughput of a network since this was created."""

    galaxies: int = 0
    waited_s: float = 0.0  # for data, by the thread that computes
    begun: float = field(default_factory=time.monotonic)

    def speed(self) -> dict[str, float]:
        """Images per second, and the fraction of the time spent waiting for data."""
        seconds = max(time.monotonic() - self.begun, 1e-9)
        values = self.galaxies / seconds, self.waited_s / seconds
        return dict(zip(SPEED, values, strict=True))


def read_ahead(jobs: Iterable[Callable[[], T]], pace: Pace) -> Iterator[T]:
    """The results of ``jobs`` in their order, computed ahead.

    An error in a job is raised in its turn. Closing the iterator cancels the rest.
    """
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="read-ahead")
    ready: deque[Future[T]] = deque()
    try:
        for job in jobs:
            ready.append(pool.submit(job))
            if len(ready) == DEPTH:
                yield _taken(ready, pace)
        while ready:
            yield _taken(ready, pace)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _taken(ready: deque[Future[T]], pace: Pace) -> T:
    started = time.monotonic()
    result = ready.popleft().result()
    pace.waited_s += time.monotonic() - started
    return result
