"""Worker processes that cut galaxies from bricks, for those who keep the cutouts.

Decompression and interpolation take nearly all of the time, so they are shared out; one
process alone writes. Galaxies go out in parts of a brick and come back with their
cutouts; few parts are out at a time, so memory does not grow with their number. A
worker ends with its parent, also if that is killed.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import groupby, islice
from typing import Protocol

from data.cutouts.bricks.brick_grid import brick_at
from data.cutouts.outcomes import Outcome, Target
from morph.errors import MorphError

MOST = 16  # processes
FEWEST = 100  # galaxies: fewer take less time than the start of processes
_PART_BYTES = 16 << 20  # of the cutouts of one part
_PART = 16  # galaxies
_AHEAD = 2  # parts per worker that are out
_USUAL = 4

Part = list[Target]
Cut = list[tuple[Target, Outcome]]


class Cutter(Protocol):
    """What cuts; it goes to each worker once."""

    def outcome(self, target: Target) -> Outcome:
        """The cutout of a galaxy, or why there is none."""


_own: Cutter | None = None  # in a worker: the bricks that it has open


def usual_workers() -> int:
    """Processes by default: one per core that may be used, at most 4."""
    if hasattr(os, "sched_getaffinity"):  # not on all systems
        return min(len(os.sched_getaffinity(0)), _USUAL)
    return min(os.cpu_count() or 1, _USUAL)


def checked_workers(number: int) -> int:
    """The number, or MorphError if there cannot be so many."""
    if not 1 <= number <= MOST:
        raise MorphError(f"--workers is {number}; expected 1 to {MOST} processes")
    return number


def parts_of(targets: Sequence[Target], cutout_bytes: int) -> Iterator[Part]:
    """Neighbours of one brick, as many as a part may have."""
    most = max(1, min(_PART, _PART_BYTES // cutout_bytes))
    for _, of_brick in groupby(targets, lambda target: brick_at(*target.place)):
        while part := list(islice(of_brick, most)):
            yield part


def cut_by_workers(
    bricks: Cutter, parts: Iterator[Part], workers: int
) -> Iterator[Cut]:
    """The cutouts of all parts, in their order.

    When it is closed early, the parts that were being cut come to nothing. MorphError
    if a worker ends by itself.
    """
    # Not forked: the heartbeat of a run is a thread, and may hold a lock.
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _begin, (bricks,)
    )
    out: deque[Future[Cut]] = deque()
    try:
        while True:
            for part in islice(parts, _AHEAD * workers - len(out)):
                out.append(pool.submit(_cut, part))
            if not out:
                return
            yield out.popleft().result()
    except BrokenProcessPool as error:
        raise MorphError(
            "a process that cuts from the bricks ended by itself, perhaps for lack of "
            "memory; what was cut is kept. Continue, with fewer --workers if it "
            "happens again"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(bricks: Cutter) -> None:
    """In a worker: end with the parent alone, and keep bricks open between parts."""
    global _own  # a pool hands nothing from its initialiser to its work
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent ends in its own time
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _own = bricks


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        with suppress(OSError):
            parent.join()
        os._exit(1)


def _cut(part: Part) -> Cut:
    if _own is None:
        raise RuntimeError("the worker has no bricks")
    return [(target, _own.outcome(target)) for target in part]
