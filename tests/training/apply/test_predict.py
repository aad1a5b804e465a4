"""Predictions in parts that are saved, shared and resumed; passes; ensembles."""

import numpy as np
import pytest
import torch

from morph.errors import MorphError
from morph.images.store import open_store
from morph.runs.config_parts import DeviceConfig, ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from training.apply import predict as module
from training.apply.predict import Prediction, Predictor, predict, read_prediction
from training.fit.ranks_and_devices import start_fabric
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel

L = len(GZD5.labels)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Parts of 20 galaxies in batches of 8, so that a tiny store has several."""
    monkeypatch.setattr(module, "PART_ROWS", 20)
    monkeypatch.setattr(module, "at_once", lambda *_: 8)


@pytest.fixture
def stores(make_store):
    return [
        open_store(make_store("first", size=32, galaxies=48)),
        open_store(make_store("second", size=32, galaxies=7, seed=1)),
    ]


def make_predictor(seed: int, *, size: int = 32) -> Predictor:
    torch.manual_seed(seed)
    config = ModelConfig(dropout=0.5)
    card = FittedModel(
        tree=GZD5.name,
        labels=GZD5.labels,
        image=ImageConfig(),
        model=config,
        size=size,
        pixscale_arcsec=0.262,
        stores=(),
        mean_fraction=(0.1,) * L,
        description="made for a test",
    )
    return Predictor(GalaxyModel(config, L), card)


def predicted(stores, folder, predictors, *, passes=0, progress=None) -> Prediction:
    return predict(
        start_fabric(DeviceConfig(accelerator="cpu")),
        predictors,
        stores,
        folder,
        passes=passes,
        seed=3,
        progress=progress or (lambda *_: None),
    )


def test_every_galaxy_once_in_the_order_of_the_stores(stores, tmp_path):
    said = []
    found = predicted(
        stores, tmp_path / "p", [make_predictor(0)], progress=lambda *s: said.append(s)
    )
    assert list(found.names) == [*stores[0].names, *stores[1].names]
    assert found.concentration.shape == (55, L) and found.features.dtype == np.float16
    assert found.samples is None
    assert [done for done, _total, _ in said] == [20, 40, 48, 55]
    assert {total for _, total, _ in said} == {55}


def test_a_prediction_killed_after_a_part_goes_on_with_the_next(stores, tmp_path):
    whole = predicted(stores, tmp_path / "whole", [make_predictor(0)], passes=3)

    def die(done: int, *_: object) -> None:
        if done == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predicted(stores, tmp_path / "p", [make_predictor(0)], passes=3, progress=die)
    first = tmp_path / "p" / "part-00000.npz"
    written = first.stat().st_mtime_ns
    resumed = predicted(stores, tmp_path / "p", [make_predictor(0)], passes=3)
    assert first.stat().st_mtime_ns == written
    assert np.array_equal(resumed.samples, whole.samples)
    assert np.array_equal(resumed.names, whole.names)


def test_passes_differ_and_their_mean_is_the_concentration(stores, tmp_path):
    found = predicted(stores, tmp_path / "p", [make_predictor(0)], passes=4)
    assert found.samples.shape == (4, 55, L)
    assert not np.array_equal(found.samples[0], found.samples[1])
    assert found.concentration == pytest.approx(found.samples.mean(axis=0))


def test_without_passes_dropout_is_off(stores, tmp_path):
    one = predicted(stores, tmp_path / "one", [make_predictor(0)])
    other = predicted(stores, tmp_path / "other", [make_predictor(0)])
    assert np.array_equal(one.concentration, other.concentration)


def test_an_ensemble_has_one_sample_per_model(stores, tmp_path):
    members = [make_predictor(0), make_predictor(1)]
    alone = [
        predicted(stores, tmp_path / f"{i}", [make_predictor(i)]) for i in range(2)
    ]
    together = predicted(stores, tmp_path / "both", members)
    for i in range(2):
        assert together.samples[i] == pytest.approx(alone[i].concentration)
    assert np.array_equal(together.features, alone[0].features)


def test_what_was_kept_is_read_back(stores, tmp_path):
    found = predicted(stores, tmp_path / "p", [make_predictor(0)], passes=2)
    kept = read_prediction(tmp_path / "p")
    assert np.array_equal(kept.samples, found.samples)


def test_images_of_another_size_are_refused(stores, tmp_path):
    with pytest.raises(MorphError, match="32 pixels"):
        predicted(stores, tmp_path / "p", [make_predictor(0, size=64)])
