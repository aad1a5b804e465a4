"""Labelling over HTTP: the places of a queue, and the acts of a person.

A browser posts each act, and gets the next places once it is on disk.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from morph.catalogue import release_table
from morph.catalogue.release_table import LoadedRelease
from morph.errors import CannotWrite, MorphError
from morph.home import home
from morph.images.stretch import STRETCHES
from morph.labels import label_queue, saved_questions
from morph.labels.answers_file import Act, AnswersFile, answers_file
from morph.labels.in_force import at_places, coming, undoable
from morph.labels.label_question import LabelQuestion
from morph.labels.label_queue import LabelQueue
from morph.wording import utc_now
from pages.common.address.choices import LOOKS
from pages.common.server import database
from pages.common.server.routes import serving
from pages.label import permits, places
from pages.label.places import Look

ROUTE = "/label/{queue}/acts"
METHODS = ("POST",)
_MOST_BYTES = 20_000
_LONGEST = 100  # characters of an id
_TRY_AGAIN = 503
_TYPES: Mapping[str, type] = {
    "kind": str,  # of an act, or "look" to do nothing
    "id": str,
    "who": str,
    "permit": str,
    "number": int,  # the place; -1 where the person stopped
    "answer": list,
    "stretch": str,
    "zoom": str,
    "blind": bool,
    "pictured": bool,
}


@dataclass(frozen=True)
class _Opened:
    """What a request is about."""

    con: DuckDBPyConnection
    queue: LabelQueue
    question: LabelQuestion
    release: LoadedRelease
    file: AnswersFile


async def respond(request: Request) -> Response:
    """Answer a posted act with the places that are next, once the act is on disk.

    400 in words for what is not valid, 503 where trying again may help.
    """
    try:
        sent = _read(await _body(request))
        found = await run_in_threadpool(_do, request.path_params["queue"], sent)
    except CannotWrite as error:
        return serving.refused(error, _TRY_AGAIN)
    except MorphError as error:
        return serving.refused(error, 400)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


async def _body(request: Request) -> bytes:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > _MOST_BYTES:
            raise MorphError(f"an act has at most {_MOST_BYTES:,} bytes")
    return data


def _read(data: bytes) -> dict[str, Any]:
    """The fields of an act, each of its type."""
    try:
        sent = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MorphError("an act is a JSON object") from error
    if not isinstance(sent, dict) or sent.keys() != _TYPES.keys():
        raise MorphError(f"an act has the fields {', '.join(_TYPES)}")
    for name, kind in _TYPES.items():
        if type(sent[name]) is not kind:
            raise MorphError(f"{name} of an act is {sent[name]!r:.60}")
    if not all(isinstance(one, str) for one in sent["answer"]):
        raise MorphError("the answers of an act are texts")
    if sent["kind"] not in ("look", "answer", "unknown", "skip", "undo"):
        raise MorphError(f"kind of an act is {sent['kind']!r:.60}")
    if not 0 < len(sent["id"]) <= _LONGEST or not sent["id"].isascii():
        raise MorphError("the id of an act has 1 to 100 plain characters")
    stretches, zooms = ({"", *STRETCHES}, {"", *LOOKS["zoom"]})
    if sent["stretch"] not in stretches or sent["zoom"] not in zooms:
        raise MorphError("an act has the stretch and the zoom of the Galaxy page")
    return sent


def _do(queue_id: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    root, who = home(), sent["who"]
    permits.check(root, sent["permit"], queue_id, who)
    with database.cursor(root) as con:
        at = _open(root, con, queue_id)
        first = None if sent["number"] < 0 else sent["number"]
        if sent["kind"] != "look":
            first = _act(at, sent)
        done = at_places(at.file.acts_of(who, queue_id))
        after = sent["number"] if first is None else first
        numbers = coming(done, at.queue.shown, after)
        if first is not None:
            numbers = [first, *(n for n in numbers if n != first)]
        look = Look(sent["stretch"], sent["zoom"], sent["blind"])
        shown = [label_queue.showing_at(con, at.queue, n) for n in numbers]
        drawn = places.drawn(con, at.release, at.queue, shown, look)
    for place in drawn:
        place["done"] = _done(done.get(place["number"]))
    acts = [act.kind for act in done.values()]
    return {
        "places": drawn,
        "answered": len(acts) - acts.count("skip"),
        "skipped": acts.count("skip"),
        "total": at.queue.shown,
    }


def _open(root: Path, con: DuckDBPyConnection, queue_id: str) -> _Opened:
    queue = label_queue.saved_queue(con, queue_id)
    saved = saved_questions.saved_question(con, queue.question_id)
    if saved.deleted:
        raise MorphError("the question was deleted; restore it to go on labelling")
    release = release_table.release(con, queue.release_id)
    file = answers_file(root, queue.question_id)
    return _Opened(con, queue, saved.question, release, file)


def _act(at: _Opened, sent: Mapping[str, Any]) -> int | None:
    """Write an act; the place to show then, None for the next one."""
    before = at.file.known(sent["id"])
    if before is not None:  # sent again, as its acknowledgement was lost
        return before.number if before.kind == "undo" else None
    given: dict[str, Any] = {"number": sent["number"]}
    if sent["kind"] == "undo":
        last = undoable(at.file.acts_of(sent["who"], at.queue.queue_id))
        if last is None:
            raise MorphError("there is nothing to undo in this queue")
        given = {"number": last.number, "undoes": last.act_id}
    elif sent["kind"] == "answer":
        given["answer"] = at.question.checked(sent["answer"])
    showing = label_queue.showing_at(at.con, at.queue, given["number"])
    act = Act(
        act_id=sent["id"],
        who=sent["who"],
        when=utc_now(),
        kind=sent["kind"],
        release=at.release.key,
        iauname=showing.iauname,
        showing=showing.showing,
        queue=at.queue.queue_id,
        chosen=showing.chosen,
        stretch=sent["stretch"],
        zoom=sent["zoom"],
        blind=sent["blind"],
        pictured=sent["pictured"],
        **given,
    )
    at.file.append([act])
    return act.number if act.kind == "undo" else None


def _done(act: Act | None) -> dict[str, Any] | None:
    """What was done at a place, to show it there."""
    return act and {"kind": act.kind, "answer": list(act.answer)}
