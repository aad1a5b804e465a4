"""Evaluate a model on half of a store, compared with a constant prediction."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import dirichlet_multinomial

from morph.errors import MorphError
from morph.evaluation.answer_errors import errors_by_answer
from morph.evaluation.vote_fraction_errors import evaluate_fractions
from morph.images.store import open_store
from morph.posterior.dirichlet import expected_probability
from morph.runs.config_parts import EvaluateConfig, ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from training.apply.evaluate import (
    evaluate,
    judge_by_votes,
    not_learnt,
    refuse_seen_galaxies,
)
from training.apply.predict import Prediction
from training.network.checkpoints import FittedModel

LABELS = list(GZD5.labels)


@pytest.fixture
def judged(make_store):
    """A store with truth, the truth in (N, L), and a card of the truth's mean."""
    store = open_store(make_store("judged", truth=True, galaxies=200))
    truth = pd.read_parquet(store.folder / "truth.parquet")[LABELS].to_numpy()
    card = FittedModel(
        "gzd5",
        GZD5.labels,
        ImageConfig(),
        ModelConfig(),
        16,
        0.262,
        ("learnt",),
        tuple(truth.mean(axis=0)),
        "",
    )
    return store, truth, card


def predicted(store, alpha: np.ndarray, order: np.ndarray) -> Prediction:
    return Prediction(store.names[order], alpha[order], np.zeros((len(alpha), 1)))


def test_the_truth_itself_has_no_error_in_whatever_order(judged):
    store, truth, card = judged
    order = np.random.default_rng(0).permutation(len(truth))
    found = evaluate(
        predicted(store, 50 * truth, order),
        store,
        EvaluateConfig("judged", "test"),
        card,
        GZD5,
    )
    assert found["galaxies"] == len(truth) // 2
    assert found["mean_rmse"] == pytest.approx(0, abs=1e-9)
    assert not_learnt(found) == ()


def test_each_half_is_judged_by_itself(judged):
    store, truth, card = judged
    alpha = 20 * np.random.default_rng(1).uniform(0.2, 1, truth.shape)
    everything = np.arange(len(truth))
    for half, rows in (("test", everything[::2]), ("tune", everything[1::2])):
        found = evaluate(
            predicted(store, alpha, everything),
            store,
            EvaluateConfig("judged", half),
            card,
            GZD5,
        )
        fractions = alpha.copy()
        for question in GZD5.questions:
            columns = GZD5.columns(question)
            fractions[:, columns] /= fractions[:, columns].sum(axis=1, keepdims=True)
        expected = evaluate_fractions(
            fractions[rows], truth[rows], GZD5, constant=truth.mean(axis=0)[None]
        )["rmse"]
        assert [q["rmse"] for q in found["questions"]] == pytest.approx(list(expected))


def test_votes_of_the_same_half_are_compared_as_well(judged):
    """The loss of each question, over galaxies of the half."""
    store, _, card = judged
    alpha = np.random.default_rng(2).uniform(1, 9, (len(store.names), len(LABELS)))
    order = np.random.default_rng(0).permutation(len(alpha))
    config = EvaluateConfig("judged", "test")
    found = evaluate(predicted(store, alpha, order), store, config, card, GZD5)
    votes = pd.read_parquet(store.folder / "votes.parquet")[LABELS].to_numpy()[::2]
    expected = judge_by_votes(alpha[::2], votes.astype(np.float32), GZD5)
    assert found["nats"] == expected["nats"]
    assert {"majority", "confident", "coverage"} <= found.keys()
    bar = GZD5.columns(GZD5.question("bar"))
    own = [
        dirichlet_multinomial(a, k.sum()).logpmf(k)
        for a, k in zip(alpha[::2, bar], votes[:, bar], strict=True)
        if k.sum()
    ]
    told = {row["question"]: row["nats"] for row in found["nats"]}
    assert told["bar"] == pytest.approx(-np.mean(own), rel=1e-4)


def test_the_mean_of_the_learnt_galaxies_is_not_learnt(judged):
    store, truth, card = judged
    constant = np.tile(10 * np.array(card.mean_fraction), (len(truth), 1))
    found = evaluate(
        predicted(store, constant, np.arange(len(truth))),
        store,
        EvaluateConfig("judged", "test"),
        card,
        GZD5,
    )
    assert found["mean_rmse"] == pytest.approx(found["mean_constant_rmse"])
    assert not_learnt(found) == tuple(q.name for q in GZD5.questions)


def test_without_a_truth_the_votes_are_the_labels(make_store, judged):
    """Fractions of few votes are unknown; a store needs no halves."""
    store = open_store(make_store("voted"))
    votes = pd.read_parquet(store.folder / "votes.parquet")
    votes[LABELS] *= 5
    votes.to_parquet(store.folder / "votes.parquet", index=False)
    alpha = np.random.default_rng(3).uniform(1, 9, (48, len(LABELS)))
    prediction = predicted(store, alpha, np.arange(48))
    config = EvaluateConfig("voted", "all")
    found = evaluate(prediction, store, config, judged[2], GZD5)
    assert (found["labels"], found["galaxies"]) == ("votes", 48)
    first = GZD5.columns(GZD5.questions[0])
    counts = votes[LABELS].to_numpy()[:, first]
    enough = counts.sum(axis=1) >= 20
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    told = alpha[:, first] / alpha[:, first].sum(axis=1, keepdims=True)
    off = (told - share)[enough]
    assert 0 < enough.sum() < 48
    assert found["questions"][0]["n"] == enough.sum()
    assert found["questions"][0]["rmse"] == pytest.approx(np.sqrt((off**2).mean()))
    bins = [r for r in found["reliability"] if r["label"] == LABELS[0]]
    assert sum(row["galaxies"] for row in bins) == enough.sum()
    json.dumps(found, allow_nan=False)  # what has no number is null


def test_votes_give_every_measure():
    alpha = np.random.default_rng(4).uniform(1, 9, (200, 34))
    votes = np.random.default_rng(5).multinomial(60, np.full(34, 1 / 34), 200)
    found = judge_by_votes(alpha, votes, GZD5)
    answers = errors_by_answer(expected_probability(alpha, GZD5), votes, GZD5)
    assert found["answers"] == answers.replace({np.nan: None}).to_dict("records")
    assert [row["label"] for row in found["well_voted"]] == LABELS
    assert {row["question"] for row in found["vote_errors"]} == {
        question.name for question in GZD5.questions
    }


def test_a_store_without_answers_or_halves_is_refused(make_store, judged):
    other = open_store(make_store("plain", votes=False))
    prediction = predicted(other, np.ones((48, 34)), np.arange(48))
    for half, said in (
        ("all", "plain has neither"),
        ("test", "not divided into halves"),
    ):
        config = EvaluateConfig("plain", half)
        with pytest.raises(MorphError, match=said):
            evaluate(prediction, other, config, judged[2], GZD5)


def test_a_truth_of_other_galaxies_is_refused(judged):
    store, truth, card = judged
    table = pd.read_parquet(store.folder / "truth.parquet")
    table.iloc[:-2].to_parquet(store.folder / "truth.parquet", index=False)
    prediction = predicted(store, np.ones(truth.shape), np.arange(len(truth)))
    with pytest.raises(MorphError, match="1 of 100 lack one"):
        evaluate(prediction, store, EvaluateConfig("judged", "tune"), card, GZD5)


def test_galaxies_that_the_model_learnt_from_are_no_judges(make_store, tmp_path):
    learnt = open_store(make_store("learnt"))
    with pytest.raises(MorphError, match="shares 48 galaxies with learnt"):
        refuse_seen_galaxies(tmp_path, learnt, ("learnt",))
    other = open_store(make_store("other"))
    refuse_seen_galaxies(tmp_path, other, ("learnt", "removed-since"))
