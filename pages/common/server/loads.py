"""Loads of releases that were asked for on a page, each in a thread with its progress.

A load goes on when its page is closed or drawn again. A short one has ended before the
page is drawn.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from morph.errors import MorphError
from morph.wording import Tell

PATIENCE_S = 1.0  # a load that takes longer shows its progress

_log = logging.getLogger(__name__)
_loads: dict[str, "Load"] = {}
_lock = threading.Lock()  # of `_loads`: sessions begin and end loads at the same time


@dataclass
class Load:
    """A load, its thread, and how far it is; ``step`` counts the kinds of work."""

    thread: threading.Thread
    steps: int
    step: int = 0
    what: str = ""
    done: int = 0
    total: int = 0
    words: str = ""  # what it has loaded
    refused: MorphError | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def fraction(self) -> float:
        """How much of all its steps is done, in [0, 1]."""
        part = min(self.done / self.total, 1.0) if self.total else 0.0
        return min((max(self.step - 1, 0) + part) / self.steps, 1.0)

    def tell(self, what: str, done: int, total: int) -> None:
        """Note its progress, as a `Tell`."""
        if what != self.what or done < self.done:
            self.step += 1
        self.what, self.done, self.total = what, done, total


def begin(key: str, work: Callable[[Tell], str], *, steps: int) -> None:
    """Start to load, unless that is going on; wait for a moment that it ends.

    ``work`` returns what it has loaded, in words; it tells of ``steps`` in turn.
    """
    with _lock:
        load = _loads.get(key)
        if load is None or load.ended.is_set():
            thread = threading.Thread(target=_carry_out, args=(key, work))
            load = _loads[key] = Load(thread, steps)
            thread.start()
    load.ended.wait(PATIENCE_S)


def going_on(key: str) -> Load | None:
    """A load that has begun and not ended; None if there is none."""
    load = _loads.get(key)
    return None if load is None or load.ended.is_set() else load


def names() -> list[str]:
    """The keys of all loads that are going on."""
    return [key for key in list(_loads) if going_on(key) is not None]


def result(key: str) -> str:
    """What the last load has loaded, in words; "" if none has ended.

    Raises MorphError where it was refused.
    """
    load = _loads.get(key)
    if load is None or not load.ended.is_set():
        return ""
    if load.refused is not None:
        raise load.refused.with_traceback(None)  # which would grow with each page
    return load.words


def refusal(key: str) -> str:
    """Why the last load was refused; "" if it was not, or is going on."""
    load = _loads.get(key)
    if load is None or not load.ended.is_set() or load.refused is None:
        return ""
    return str(load.refused)


def _carry_out(key: str, work: Callable[[Tell], str]) -> None:
    load = _loads[key]
    try:
        load.words = work(load.tell)
    except MorphError as error:
        load.refused = error
    except Exception:  # a defect: the page says so, the log has it
        _log.exception("loading %s failed", key)
        load.refused = MorphError(
            "an internal error stopped the load; the log has the reason"
        )
    finally:
        load.ended.set()
