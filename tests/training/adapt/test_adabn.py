"""AdaBN takes on the target's statistics, and nothing else changes."""

import pytest
import torch

from morph.errors import MorphError
from morph.images.store import open_store
from morph.posterior.tree import GZD5
from morph.runs.config import AdaptConfig
from morph.runs.config_parts import DeviceConfig, ImageConfig, ModelConfig
from training.adapt.adabn import adapt_batch_norm
from training.fit.loop import start_fabric
from training.network.batch_norm import batch_norms
from training.network.checkpoints import FittedModel
from training.network.model import make_model
from training.network.polar_encoder import to_polar
from training.pixels.galaxy_images import network_input, read_galaxies
from training.surveys.context import Adaptation


def adapted(make_store, make_run, encoder: str = "small", **shape):
    store = open_store(make_store("target", votes=False, **shape))
    fabric = start_fabric(DeviceConfig(accelerator="cpu"))
    target = read_galaxies([store], fabric.device)
    config = ModelConfig(encoder=encoder)
    card = FittedModel("", GZD5.labels, ImageConfig(), config, 16, 0.262, (), (), "")
    torch.manual_seed(0)
    model = make_model(config, len(GZD5.labels))
    before = {n: w.clone() for n, w in model.state_dict().items()}
    settings = AdaptConfig("run", ("source",), ("target",))
    adapt_batch_norm(
        Adaptation(make_run({}), fabric, settings, model, model, card, target, GZD5)
    )
    return model, before, target


def test_statistics_are_those_of_the_target_pictures(make_store, make_run):
    model, _, target = adapted(make_store, make_run)
    pictures = network_input(target.flux, ImageConfig())
    with torch.no_grad():
        first = model.encoder.stem[0](to_polar(pictures, model.encoder.places))
    norm = model.encoder.stem[1]
    mean = first.mean(dim=(0, 2, 3))
    torch.testing.assert_close(norm.running_mean, mean, rtol=1e-3, atol=1e-4)
    variance = first.var(dim=(0, 2, 3))
    torch.testing.assert_close(norm.running_var, variance, rtol=1e-3, atol=1e-4)


def test_a_few_galaxies_beyond_a_batch_count_no_more_than_others(make_store, make_run):
    """Two beyond 256: in a batch of their own they would make half of every mean."""
    model, _, target = adapted(make_store, make_run, galaxies=258)
    pictures = network_input(target.flux, ImageConfig())
    with torch.no_grad():
        first = model.encoder.stem[0](to_polar(pictures, model.encoder.places))
    mean = first.mean(dim=(0, 2, 3))
    torch.testing.assert_close(
        model.encoder.stem[1].running_mean, mean, rtol=1e-3, atol=1e-4
    )


def test_no_weight_changes_and_the_model_is_ready_to_predict(make_store, make_run):
    model, before, _ = adapted(make_store, make_run)
    assert not model.training and not model.encoder.stem[1].training
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name])


def test_a_fit_that_follows_forgets_old_batches_as_before(make_store, make_run):
    """Momentum None would average all batches to come with those seen here."""
    model, _, _ = adapted(make_store, make_run)
    fresh = make_model(ModelConfig(), len(GZD5.labels))
    momenta = [
        [norm.momentum for norm in batch_norms(one.encoder)] for one in (model, fresh)
    ]
    assert momenta[0] == momenta[1] and None not in momenta[0]


def test_an_encoder_without_batch_norm_is_refused(make_store, make_run):
    with pytest.raises(MorphError, match=r'no batch norm.* put "standardise"'):
        adapted(make_store, make_run, encoder="convnext_atto")
