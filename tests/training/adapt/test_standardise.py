"""Spreads of features, taken over from another survey."""

from dataclasses import replace

import pytest
import torch

from morph.posterior.tree import GZD5
from morph.runs.config import AdaptConfig
from morph.runs.config_parts import DeviceConfig, ImageConfig, ModelConfig
from tests.training.tiny_stores import write_tiny_store
from training.adapt.standardise import standardise_features, stretch
from training.apply.forward import features_of
from training.fit.loop import start_fabric
from training.network.batch_norm import batch_norms, keep_two
from training.network.checkpoints import FittedModel
from training.network.model import make_model
from training.pixels.on_disk import MappedPixels
from training.surveys import context
from training.surveys.context import Adaptation


@pytest.fixture
def given(tmp_path, make_run) -> Adaptation:
    """An untrained model to adapt, whose surveys' pixels stay on disk."""
    for name in ("source", "target"):
        write_tiny_store(tmp_path, name)
    device = DeviceConfig(accelerator="cpu", pixels="disk")
    config = AdaptConfig("run", ("source",), ("target",), device=device)
    own = ModelConfig()
    card = FittedModel("", GZD5.labels, ImageConfig(), own, 16, 0.262, (), (), "")
    model, fabric = make_model(own, len(GZD5.labels)), start_fabric(device)
    made = Adaptation(make_run({}), fabric, config, model, model, card, None, GZD5)
    return replace(made, target=made.galaxies(("target",)))


def test_a_source_on_disk_is_read_once_by_all_steps_and_epochs(given, monkeypatch):
    read, asked = context.read_galaxies, []

    def counted(*stores):
        asked.append(stores)
        return read(*stores)

    monkeypatch.setattr(context, "read_galaxies", counted)
    for _ in range(3):
        epoch = replace(given, model=make_model(ModelConfig(), len(GZD5.labels)))
        standardise_features(epoch)
    assert len(asked) == 1
    for galaxies in (given.target, given.galaxies(("source",))):
        assert isinstance(galaxies.flux, MappedPixels)


def test_the_source_is_read_with_its_own_batch_norms(given):
    """Where a model keeps two sets: the target's says nothing of source features."""
    keep_two(given.model)
    for norm in batch_norms(given.model):
        norm.running_mean += 1
    standardise_features(given)
    fabric, image = given.fabric, given.card.image
    source = given.galaxies(("source",))
    seen = features_of(fabric, given.unadapted, source, image, of_source=True)
    own = features_of(fabric, given.model, given.target, image)
    found = given.model.gain * own + given.model.shift
    torch.testing.assert_close(
        found.mean(dim=0), seen.mean(dim=0), rtol=1e-2, atol=1e-3
    )


def test_spreads_become_those_wanted():
    found, wanted = torch.tensor([2.0, 0.5]), torch.tensor([1.0, 3.0])
    torch.testing.assert_close(stretch(wanted, found) * found, wanted)


def test_what_does_not_vary_is_not_blown_up():
    """Another galaxy may have what the sample has not: it must not become infinite."""
    gain = stretch(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 1e-9]))
    assert gain.tolist() == [0.0, 0.0]
