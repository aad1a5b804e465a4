"""Write measured values into the TOML file of a survey.

Only the lines of the measured values change, so that comments and the order of a file
written by hand are kept.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from morph.atomic import replacing
from morph.errors import MorphError
from morph.images.survey.survey import Survey
from morph.typed_json import read_dataclass

Values = Mapping[str, Mapping[str, float]]  # band -> key -> value

_BAND = re.compile(r"\s*\[\[\s*bands\s*\]\]\s*(#.*)?")
_TABLE = re.compile(r"\s*\[")
_NOTE = "# Measured: "


def with_values(text: str, values: Values, note: str) -> str:
    """The TOML text with other values of bands, and a first line that says whence.

    MorphError if the file states its bands in another way than in [[bands]] tables.
    """
    before = tomllib.loads(text)
    lines = [line for line in text.splitlines() if not line.startswith(_NOTE)]
    for band, keys in values.items():
        lines = _with_band(lines, band, keys)
    changed = "\n".join([f"{_NOTE}{note}", *lines, ""])
    if tomllib.loads(changed) != _expected(before, values):
        raise MorphError(
            "its bands could not be changed; write each as a table [[bands]] with a "
            "line for every key, as docs/contributing.md shows"
        )
    return changed


def write_values(path: Path, text: str, values: Values, note: str) -> None:
    """Write ``text`` with these values to ``path``; MorphError as `with_values`."""
    try:
        changed = with_values(text, values, note)
        read_dataclass(Survey, tomllib.loads(changed))
    except (MorphError, tomllib.TOMLDecodeError) as error:
        raise MorphError(
            f"the survey file {path.name} was not changed: {error}"
        ) from error
    with replacing(path) as temporary:
        temporary.write_text(changed, encoding="utf-8")


def _expected(before: dict[str, Any], values: Values) -> dict[str, Any]:
    bands = [band | dict(values.get(band["name"], {})) for band in before["bands"]]
    return before | {"bands": bands}


def _with_band(lines: list[str], band: str, keys: Mapping[str, float]) -> list[str]:
    """The lines with the keys of the band of that name replaced, or added to it."""
    starts = [i for i, line in enumerate(lines) if _BAND.fullmatch(line)]
    for start in starts:
        ends = (i for i in range(start + 1, len(lines)) if _TABLE.match(lines[i]))
        end = next(ends, len(lines))
        block = lines[start:end]
        named = re.compile(rf"\s*name\s*=\s*([\"']){re.escape(band)}\1\s*(#.*)?")
        at = next((i for i, line in enumerate(block) if named.fullmatch(line)), None)
        if at is None:
            continue
        old = re.compile(rf"\s*({'|'.join(keys)})\s*=")
        rest = [line for line in block[at + 1 :] if not old.match(line)]
        new = [f"{key} = {value:g}" for key, value in keys.items()]
        kept = [line for line in block[: at + 1] if not old.match(line)]
        return [*lines[:start], *kept, *new, *rest, *lines[end:]]
    return lines
