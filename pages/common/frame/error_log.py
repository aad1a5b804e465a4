"""A log of internal errors, each under a reference, limited in size."""

import logging
import secrets
import threading
from contextlib import closing
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE = "errors.log"  # in MORPH_HOME
TERMINAL = "the terminal that the dashboard was started from"
_MOST_BYTES, _OLDER_FILES = 1_000_000, 3

_log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()


def new_reference() -> str:
    """Eight characters that identify an error in a message and in the log."""
    return secrets.token_hex(4)


def keep(root: Path, reference: str, report: str, error: Exception) -> str:
    """Write an error with its traceback into the log; returns where it is."""
    text, path = f"error {reference}\n{report}", root / FILE
    with _one_at_a_time:
        try:
            path.open("a").close()  # the handler would swallow that it cannot write
        except OSError:
            _log.error(text, exc_info=error)
            return TERMINAL
        handler = RotatingFileHandler(
            path, maxBytes=_MOST_BYTES, backupCount=_OLDER_FILES, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        log = logging.Logger(FILE)
        log.addHandler(handler)
        with closing(handler):
            log.error(text, exc_info=error)
    return f"`{FILE}` in MORPH_HOME"
