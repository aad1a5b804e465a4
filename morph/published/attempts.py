"""Try again after an interruption: how often, after how long, and when not.

The wait doubles with each attempt without progress and is multiplied by a random factor
(jitter), so that many clients do not return at the same moment. A server that states
``Retry-After`` is obeyed.
"""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx

from morph.errors import MorphError

T = TypeVar("T")
Tick = Callable[[str], None]  # called often with words; raises an error to stop

_POLL_S = 0.2
_LONGEST_OBEYED_S = 900.0  # of Retry-After
_BUSY = (408, 425, 429, 500, 502, 503, 504)


class Interrupted(Exception):
    """An attempt failed, and another one may succeed; the message says why."""

    def __init__(
        self, words: str, *, wait_s: float | None = None, progressed: bool = False
    ) -> None:
        super().__init__(words)
        self.wait_s = wait_s  # what the server asks for
        self.progressed = progressed  # bytes came: the next attempt is a first one


@dataclass(frozen=True)
class Patience:
    """How often to try without progress, and the waits between attempts."""

    attempts: int = 8
    first_s: float = 1.0
    longest_s: float = 60.0

    def wait_s(self, failures: int) -> float:
        """The wait after so many failures, with jitter: half of it to all of it."""
        full = min(self.first_s * 2 ** (failures - 1), self.longest_s)
        return full * random.uniform(0.5, 1)  # noqa: S311 (no secret)


def until_done(work: Callable[[], T], tick: Tick, patience: Patience) -> T:
    """Call ``work`` until it is not interrupted.

    Raises
    ------
    MorphError
        If too many attempts in a row were interrupted without progress.
    """
    failures = 0
    while True:
        try:
            return work()
        except Interrupted as interruption:
            failures = 1 if interruption.progressed else failures + 1
            if failures >= patience.attempts:
                raise MorphError(
                    f"{interruption}. {failures} attempts in a row failed; start again "
                    "later: it continues where it stopped"
                ) from interruption
            asked = interruption.wait_s
            seconds = patience.wait_s(failures) if asked is None else asked
            _wait(seconds, str(interruption), tick)


def check_answer(answer: httpx.Response) -> None:
    """Raise unless an answer has the contents that were asked for.

    Interrupted if the server is busy, MorphError if it will never give them.
    """
    code = answer.status_code
    if code < 400:
        return
    host = answer.request.url.host
    if code in _BUSY:
        why = "asks morph to wait" if code == 429 else "is busy"
        raise Interrupted(f"{host} {why} (status {code})", wait_s=retry_after_s(answer))
    reason = {401: "not public", 403: "refused", 404: "not found", 410: "removed"}
    raise MorphError(
        f"the address {answer.request.url} is {reason.get(code, 'refused')} (status "
        f"{code}); look at it in a browser, and correct the record or the address of "
        "the catalogue"
    )


def retry_after_s(answer: httpx.Response) -> float | None:
    """The seconds that ``Retry-After`` asks for, at most 15 minutes; None without."""
    stated = answer.headers.get("retry-after", "").strip()
    if stated.isdecimal():
        return min(float(stated), _LONGEST_OBEYED_S)
    try:
        moment = parsedate_to_datetime(stated).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(moment - time.time(), 0.0), _LONGEST_OBEYED_S)


def _wait(seconds: float, words: str, tick: Tick) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        tick(f"{words}; trying again in {math.ceil(left)} s")
        time.sleep(min(_POLL_S, left))
