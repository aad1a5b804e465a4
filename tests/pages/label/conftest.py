"""Questions and queues over the small home of the pages."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from morph.catalogue import release_table
from morph.labels import label_queue, saved_questions
from morph.labels.answers_file import AnswersFile, answers_file
from morph.labels.label_question import question
from morph.labels.label_queue import LabelQueue
from morph.selection.selection import Selection
from pages.common.server import database
from pages.label import answers_route, permits, places

RING = question("Is there a ring?", "one", ["Ring", "No ring"])


@pytest.fixture
def con(morph_home):
    with database.cursor(morph_home) as con:
        yield con
        for one in saved_questions.questions(con):
            saved_questions.delete(con, one.question_id)


@pytest.fixture
def ring(con) -> saved_questions.SavedQuestion:
    return saved_questions.create(con, RING)


@pytest.fixture
def queue(con, ring) -> LabelQueue:
    return drawn(con, ring)


def drawn(con, question, *, release="small-demo", galaxies=20, repeated=0.5):
    return label_queue.make_queue(
        con,
        release_table.release(con, release),
        Selection(),
        question_id=question.question_id,
        galaxies=galaxies,
        seed=3,
        repeated=repeated,
    )


@pytest.fixture
def file(morph_home, ring) -> AnswersFile:
    return answers_file(morph_home, ring.question_id)


@pytest.fixture
def client() -> TestClient:
    routes = [
        Route(one.ROUTE, one.respond, methods=[*one.METHODS])
        for one in (answers_route, places)
    ]
    return TestClient(Starlette(routes=routes))


@pytest.fixture
def post(client, morph_home, queue) -> Callable[..., SimpleNamespace]:
    """Post an act as the page's script does."""
    numbers = iter(range(10_000))

    def send(kind="look", number=-1, answer=(), who="ann", **more):
        body = {
            "kind": kind,
            "id": f"{who}-{next(numbers)}",
            "who": who,
            "permit": permits.permit(morph_home, queue.queue_id, who),
            "number": number,
            "answer": list(answer),
            "stretch": "linear",
            "zoom": "2",
            "blind": True,
            "pictured": True,
        } | more
        return client.post(f"/label/{queue.queue_id}/acts", json=body)

    return send
