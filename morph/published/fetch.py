"""Download one file: resumed where it was interrupted, verified, moved in place last.

Bytes are appended to a temporary file as they come, so a process that is killed loses
none. It is continued with ``Range`` and ``If-Range``: a file that has changed on the
server is downloaded again from the beginning.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from morph.atomic import writing
from morph.errors import MorphError
from morph.published.attempts import (
    Interrupted,
    Patience,
    check_answer,
    retry_after_s,
    until_done,
)
from morph.published.partial_file import PartialFile, Wanted
from morph.wording import unreached

Progress = Callable[[int, str], None]  # bytes here, and words; may raise to stop

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_PROGRESS = 65_536  # bytes after which an attempt has progressed
# A connection that has given less than this per second for so long is given up.
SLOWEST_BYTES_S, SLOW_FOR_S = 1_000, 30.0


@dataclass(frozen=True)
class Reports:
    """Called with the progress of a download, and with what happens to it."""

    progress: Progress
    event: Callable[[str], None]


class ChangedOnServer(Exception):
    """The file has another size than stated: its record must be asked again."""


def fetch(
    client: httpx.Client,
    folder: Path,
    wanted: Wanted,
    reports: Reports,
    *,
    patience: Patience = Patience(),  # noqa: B008 (frozen)
) -> Path:
    """Download a file into ``folder``, continuing what has come of it.

    Raises
    ------
    MorphError
        If the server does not give it, or it does not match its checksum twice in a
        row. What has come is kept, except of a wrong file.
    ChangedOnServer
        If it is another file than the one whose size was stated.
    """
    part = PartialFile(folder, wanted)
    if part.target.is_file():
        if part.is_finished(lambda: reports.progress(part.bytes, "checking the file")):
            return part.target
        reports.event(f"{wanted.name} has changed on the server; started again")
        part.target.unlink()
    if part.is_of_other_version():
        reports.event(f"{wanted.name} has changed on the server; started again")
        part.forget()
    for is_last in (False, True):
        with writing(folder):
            until_done(
                lambda: _attempt(client, part, reports),
                lambda words: reports.progress(part.bytes, words),
                patience,
            )
            found = part.md5(lambda: reports.progress(part.bytes, "checking the file"))
        if wanted.md5 in ("", found):
            return part.finish()
        part.forget()
        if is_last:
            raise MorphError(
                f"the file {wanted.name} does not match its checksum: its MD5 is "
                f"{found}, but {wanted.md5} is published. It was downloaded twice; "
                "nothing is kept. Start again later, or report this to the authors of "
                "the file"
            )
        reports.event(f"{wanted.name} does not match its checksum; started again")
    raise AssertionError


def _attempt(client: httpx.Client, part: PartialFile, reports: Reports) -> None:
    """Ask for what is missing, until it is here; Interrupted if less has come."""
    begun, wanted = part.bytes, part.wanted
    if wanted.size is not None and begun > wanted.size:
        part.forget()
        begun = 0
    if begun and begun == wanted.size:
        return
    headers = {}
    if begun and (part.validator or wanted.md5):
        headers["Range"] = f"bytes={begun}-"
        if part.validator:
            headers["If-Range"] = part.validator
    reports.progress(begun, "connecting")
    try:
        with client.stream("GET", wanted.url, headers=headers) as answer:
            _prepare(answer, part, reports, asked="Range" in headers)
            _append(answer, part, reports)
    except httpx.HTTPError as error:
        words = _words(error, str(httpx.URL(wanted.url).host))
        raise Interrupted(words, progressed=_progressed(part, begun)) from error


def _prepare(
    answer: httpx.Response, part: PartialFile, reports: Reports, *, asked: bool
) -> None:
    """Check that an answer continues the download; start again if it does not."""
    name = part.wanted.name
    if answer.status_code == 416:
        part.forget()
        raise Interrupted(f"{name} is shorter on the server than the downloaded part")
    check_answer(answer)
    if answer.status_code not in (200, 206):
        raise Interrupted(f"the server answered with status {answer.status_code}")
    _refuse_page(answer, part.wanted)
    _refuse_other_size(answer, part)
    if answer.status_code == 206:
        _refuse_other_part(answer, part)
        return
    if asked:
        event = f"the server cannot resume the download of {name}; it was started again"
        if validator_of(answer) != part.validator:
            event = f"{name} has changed on the server; started again"
        reports.event(event)
    part.begin(validator_of(answer))


def _append(answer: httpx.Response, part: PartialFile, reports: Reports) -> None:
    """Append the body; Interrupted if it is cut off, or too slow."""
    size, begun = part.wanted.size, part.bytes
    here, since, then = begun, time.monotonic(), begun
    with part.path.open("ab", buffering=0) as file:
        for chunk in answer.iter_raw():
            file.write(chunk)
            here += len(chunk)
            reports.progress(here, "")
            if size is not None and here > size:
                part.forget()
                raise Interrupted(f"{part.wanted.name} is longer than stated")
            seconds = time.monotonic() - since
            if seconds > SLOW_FOR_S:
                if here - then < SLOWEST_BYTES_S * seconds:
                    raise Interrupted(
                        "the connection was too slow",
                        progressed=_progressed(part, begun),
                    )
                since, then = time.monotonic(), here
    if size is not None and here < size:
        raise Interrupted(
            "the connection ended too early", progressed=_progressed(part, begun)
        )


def validator_of(answer: httpx.Response) -> str:
    """A strong ETag, else the date of the last change: what ``If-Range`` accepts."""
    tag = answer.headers.get("etag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return answer.headers.get("last-modified", "")


def _refuse_page(answer: httpx.Response, wanted: Wanted) -> None:
    """Refuse a web page in place of the file, as portals of networks send it."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml") and not wanted.name.endswith(
        (".html", ".htm")
    ):
        raise Interrupted(
            f"{answer.request.url.host} sent a web page in place of {wanted.name}",
            wait_s=retry_after_s(answer),
        )


def _refuse_other_size(answer: httpx.Response, part: PartialFile) -> None:
    """Refuse a file of another size than stated: it is another version of it."""
    size = part.wanted.size
    match = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    stated = match[3] if match else answer.headers.get("content-length", "")
    if answer.status_code == 206 and not match:
        stated = ""
    if size is not None and stated.isdecimal() and int(stated) != size:
        raise ChangedOnServer(
            f"the file {part.wanted.name} has {int(stated):,} bytes on the server, but "
            f"{size:,} bytes are stated"
        )


def _refuse_other_part(answer: httpx.Response, part: PartialFile) -> None:
    match = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    validator = validator_of(answer)
    if (
        not match
        or int(match[1]) != part.bytes
        or validator
        not in (
            "",
            part.validator,
        )
    ):
        part.forget()
        raise Interrupted("the server continued with another part of the file")


def _progressed(part: PartialFile, begun: int) -> bool:
    return part.bytes - begun >= _PROGRESS


def _words(error: httpx.HTTPError, host: str) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return unreached(host, error)
    if isinstance(error, httpx.TimeoutException):
        return f"{host} does not respond"
    if isinstance(error, httpx.TooManyRedirects):
        return f"{host} redirects too many times"
    return "the connection broke"
