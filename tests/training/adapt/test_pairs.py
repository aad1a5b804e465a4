"""Paired distillation: divergences compared with torch, partners by name."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch.distributions import Dirichlet, kl_divergence

from morph.errors import MorphError
from morph.runs.config import AdaptConfig
from morph.runs.config_adaptation import PairsConfig
from morph.runs.config_parts import DeviceConfig, ImageConfig
from morph.trees.decision_tree import GZD5
from training.adapt.pairs import dirichlet_divergence, distillation_loss, read_pairs
from training.fit.ranks_and_devices import start_fabric
from training.survey_differences.adaptation_context import Adaptation, partners

L = len(GZD5.labels)


@pytest.fixture
def given_pairs(make_store, make_run):
    """An adaptation with galaxies imaged by both surveys, and others."""
    make_store("seen", called="pair", galaxies=20)
    make_store("own", called="pair", galaxies=12, survey="bmz", seed=1)
    make_store("elsewhere", galaxies=12, survey="bmz")
    run = make_run({})

    def make(*, target: str = "own") -> Adaptation:
        pairs = PairsConfig(source_stores=("seen",), target_stores=(target,))
        config = AdaptConfig("run", ("seen",), (target,), pairs=pairs)
        fabric = start_fabric(DeviceConfig(accelerator="cpu"))
        card = SimpleNamespace(image=ImageConfig())
        return Adaptation(run, fabric, config, None, None, card, None, GZD5)

    return make


def posteriors(seed: int) -> torch.Tensor:
    drawn = torch.Generator().manual_seed(seed)
    return 1 + 50 * torch.rand(7, L, generator=drawn, dtype=torch.float64)


def test_divergence_is_that_of_torch_for_every_question():
    first, second = posteriors(0), posteriors(1)
    found = dirichlet_divergence(first, second, GZD5)
    for place, question in enumerate(GZD5.questions):
        columns = GZD5.columns(question)
        expected = kl_divergence(
            Dirichlet(first[:, columns]), Dirichlet(second[:, columns])
        )
        torch.testing.assert_close(found[:, place], expected)


def test_what_is_never_asked_costs_nothing():
    taught, learnt = posteriors(0), posteriors(1)
    taught[:, :3] = torch.tensor([1e9, 1e-9, 1e-9])  # smooth, beyond doubt
    learnt[:, :3] = taught[:, :3]
    asked = {"smooth-or-featured", "how-rounded", "merging"}
    for question in GZD5.questions:
        if question.name in asked:
            learnt[:, GZD5.columns(question)] = taught[:, GZD5.columns(question)]
    assert distillation_loss(taught, learnt, GZD5).item() == pytest.approx(0, abs=1e-6)


def test_partners_have_the_same_name_in_whatever_order(given_pairs):
    source, target, partner = read_pairs(given_pairs())
    names = source.index["iauname"].to_numpy()
    assert np.array_equal(names[partner], target.index["iauname"])


def test_a_galaxy_without_a_partner_is_named(given_pairs):
    with pytest.raises(MorphError, match=r"galaxies of pairs\.target_stores are not"):
        read_pairs(given_pairs(target="elsewhere"))


def test_a_galaxy_imaged_twice_is_named():
    source = pd.DataFrame({"iauname": ["a", "b", "a"]})
    with pytest.raises(MorphError, match=r"twice in pairs.* \(first: a\)"):
        partners(source, source.iloc[:2], "pairs")


def test_without_stores_it_says_where_to_name_them(given_pairs):
    given = given_pairs()
    config = replace(given.config, pairs=replace(given.config.pairs, source_stores=()))
    with pytest.raises(MorphError, match=r"pairs\.source_stores"):
        read_pairs(replace(given, config=config))
