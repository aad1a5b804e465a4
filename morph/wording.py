"""Format amounts, times and commands for people, and the current time for files."""

import errno
import shlex
import socket
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

# Receives what is being done, in words, how much of it is done, and how much there is.
Tell = Callable[[str, int, int], None]

# What connections raise, most special first.
_UNREACHED: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "no network, or no host has this name"),
    (ssl.SSLCertVerificationError, "its certificate could not be verified"),
    (ssl.SSLError, "no secure connection could be made"),
    (ConnectionRefusedError, "it refused the connection"),
    (ConnectionResetError, "it closed the connection"),
    (TimeoutError, "it did not answer in time"),
)
_NO_NETWORK = (
    errno.ENETUNREACH,
    errno.ENETDOWN,
    errno.EHOSTUNREACH,
    socket.EAI_AGAIN,  # no server of names answers
)


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


def angle(arcsec: float) -> str:
    """An angle in arcsec, arcmin or degrees: 12.3 arcsec, 4.5 arcmin, 41.6°."""
    if arcsec < 120:
        return f"{arcsec:.1f} arcsec"
    return f"{arcsec / 60:.1f} arcmin" if arcsec < 7200 else f"{arcsec / 3600:.1f}°"


def command(*words: str) -> str:
    """A command of ``python -m data``, to be typed in the working directory.

    Python is named relative to it: ``.venv/bin/python``.
    """
    path = Path(sys.executable)
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return shlex.join([str(path), "-m", "data", *words])


def unreached(host: str, error: BaseException) -> str:
    """That a host could not be reached, and why, in words without error numbers.

    ``error`` is that of a connection, or one that was raised because of it.
    """
    return f"{host} could not be reached: {_why_unreached(error)}"


def _why_unreached(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_NETWORK:
            return "no network"
        for kind, why in _UNREACHED:
            if isinstance(error, kind):
                return why
        error = error.__cause__ or error.__context__
    return "the connection failed"


def printable(text: str) -> str:
    """A text without control characters and line breaks."""
    return "".join(sign for sign in text if sign.isprintable())


def minute(moment: str) -> str:
    """Day and minute of a time from `utc_now`: 2026-11-28 09:30 UTC."""
    return f"{moment[:16].replace('T', ' ')} UTC"


def utc_now(timespec: str = "milliseconds") -> str:
    """The current time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec=timespec)
