"""Format amounts and times for people, and the current time for files."""

from collections.abc import Callable
from datetime import UTC, datetime

# Receives what is being done, in words, how much of it is done, and how much there is.
Tell = Callable[[str, int, int], None]


def nobody(what: str, done: int, total: int) -> None:
    """The `Tell` of work whose progress nobody follows."""


def percent(fraction: float, digits: int = 0) -> str:
    """A fraction as a percentage: 0.9 is 90%."""
    return f"{fraction:.{digits}%}"


def size(number: float) -> str:
    """A number of bytes in two or three digits: 640 B, 1.4 GB."""
    amount, units = float(number), ["B", "kB", "MB", "GB", "TB"]
    while round(amount) >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    digits = 1 if amount < 10 and units[0] != "B" else 0
    return f"{amount:,.{digits}f} {units[0]}"


def duration(seconds: float) -> str:
    """A duration in seconds, minutes, hours or days: 45 s, 3 min, 6.9 h, 2.5 days."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def printable(text: str) -> str:
    """A text without control characters and line breaks."""
    return "".join(sign for sign in text if sign.isprintable())


def minute(moment: str) -> str:
    """Day and minute of a time from `utc_now`: 2026-11-28 09:30 UTC."""
    return f"{moment[:16].replace('T', ' ')} UTC"


def utc_now(timespec: str = "milliseconds") -> str:
    """The current time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec=timespec)
