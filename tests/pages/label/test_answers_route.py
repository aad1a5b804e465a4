"""Acts over HTTP: on disk before they are acknowledged, and never twice."""

import json

import pytest

from morph.labels import label_queue, saved_questions
from morph.labels.answers_file import AnswersFile
from morph.labels.in_force import counting
from pages.common.server import access
from pages.common.server.access import Access
from pages.label import permits


def numbers(answer):
    return [place["number"] for place in answer.json()["places"]]


def test_a_new_queue_begins_at_its_first_galaxy(post):
    answer = post()
    assert answer.status_code == 200
    assert numbers(answer) == [0, 1, 2, 3, 4, 5]
    assert {**answer.json(), "places": []} == {
        "places": [],
        "answered": 0,
        "skipped": 0,
        "total": 30,
    }


def test_an_answer_is_on_disk_with_what_was_seen(post, file, con, queue, morph_home):
    answer = post("answer", 0, ["Ring"])
    assert numbers(answer) == [1, 2, 3, 4, 5, 6]
    assert answer.json()["answered"] == 1
    path = morph_home / "labels" / f"{queue.question_id}.jsonl"
    (act,) = AnswersFile(path).acts  # as another process reads it
    assert (act.who, act.kind, act.answer, act.number) == (
        "ann",
        "answer",
        ("Ring",),
        0,
    )
    assert act.iauname == label_queue.showing_at(con, queue, 0).iauname
    assert (act.stretch, act.zoom, act.blind, act.pictured) == (
        "linear",
        "2",
        True,
        True,
    )
    assert act.release.startswith("small-demo@")
    assert (
        act.chosen
        == queue.words
        == "20 at random (seed 3) from: all galaxies of small-demo"
    )
    assert act.when.endswith("+00:00")


def test_an_act_that_is_sent_again_counts_once(post, file):
    first = post("answer", 0, ["Ring"], id="same")
    again = post("answer", 0, ["Ring"], id="same")
    assert first.json() == again.json()
    assert len(file.acts) == 1


def test_the_queue_goes_on_where_a_person_stopped(post):
    for number in range(4):
        post("answer", number, ["Ring"])
    post("answer", 0, ["No ring"], who="bob")
    assert numbers(post())[0] == 4
    assert post().json()["answered"] == 4
    assert numbers(post(who="bob"))[0] == 1


def test_undo_goes_back_to_the_galaxy_and_its_former_answer(post, file):
    post("answer", 0, ["Ring"])
    post("answer", 1, ["Ring"])
    post("answer", 0, ["No ring"])
    undone = post("undo", 5, id="undo")
    assert numbers(undone)[0] == 0
    assert undone.json()["places"][0]["done"] == {"kind": "answer", "answer": ["Ring"]}
    assert post("undo", 5, id="undo").json() == undone.json()  # sent again
    assert numbers(post("undo", 0))[0] == 1
    assert [act.kind for act in file.acts] == ["answer"] * 3 + ["undo"] * 2
    assert [one.answer for one in counting(file.acts).values()] == [("Ring",)]


def test_with_nothing_to_undo_that_is_said(post):
    answer = post("undo", 3)
    assert (answer.status_code, answer.text) == (
        400,
        "There is nothing to undo in this queue.\n",
    )


def test_the_former_galaxy_shows_what_was_answered(post):
    post("answer", 0, ["Ring"])
    back = post("look", 0)
    assert numbers(back) == [0, 1, 2, 3, 4, 5, 6]
    assert back.json()["places"][0]["done"]["answer"] == ["Ring"]
    assert back.json()["places"][1]["done"] is None


def test_skipped_galaxies_come_last(post):
    for number in range(30):
        given = ("skip", number) if number in (3, 7) else ("unknown", number)
        answer = post(*given)
    assert numbers(answer) == [3, 7]
    assert (answer.json()["answered"], answer.json()["skipped"]) == (28, 2)
    post("answer", 3, ["Ring"])
    done = post("answer", 7, ["Ring"])
    assert done.json() == {"places": [], "answered": 30, "skipped": 0, "total": 30}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "answer", "answer": ["Rings"]}, "is no answer to"),
        ({"kind": "answer", "answer": []}, "is no answer to"),
        ({"kind": "answer", "answer": ["Ring"], "number": 30}, "not in the queue"),
        ({"kind": "answer", "answer": [1]}, "answers of an act are texts"),
        ({"kind": "delete"}, "kind of an act"),
        ({"number": "0"}, "number of an act"),
        ({"number": True}, "number of an act"),
        ({"stretch": "log"}, "stretch"),
        ({"zoom": "8"}, "zoom"),
        ({"id": ""}, "id of an act"),
        ({"id": "x" * 101}, "id of an act"),
        ({"more": 1}, "has the fields"),
        ({"permit": "0" * 64}, "reload it"),
        ({"who": "bob", "permit": "é"}, "reload it"),
    ],
)
def test_what_is_not_valid_is_refused_in_words(post, file, more, said):
    answer = post(**more)
    assert answer.status_code == 400
    assert said in answer.text.lower()
    assert list(file.acts) == []


def test_a_permit_is_of_one_person_and_one_queue(post, morph_home, queue):
    for other in (("bob", queue.queue_id), ("ann", "a2bcd")):
        permit = permits.permit(morph_home, other[1], other[0])
        assert post(permit=permit).status_code == 400


def test_a_permit_outlives_the_server(morph_home, queue):
    permit = permits.permit(morph_home, queue.queue_id, "ann")
    assert permit == permits.permit(morph_home, queue.queue_id, "ann")
    key = morph_home / "labels" / "permits.key"
    assert (len(key.read_bytes()), key.stat().st_mode & 0o77) == (32, 0)


def test_who_is_no_longer_listed_is_refused(post, monkeypatch):
    shared = Access(people=("ann",), header="X-Email")
    monkeypatch.setattr(access, "read", lambda: shared)
    monkeypatch.setattr(access, "is_shared", lambda settings: True)
    assert post(who="ann").status_code == 200
    answer = post(who="bob")
    assert answer.status_code == 400
    assert "Bob is no longer among those who may change" in answer.text


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"[" * 15_000, b" " * 30_000])
def test_a_body_that_is_no_act_is_refused(client, queue, body):
    answer = client.post(f"/label/{queue.queue_id}/acts", content=body)
    assert answer.status_code == 400


def test_an_unknown_queue_is_refused(client, post, morph_home):
    body = json.loads(post().request.content)
    body["permit"] = permits.permit(morph_home, "a2bcd", "ann")
    answer = client.post("/label/a2bcd/acts", json=body)
    assert (answer.status_code, "no queue" in answer.text) == (400, True)


def test_a_deleted_question_takes_no_answers(post, con, ring, file):
    saved_questions.delete(con, ring.question_id)
    answer = post("answer", 0, ["Ring"])
    assert (answer.status_code, "restore it" in answer.text) == (400, True)
    assert list(file.acts) == []


def test_a_full_disk_is_worth_another_try(post, file, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(AnswersFile, "_write", full)
        answer = post("answer", 0, ["Ring"], id="same")
    assert (answer.status_code, "full" in answer.text) == (503, True)
    assert list(file.acts) == []
    assert post("answer", 0, ["Ring"], id="same").json()["answered"] == 1


def test_blind_nothing_tells_which_galaxy_it_is(post, con, queue):
    names = [label_queue.showing_at(con, queue, n).iauname for n in range(queue.shown)]
    blind = post()
    assert not [name for name in names if name in blind.text]
    assert set(blind.json()["places"][0]) <= {
        "number",
        "picture",
        "done",
        "crisp",
        "bar",
        "share",
    }
    seen = post(blind=False).json()["places"]
    assert [place["name"] for place in seen] == names[:6]
    assert seen[0]["place"].count("°") == 2
    assert seen[0]["link"].startswith("galaxy?release=small-demo&id=J")
    assert 0 < len(seen[0]["bars"]) <= 3
