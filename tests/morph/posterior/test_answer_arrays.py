"""Where the largest answers lead: in numpy and in SQL, against a walk of the tree."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from morph.posterior.answer_arrays import reached_by_largest
from morph.selection.tree_conditions import is_reached
from morph.trees.decision_tree import GZD5


def test_a_question_with_two_ways_is_reached_by_either():
    answers = {"smooth-or-featured": np.array([0.0, 1, 2, np.nan])}
    reached = reached_by_largest(answers, GZD5.question("merging"), GZD5)
    assert reached.tolist() == [True, True, False, False]
    answers["disk-edge-on"] = np.array([1.0, 1, 1, 1])
    reached = reached_by_largest(answers, GZD5.question("bar"), GZD5)
    assert reached.tolist() == [False, True, False, False]


def asked_of(answers: dict[str, int]) -> set[str]:
    """Questions that somebody is asked who gives each question's largest answer."""
    asked, waiting = set(), {q.name for q in GZD5.questions if not q.asked_after}
    while waiting:
        question = GZD5.question(waiting.pop())
        asked.add(question.name)
        if answers[question.name] >= 0:
            given = question.labels[answers[question.name]]
            waiting |= {q.name for q in GZD5.questions if given in q.asked_after}
    return asked


@pytest.fixture(scope="module")
def largest() -> pd.DataFrame:
    """Places of largest answers at random, -1 where there is none."""
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {q.name: random.integers(-1, len(q.answers), 3000) for q in GZD5.questions}
    )


@pytest.mark.parametrize("question", GZD5.questions, ids=lambda q: q.name)
def test_a_question_is_reached_in_numpy_and_in_sql_as_by_walking(question, largest):
    rows = largest.to_dict("records")
    walked = [question.name in asked_of(answers) for answers in rows]
    assert any(walked) and all(walked) == (not question.asked_after)
    answers = {name: values.to_numpy() for name, values in largest.items()}
    assert reached_by_largest(answers, question, GZD5).tolist() == walked
    table = largest.replace(-1, None).add_suffix("_answer")
    with duckdb.connect() as con:
        con.register("galaxies", table.astype("Int8"))
        sql = f"SELECT {is_reached(question, GZD5)} AS reached FROM galaxies"
        found = con.execute(sql).df()["reached"]
    assert found.fillna(False).astype(bool).tolist() == walked
