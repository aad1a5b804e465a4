"""Whom to credit for the images of a cutout store, as its owner states it.

It has a separate file, since the manifest is rewritten when cutouts are added.
"""

import json
from functools import lru_cache
from pathlib import Path

from morph.atomic import write_json, writing
from morph.errors import MorphError

CREDIT = "credit.json"
MOST = 500  # characters


def checked_credit(text: str) -> str:
    """The credit, if it is one line of at most `MOST` characters; else MorphError."""
    if len(text) > MOST or not text.isprintable():
        raise MorphError(
            f"the credit has {len(text):,} characters or several lines; expected one "
            f"line of at most {MOST}"
        )
    return text


def write_credit(store: Path, text: str) -> None:
    """State the credit, with the licence if need be; "" for that of the survey.

    MorphError if it is not one line, or CannotWrite.
    """
    checked_credit(text)
    with writing(store):
        write_json(store / CREDIT, {"credit": text})


def read_credit(store: Path) -> str:
    """What the owner of a store states; "" if nothing, or if it cannot be read."""
    path = store / CREDIT
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=256)
def _read(path: Path, changed_ns: int) -> str:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))["credit"]
    except (ValueError, KeyError, TypeError):
        return ""
    return value if isinstance(value, str) else ""
