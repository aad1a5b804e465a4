"""Which galaxies are for what, and regression on frozen features."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from morph.trees.decision_tree import GZD5
from training.finetune.frozen import frozen_probability, head_of_regression
from training.finetune.labelled import spread, three_parts
from training.finetune.networks import begun_with
from training.network.batch_norm import SECOND, batch_norms, keep_two
from training.network.model import concentration


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("seed", range(5))
def test_each_answer_has_its_share(share, seed):
    given = np.repeat([0, 1, 2], [60, 30, 10])[:, None]
    rows = spread(given, share, seed=seed)
    assert len(rows) == round(100 * share) and (np.diff(rows) > 0).all()
    for answer, number in ((0, 60), (1, 30), (2, 10)):
        assert abs((given[rows, 0] == answer).sum() - share * number) <= 1
    assert not np.array_equal(rows, spread(given, share, seed=seed + 100))


def test_parts_share_no_galaxy_and_leave_none_out():
    given = np.repeat([0, 1], [80, 20])[:, None]
    config = SimpleNamespace(tested=0.3, held_out=0.2, seed=4)
    parts = three_parts(given, config)
    assert sorted(np.concatenate(parts)) == list(range(100))
    assert [len(part) for part in parts] == [56, 14, 30]


def test_frozen_features_that_tell_the_answer_do():
    rng = np.random.default_rng(0)
    given = rng.integers(3, size=90)
    features = np.eye(3)[given] + 0.1 * rng.standard_normal((90, 3))
    found, strength = frozen_probability(features[:60], given[:60], features[60:], 4)
    assert (found.argmax(axis=1) == given[60:]).all()
    assert found.sum(axis=1) == pytest.approx(1) and (found[:, 3] == 0).all()
    noise = rng.standard_normal((90, 3))
    _, weak = frozen_probability(noise[:60], given[:60], noise[60:], 4)
    assert weak < strength  # noise is trusted less


@pytest.mark.parametrize(("survey", "source"), [("decals", True), ("bmz", False)])
def test_a_network_begins_with_the_statistics_of_its_survey(survey, source, first):
    model, card = first
    keep_two(model)
    for norm in batch_norms(model):
        norm.running_mean.fill_(1.0)
        norm.source_mean.fill_(2.0)
    new = begun_with(model, card, GZD5, survey=survey, seed=0)
    expected = 2.0 if source else 1.0
    assert all((norm.running_mean == expected).all() for norm in batch_norms(new))
    assert not any(name.endswith(SECOND) for name in new.state_dict())
    assert all((norm.running_mean == 1.0).all() for norm in batch_norms(model))
    mine, its = new.encoder.state_dict(), model.encoder.state_dict()
    same = [torch.equal(mine[n], its[n]) for n in mine if n.endswith("weight")]
    assert same and all(same)
    assert not torch.equal(new.classifier.weight, model.classifier.weight)


@pytest.mark.parametrize("answers", [2, 3])
def test_a_head_of_a_regression_says_what_the_regression_says(answers, first):
    model, _ = first
    length = model.classifier.in_features
    rng = np.random.default_rng(1)
    given = rng.integers(answers, size=80)
    features = rng.standard_normal((80, length)) * 3 + 5
    features[:, :answers] += 2 * np.eye(answers)[given]
    weights, bias = head_of_regression(features, given, answers)
    odds = features @ weights.T + bias
    expected, _ = frozen_probability(features, given, features, answers)
    softmax = np.exp(odds - odds.max(axis=1, keepdims=True))
    softmax /= softmax.sum(axis=1, keepdims=True)
    assert softmax == pytest.approx(expected, abs=1e-6)

    model.start_as(
        torch.from_numpy(weights), torch.from_numpy(bias), slice(3, 3 + answers)
    )
    model.eval()
    said = concentration(model.logits(torch.from_numpy(features).float()))
    said = said[:, 3 : 3 + answers].detach().numpy()
    assert (said.argmax(axis=1) == expected.argmax(axis=1)).all()


def test_a_regression_of_one_answer_knows_nothing():
    weights, bias = head_of_regression(np.ones((5, 4)), np.zeros(5, int), 3)
    assert not weights.any() and not bias.any()
