"""Records of Zenodo: their files with sizes and checksums, as its API describes them.

https://developers.zenodo.org: ``/api/records/<number>`` is an object with ``doi``,
``metadata`` (``title``, ``version``, ``license``) and ``files``, each with ``key`` (its
name), ``size``, ``checksum`` ("md5:...") and ``links.self``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import httpx

from morph.errors import MorphError
from morph.published.addresses import file_address, record_address, zenodo
from morph.published.attempts import Interrupted, check_answer
from morph.wording import printable, unreached

_MD5 = re.compile(r"md5:([0-9a-f]{32})")
_MOST_BYTES = 20_000_000  # of the description of a record
_LISTED = 8  # names in a message


@dataclass(frozen=True)
class RecordFile:
    """One file of a record."""

    name: str
    size: int
    md5: str
    url: str


@dataclass(frozen=True)
class Record:
    """A record: its metadata and its files."""

    record: int
    doi: str
    version: str
    title: str
    licence: str
    files: tuple[RecordFile, ...]


def ask_record(client: httpx.Client, number: int) -> Record:
    """Ask Zenodo for a record, once.

    Raises
    ------
    Interrupted
        If it cannot be reached, or asks to wait.
    MorphError
        If there is no such record, or the answer is no record.
    """
    base = zenodo()
    address = record_address(base, number)
    try:
        with client.stream(
            "GET", address, headers={"Accept": "application/json"}
        ) as answer:
            check_answer(answer)
            text = _limited(answer)
            value = httpx.Response(200, content=text).json()
    except httpx.HTTPError as error:
        raise Interrupted(unreached(_host(base), error)) from error
    except (ValueError, RecursionError) as error:
        raise Interrupted(f"{_host(base)} did not answer with a record") from error
    return read_record(value, base)


def read_record(value: Any, base: str) -> Record:
    """A record from JSON; MorphError where it is none."""
    try:
        metadata, number = value["metadata"], int(value["id"])
        files = value["files"]
        if not isinstance(files, list) or not files:
            raise MorphError(
                f"Zenodo record {number} has no public files; see its page on Zenodo"
            )
        return Record(
            number,
            _text(value.get("doi") or metadata.get("doi")),
            _text(metadata.get("version")),
            _text(metadata.get("title")),
            _licence(metadata),
            tuple(_file(one, base, number) for one in files),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise MorphError(
            f"{_host(base)} describes a record in an unexpected form ({error!r:.100}); "
            "update morph, or download the file in a browser and load it"
        ) from error


def chosen_file(record: Record, patterns: Sequence[str], what: str) -> RecordFile:
    """The file that the first pattern with any match names.

    MorphError if there is none, or several.
    """
    for pattern in patterns:
        found = [one for one in record.files if fnmatchcase(one.name, pattern)]
        if len(found) == 1:
            return found[0]
        if found:
            raise MorphError(
                f"record {record.record} has {len(found)} files {pattern}: "
                f"{_names(found)}. Name the table of {what} in files of its TOML"
            )
    raise MorphError(
        f"record {record.record} ({record.title}) has no file {' or '.join(patterns)}; "
        f"it has {_names(record.files)}. Name the table of {what} in files of its TOML"
    )


def _file(value: Mapping[str, Any], base: str, number: int) -> RecordFile:
    name, size = str(value["key"]), value["size"]
    checksum = _MD5.fullmatch(str(value["checksum"]))
    if checksum is None or type(size) is not int or size < 0:
        raise ValueError(f"{name}: {size!r}, {value['checksum']!r}")
    if "/" in name or "\\" in name or name.startswith(".") or name != printable(name):
        raise ValueError(f"{name!r} cannot be the name of a file")
    stated = str(value.get("links", {}).get("self", ""))
    same = urlsplit(stated)[:2] == urlsplit(base)[:2]  # else a mirror
    url = stated if same else file_address(base, number, name)
    return RecordFile(name, size, checksum[1], url)


def _licence(metadata: Mapping[str, Any]) -> str:
    stated = metadata.get("license") or {}
    return _text(stated.get("id") if isinstance(stated, dict) else stated)


def _text(value: Any) -> str:
    return printable(value)[:500] if isinstance(value, str) else ""


def _limited(answer: httpx.Response) -> bytes:
    text = b""
    for part in answer.iter_bytes():
        text += part
        if len(text) > _MOST_BYTES:
            raise ValueError("it is too large")
    return text


def _names(files: Sequence[RecordFile]) -> str:
    more = f" and {len(files) - _LISTED} more" if len(files) > _LISTED else ""
    return ", ".join(one.name for one in files[:_LISTED]) + more


def _host(base: str) -> str:
    return urlsplit(base).netloc
