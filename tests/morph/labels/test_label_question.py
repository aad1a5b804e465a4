"""Questions: what is valid, their JSON, and their rows in the workspace."""

import json

import pytest

from morph.catalogue import connection
from morph.errors import MorphError
from morph.labels import saved_questions
from morph.labels.label_question import from_json, question, to_json

RING = question("Is there a ring?", "one", ["Ring", "No ring"])
FEATURES = question("What is there?", "several", ["Bar", "Ring", "Tidal tail"])
RATING = question("How disturbed?", "rating")
TAGS = question("What strikes you?", "tags")
ALL = (RING, FEATURES, RATING, TAGS)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.kind)
def test_a_question_comes_back_from_its_file(one):
    assert from_json(to_json(one), "q.json") == one


def test_the_digest_depends_on_text_kind_and_answers_alone():
    assert question("Is there  a ring? ", "one", ["Ring", "No ring"]).digest == (
        RING.digest
    )
    others = [
        question("Is there any ring?", "one", ["Ring", "No ring"]),
        question("Is there a ring?", "several", ["Ring", "No ring"]),
        question("Is there a ring?", "one", ["No ring", "Ring"]),
    ]
    assert len({RING.digest, *(one.digest for one in others)}) == 4


@pytest.mark.parametrize(
    ("text", "kind", "answers", "said"),
    [
        ("", "one", ["a", "b"], "the question is ''; enter 1 to 200 characters"),
        ("?", "one", ["a"], "there are 1 answers; expected 2 to 9"),
        ("?", "one", list("abcdefghij"), "there are 10 answers"),
        ("?", "one", ["Ring", "ring"], "the answer “Ring” is there twice"),
        ("?", "one", ["a;b", "c"], "semicolon"),
        ("?", "one", ["a", "x" * 61], "1 to 60 characters"),
        ("?", "several", ["x" * 60, "y" * 60, "z" * 60], "184 characters together"),
        ("?", "yes-no", ["a", "b"], "the kind is 'yes-no'; expected one of: one,"),
        ("?", "rating", ["a", "b"], "has no answers to list"),
    ],
)
def test_an_invalid_question_is_refused_in_words(text, kind, answers, said):
    with pytest.raises(MorphError, match=said.replace("?", r"\?")):
        question(text, kind, answers)


def changed(**fields):
    value = json.loads(to_json(RING)) | fields
    return json.dumps({k: v for k, v in value.items() if v is not None}).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"iauname,answer\nJ1,Ring\n", "q.json is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[1, 2]", "but not a question"),
        (b'{"kind": "one"}', "but not a question"),
        (changed(version=2), "has the version 2; this morph reads version 1"),
        (changed(answers=None), "lacks 'answers'"),
        (changed(colour="red"), "has 'colour'"),
        (changed(text=7), "text in q.json is 7; expected a string"),
        (changed(answers="Ring"), "expected a list of strings"),
        (changed(answers=["Ring", 1]), "expected a list of strings"),
        (changed(answers=["Ring"]), "there are 1 answers"),
        (b" " * 200_000, "has 200,000 bytes"),
    ],
)
def test_each_wrong_file_is_refused_in_words(data, said):
    with pytest.raises(MorphError, match=said):
        from_json(data, "q.json")


def test_answers_are_stored_in_the_order_of_the_question():
    assert FEATURES.checked(["Tidal tail", "Bar"]) == ("Bar", "Tidal tail")
    assert RATING.checked(["0"]) == ("0",)
    assert TAGS.checked(["Ring, blue", "ring"]) == ("blue", "ring")
    assert TAGS.checked(["Dust  LANE; ring"]) == ("dust lane", "ring")


@pytest.mark.parametrize(
    ("one", "given", "said"),
    [
        (RING, ["Rings"], "'Rings' is no answer to “Is there a ring[?]”; expected one"),
        (RING, [], "expected one of: Ring, No ring"),
        (RING, ["Ring", "No ring"], "expected one of"),
        (FEATURES, ["Bar", "Spiral"], "expected one or several of: Bar"),
        (RATING, ["6"], "expected one of: 0, 1, 2, 3, 4, 5"),
        (TAGS, [" ,; "], "there is no tag"),
        (TAGS, ["x" * 61], "is too long"),
        (TAGS, [",".join("abcdefghij")], "10 tags are too many"),
    ],
)
def test_what_is_no_answer_is_refused_in_words(one, given, said):
    with pytest.raises(MorphError, match=said):
        one.checked(given)


@pytest.fixture
def con(tmp_path):
    with connection.connect(
        tmp_path / "c.duckdb", workspace=tmp_path / "w.duckdb"
    ) as c:
        yield c


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.kind)
def test_questions_are_kept(con, tmp_path, one):
    made = saved_questions.create(con, one, owner="ann@uni.edu")
    assert saved_questions.questions(con) == [made]
    con.close()
    with connection.connect(
        tmp_path / "c.duckdb", workspace=tmp_path / "w.duckdb"
    ) as again:
        assert saved_questions.saved_question(again, made.question_id) == made


def test_the_same_question_is_not_made_twice(con):
    made = saved_questions.create(con, RING)
    with pytest.raises(MorphError, match="already exists"):
        saved_questions.create(con, RING)
    saved_questions.delete(con, made.question_id)
    again = saved_questions.create(con, RING)
    with pytest.raises(MorphError, match="already exists"):
        saved_questions.restore(con, made.question_id)
    assert saved_questions.questions(con) == [again]


def test_a_question_with_answers_stays_as_it_is(con):
    made = saved_questions.create(con, RING)
    changed = saved_questions.edit(con, made.question_id, FEATURES, acts=0)
    assert changed.question == FEATURES
    with pytest.raises(MorphError, match="cannot be changed"):
        saved_questions.edit(con, made.question_id, RING, acts=1)
    assert saved_questions.questions(con) == [changed]


def test_a_deleted_question_comes_back(con):
    made = saved_questions.create(con, RATING)
    saved_questions.delete(con, made.question_id)
    assert saved_questions.questions(con) == []
    (gone,) = saved_questions.questions(con, deleted=True)
    assert gone.question_id == made.question_id
    saved_questions.restore(con, made.question_id)
    assert saved_questions.questions(con) == [made]


def test_an_unknown_question_is_said(con):
    with pytest.raises(MorphError, match="there is no question 'nope'"):
        saved_questions.saved_question(con, "nope")
