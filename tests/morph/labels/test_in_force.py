"""Which answers count, and their numbers, against a simple replay of all acts."""

import random
from collections import Counter

import numpy as np
import pytest
from astropy.stats import binom_conf_interval

from morph.labels.in_force import (
    at_places,
    coming,
    counting,
    counts,
    not_undone,
    one_per_galaxy,
    people,
    undoable,
    with_answer,
)
from morph.labels.label_question import question
from tests.morph.labels.acts import act, undo

RING = question("Is there a ring?", "one", ["Ring", "No ring"])
TAGS = question("What strikes you?", "tags")


def replayed(acts):
    """Person and galaxy -> answer, with a stack of acts for each person."""
    stacks = {}
    for one in acts:
        stack = stacks.setdefault(one.who, [])
        if one.kind == "undo":
            stack.pop()
        else:
            stack.append(one)
    return {
        (one.who, one.iauname): one.answer
        for stack in stacks.values()
        for one in stack
        if one.kind != "skip"
    }


@pytest.mark.parametrize("seed", range(30))
def test_the_last_answer_of_a_person_counts_after_any_undo(seed):
    chance, acts = random.Random(seed), []
    for _ in range(60):
        who = chance.choice(["ann", "bob"])
        last = undoable([one for one in acts if one.who == who])
        if last is not None and chance.random() < 0.3:
            acts.append(undo(last))
            continue
        name = f"J{chance.randrange(6)}"
        given = chance.choice([("Ring",), ("No ring",), ()])
        more = {"kind": "skip"} if not given and chance.random() < 0.5 else {}
        acts.append(act(who, name, *given, **more))
    found = {key: one.answer for key, one in counting(acts).items()}
    assert found == replayed(acts)


def test_the_later_answer_counts_whatever_the_order_of_the_rows():
    early, late = act("ann", "J1", "Ring"), act("ann", "J1", "No ring")
    for acts in ([early, late], [late, early]):
        assert counting(acts)["ann", "J1"] is late


def test_an_undone_answer_gives_way_to_the_one_before():
    first, second = act("ann", "J1", "Ring"), act("ann", "J1", "No ring")
    acts = [first, second, undo(second)]
    assert counting(acts)["ann", "J1"] is first
    assert not_undone(acts) == [first]
    assert undoable(acts) is first
    assert undoable([*acts, undo(first)]) is None


def test_a_skip_does_not_take_an_answer_away():
    answer = act("ann", "J1", "Ring", number=0)
    skip = act("ann", "J1", kind="skip", number=0)
    assert at_places([answer, skip]) == {0: answer}
    assert at_places([skip, answer]) == {0: answer}
    assert at_places([skip]) == {0: skip}


def test_what_comes_next():
    done = {0: act(), 2: act("ann", "J2", "Ring"), 3: act(kind="skip")}
    assert coming({}, 4) == [0, 1, 2, 3]
    assert coming(done, 6, after=0) == [1, 4, 5, 3]
    assert coming(done, 6, after=4) == [5, 1, 4, 3]
    assert coming(done | {4: act()}, 6, after=4) == [5, 1, 3]
    assert coming({n: act() for n in range(3)}, 3, after=2) == []
    assert coming({n: act(kind="skip") for n in range(3)}, 3, after=1) == [2, 0, 1]
    assert coming({}, 250_000, after=10, most=3) == [11, 12, 13]


def test_counts_are_those_of_galaxies_with_wilson_intervals():
    acts = [act("ann", f"J{n}", "Ring") for n in range(7)]
    acts += [act("ann", f"J{n}", "No ring") for n in range(5, 10)]  # two change
    acts += [act("ann", "J10")]
    answers, left_out = one_per_galaxy(counting(acts), "ann")
    rows = counts(RING, answers)
    assert left_out == 0
    assert [(row.answer, row.galaxies) for row in rows] == [("Ring", 5), ("No ring", 5)]
    low, high = binom_conf_interval(5, 10, 0.95, "wilson")
    assert (rows[0].fraction, rows[0].low, rows[0].high) == (0.5, low, high)
    # By hand: (0.5 + z²/20 ± z √(0.025 + z²/400)) / (1 + z²/10), Wilson (1927)
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)
    assert with_answer(answers, "Ring") == [f"J{n}" for n in range(5)]


def test_of_several_people_the_majority_counts():
    acts = [
        *(act(who, "J1", "Ring") for who in ("ann", "bob", "cy")),
        *(act(who, "J2", "Ring") for who in ("ann", "bob")),
        act("cy", "J2", "No ring"),
        act("ann", "J3", "Ring"),
        act("bob", "J3", "No ring"),
        act("ann", "J4"),
    ]
    answers, left_out = one_per_galaxy(counting(acts))
    assert answers == {"J1": ("Ring",), "J2": ("Ring",), "J4": ()}
    assert left_out == 1


def test_tags_are_counted_by_frequency():
    acts = [act("ann", "J1", "bar", "ring"), act("ann", "J2", "ring")]
    rows = counts(TAGS, one_per_galaxy(counting(acts))[0])
    assert [(row.answer, row.galaxies, row.fraction) for row in rows] == [
        ("ring", 2, 1.0),
        ("bar", 1, 0.5),
    ]


def test_without_answers_there_are_no_fractions():
    rows = counts(RING, {})
    assert [row.galaxies for row in rows] == [0, 0]
    assert all(np.isnan(row.fraction) for row in rows)
    assert counts(TAGS, {}) == []


def test_people_are_named_the_last_one_first():
    acts = [act("ann"), act("bob"), act("cy"), act("ann")]
    assert people(acts) == ["ann", "cy", "bob"]
    assert Counter(people(acts)).most_common(1)[0][1] == 1
