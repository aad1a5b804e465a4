"""Settings, labels and results of fine-tunings."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from morph.errors import MorphError
from morph.runs.config import problems_of, read_config, tree_of
from morph.runs.finetuning.config import OwnQuestionConfig
from morph.runs.finetuning.labels_file import (
    LABELS,
    given_answers,
    read_labels,
    too_few,
    write_labels,
)
from morph.runs.finetuning.results_file import JUDGED, read_judged
from morph.trees.decision_tree import tree_called

CONFIG = {
    "kind": "finetune",
    "model_run": "first",
    "stores": ["rings"],
    "question": {"text": "Is there a ring?", "answers": ["Ring", "No ring"]},
}
TREE = OwnQuestionConfig("Is there a ring?", ("Ring", "No ring")).tree


def test_the_tree_is_the_question_alone():
    config = read_config(CONFIG)
    assert tree_called(config.tree) == tree_of(CONFIG) == TREE
    (question,) = TREE.questions
    assert question.title == "Is there a ring?" and not question.asked_after
    other = OwnQuestionConfig("Is there a ring?", ("Ring", "None")).tree
    assert other.name != TREE.name


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"question": {"text": " ", "answers": ["a", "b"]}}, "question", "empty"),
        ({"question": {"text": "A?", "answers": ["a", "a"]}}, "answers", "different"),
        ({"question": {"text": "A?", "answers": ["a"]}}, "answers", "at least 2"),
        ({"transfer": {"head_epochs": 40}}, "head_epochs", "never fitted"),
        ({"tested": 0.9}, "tested", "0.9"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes, path, words):
    found = problems_of(CONFIG | changes)
    assert any(path in where and words in said for where, said in found.items()), found


def test_labels_come_back_as_they_were_written(tmp_path):
    write_labels(tmp_path, ["J2", "J1"], np.array([[0, 2], [1, 0]]), TREE)
    found = read_labels(tmp_path, TREE)
    assert found.names.tolist() == ["J1", "J2"]
    assert found.counts.tolist() == [[1, 0], [0, 2]]
    assert len(found.sha256) == 64


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.rename(columns={TREE.labels[0]: "ring"}), "expected iauname"),
        (lambda t: t.assign(iauname="J1"), "twice"),
        (lambda t: t.assign(**{TREE.labels[0]: -1}), "no counts of people"),
        (lambda t: t.assign(**{TREE.labels[0]: np.nan}), "no counts of people"),
    ],
)
def test_wrong_labels_are_refused(tmp_path, change, words):
    write_labels(tmp_path, ["J1", "J2"], np.eye(2), TREE)
    change(pd.read_parquet(tmp_path / LABELS)).to_parquet(tmp_path / LABELS)
    with pytest.raises(MorphError, match=words):
        read_labels(tmp_path, TREE)


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / LABELS).write_bytes(b"PAR1 and no more")
    with pytest.raises(MorphError, match="cannot be read"):
        read_labels(tmp_path, TREE)


def test_the_answer_of_a_galaxy_is_that_of_most_people():
    counts = np.array([[2, 1], [0, 3], [1, 1], [0, 0]])
    assert given_answers(counts, TREE)[:, 0].tolist() == [0, 1, -1, -1]


@pytest.mark.parametrize(
    ("ring", "none", "words"),
    [
        (1, 0, "1 galaxy has a label"),
        (6, 3, "9 galaxies have a label"),
        (18, 2, "“Ring” is the answer of 18 of 20"),
        (7, 3, ""),
    ],
)
def test_too_few_labels(ring, none, words):
    counts = np.repeat([[1, 0], [0, 1]], [ring, none], axis=0)
    found = too_few(counts, TREE)
    assert words in found and bool(words) == bool(found)


def results(low: float, high: float) -> dict:
    """The file of a run whose balanced accuracy differs by an interval."""
    scores = {
        name: [0.8, 0.7, 0.9] for name in ("balanced_accuracy", "log_loss", "roc_auc")
    }
    middle = (low + high) / 2
    frozen = scores | {"balanced_accuracy": [middle, low, high]}
    majority = scores | {"log_loss": [-0.2, -0.3, -0.1]}
    return {
        "galaxies": {
            "labelled": 100,
            "without_image": 0,
            "learnt": 56,
            "held_out": 14,
            "tested": 30,
        },
        "labels": 100,
        "labels_sha256": "0",
        "epoch": 3,
        "questions": [
            {
                "question": "own",
                "title": "Is there a ring?",
                "answers": ["Ring", "No ring"],
                "galaxies": [15, 15],
                "methods": {"fine_tuned": scores, "frozen": scores},
                "differences": {"frozen": frozen, "majority": majority},
                "mcnemar": {"fine_tuned": 6, "frozen": 2, "p": 0.289},
            }
        ],
    }


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.02, 0.2, "Fine-tuning is better than frozen features: balanced accuracy +0"),
        (-0.2, -0.02, "Fine-tuning is worse than frozen features"),
        (-0.02, 0.2, "No difference to frozen features is shown"),
    ],
)
def test_no_claim_is_made_across_zero(tmp_path, low, high, words):
    (tmp_path / JUDGED).write_text(json.dumps(results(low, high)))
    (question,) = read_judged(tmp_path).questions
    assert question.sentence.startswith(words)
    assert question.is_learnt
    unsure = replace(question, differences=question.differences.iloc[:0])
    assert not unsure.is_learnt and "do not tell" in unsure.sentence


def test_damaged_results_are_refused(tmp_path):
    assert read_judged(tmp_path) is None
    broken = results(0, 1)
    del broken["questions"][0]["methods"]
    (tmp_path / JUDGED).write_text(json.dumps(broken))
    with pytest.raises(MorphError, match="not the result of a fine-tuning"):
        read_judged(tmp_path)
