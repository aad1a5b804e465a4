"""Counts of labels for a network, against counting by hand."""

import numpy as np
import pytest

from morph.errors import MorphError
from morph.labels.label_counts import label_counts, question_to_learn
from morph.labels.label_question import question
from tests.morph.labels.acts import act

RING = question("Is there a ring?", "one", ["Ring", "No ring"])
PARTS = question("What is there?", "several", ["Ring", "Bar", "Arms"])


def test_people_are_counted_for_each_answer():
    acts = [
        act("ann", "J1", "Ring"),
        act("bob", "J1", "No ring"),
        act("eve", "J1", "Ring"),
        act("ann", "J0", "No ring"),
        act("ann", "J2"),  # does not know
    ]
    learnt, left_out = question_to_learn(RING, acts)
    assert (learnt.answers, left_out) == (("Ring", "No ring"), [])
    names, counts = label_counts(learnt, acts)
    assert names == ["J0", "J1"]
    assert counts.tolist() == [[0, 1], [2, 1]]


def test_a_rating_is_one_of_six_answers():
    learnt, _ = question_to_learn(question("How odd?", "rating"), [])
    names, counts = label_counts(learnt, [act("ann", "J1", "5")])
    assert (names, counts.tolist()) == (["J1"], [[0, 0, 0, 0, 0, 1]])


def test_each_of_several_answers_holds_or_not():
    acts = [
        act("ann", f"J{i}", *["Ring"] * (i < 3), *["Bar"] * (i >= 3)) for i in range(6)
    ]
    learnt, left_out = question_to_learn(PARTS, acts)
    assert (learnt.answers, left_out) == (("Ring", "Bar"), ["Arms"])  # nobody saw arms
    assert len(learnt.tree.questions) == 2
    _, counts = label_counts(learnt, acts)
    assert counts.tolist() == [[1, 0, 0, 1]] * 3 + [[0, 1, 1, 0]] * 3


def test_what_cannot_be_learnt_is_refused():
    with pytest.raises(MorphError, match="free tags are not learnt"):
        question_to_learn(question("What?", "tags"), [])
    with pytest.raises(MorphError, match="holds of at least 3 labelled"):
        question_to_learn(PARTS, [act("ann", "J1", "Ring")])


def test_no_labels_have_no_rows():
    names, counts = label_counts(question_to_learn(RING, [])[0], [])
    assert names == [] and counts.shape == (0, 2) and counts.dtype == np.int64
