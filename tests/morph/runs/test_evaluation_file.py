"""Evaluations read back: whole, of earlier runs, and written by anybody."""

import json

import pytest

from morph.errors import RunError
from morph.runs.evaluation_file import evaluation_of, read_evaluation
from morph.trees.decision_tree import GZD5
from tests.morph.report.judged_run import QUESTIONS, evaluation


def test_every_table_is_read_and_what_has_no_number_is_nan():
    found = evaluation_of(evaluation(), GZD5)
    assert (found.store, found.half, found.labels) == ("judged", "test", "truth")
    assert (found.galaxies, found.mean_rmse) == (1234, 0.081)
    assert found.not_learnt == ("bar",)
    assert found.tables["confident"]["accuracy"].isna().all()
    assert found.tables["confident"]["n"].tolist() == [0] * 10
    assert found.tables["reliability"]["label"].tolist() == list(GZD5.labels)


def test_an_earlier_run_has_fewer_tables():
    value = evaluation()
    for name in ("reliability", "answers", "vote_errors", "well_voted", "labels"):
        del value[name]
    value["nats"] = [{"question": "bar", "nats": 3.0}]  # it had no deviance
    for row in value["coverage"]:
        del row["exact"]
    found = evaluation_of(value, GZD5)
    assert found.tables.keys() == {"questions", "majority", "confident", "coverage"}
    assert found.tables["coverage"]["exact"].isna().all()
    assert found.tables["coverage"]["coverage"].notna().all()
    assert found.labels == "truth"


@pytest.mark.parametrize(
    "rows",
    [
        "many",
        [1, 2],
        [{"question": "bar"}],
        {"question": "bar"},
    ],
)
def test_a_table_that_is_none_is_left_out(rows):
    found = evaluation_of(evaluation(questions=rows, galaxies="all"), GZD5)
    assert "questions" not in found.tables
    assert "majority" in found.tables
    assert found.galaxies == 0


def test_unknown_questions_and_values_that_are_no_numbers():
    rows = evaluation()["coverage"]
    rows[0]["coverage"], rows[0]["n"] = "<script>", -5
    rows.append(rows[1] | {"question": "<img src=x>"})
    table = evaluation_of(evaluation(coverage=rows), GZD5).tables["coverage"]
    assert set(table["question"]) == set(QUESTIONS)
    assert table["coverage"].isna().sum() == 1
    assert table["n"].min() == 0


def test_no_file_a_broken_one_and_one_far_too_large(tmp_path):
    path = tmp_path / "evaluation.json"
    assert read_evaluation(tmp_path, GZD5) is None
    path.write_text("[1]")
    with pytest.raises(RunError, match="expected a JSON object"):
        read_evaluation(tmp_path, GZD5)
    path.write_text(json.dumps({"store": "x" * 5_000_000}))
    with pytest.raises(RunError, match="MB, too large for an evaluation"):
        read_evaluation(tmp_path, GZD5)
