"""Batch-norm and feature statistics of the target; weights do not change."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from morph.errors import MorphError
from morph.images.store import open_store
from morph.runs.config import AdaptConfig
from morph.runs.config_parts import DeviceConfig, ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from tests.training.tiny_stores import write_tiny_store
from training.adapt.feature_statistics import (
    adapt_batch_norm,
    matched_moments,
    standardise_features,
    stretch,
)
from training.apply.forward import features_of
from training.fit.ranks_and_devices import start_fabric
from training.network.batch_norm import batch_norms, keep_two
from training.network.checkpoints import FittedModel
from training.network.input_recipe import MORPH, encoder_input
from training.network.model import make_model
from training.network.polar_encoder import to_polar
from training.pixels.galaxy_images import network_input, read_galaxies
from training.pixels.on_disk import MappedPixels
from training.survey_differences import adaptation_context
from training.survey_differences.adaptation_context import Adaptation


def adapted(
    make_store, make_run, encoder: str = "small", spoilt=(), population=None, **shape
):
    folder = make_store("target", votes=False, **shape)
    pixels = np.load(folder / "pixels.npy")
    pixels[list(spoilt)] = np.array([np.nan, 9, 9])[:, None, None]  # bright, without g
    np.save(folder / "pixels.npy", pixels)
    store = open_store(folder)
    fabric = start_fabric(DeviceConfig(accelerator="cpu"))
    target = read_galaxies([store], fabric.device)
    config = ModelConfig(encoder=encoder)
    card = FittedModel("", GZD5.labels, ImageConfig(), config, 16, 0.262, (), (), "")
    torch.manual_seed(0)
    model = make_model(config, len(GZD5.labels))
    before = {n: w.clone() for n, w in model.state_dict().items()}
    settings = AdaptConfig("run", ("source",), ("target",))
    run = make_run({}, "run" if population is None else "weighted")
    setup = Adaptation(run, fabric, settings, model, model, card, target, GZD5)
    adapt_batch_norm(replace(setup, population=population))
    return model, before, target


def test_statistics_are_those_of_the_target_images(make_store, make_run):
    model, _, target = adapted(make_store, make_run)
    pictures = encoder_input(network_input(target.flux, ImageConfig()), MORPH)
    with torch.no_grad():
        first = model.encoder.stem[0](to_polar(pictures, model.encoder.places))
    norm = model.encoder.stem[1]
    mean = first.mean(dim=(0, 2, 3))
    torch.testing.assert_close(norm.running_mean, mean, rtol=1e-3, atol=1e-4)
    variance = first.var(dim=(0, 2, 3))
    torch.testing.assert_close(norm.running_var, variance, rtol=1e-3, atol=1e-4)


def test_images_with_too_many_bad_pixels_do_not_count(make_store, make_run):
    model, _, target = adapted(make_store, make_run, spoilt=(3, 17, 30))
    assert len(target.usable) == len(target) - 3
    flux = target.flux[torch.from_numpy(target.usable)]
    pictures = encoder_input(network_input(flux, ImageConfig()), MORPH)
    with torch.no_grad():
        first = model.encoder.stem[0](to_polar(pictures, model.encoder.places))
    norm = model.encoder.stem[1]
    mean = first.mean(dim=(0, 2, 3))
    torch.testing.assert_close(norm.running_mean, mean, rtol=1e-3, atol=1e-4)


def test_a_few_galaxies_beyond_a_batch_count_no_more_than_others(make_store, make_run):
    """A batch of the last two alone would have half the weight."""
    model, _, target = adapted(make_store, make_run, galaxies=258)
    pictures = encoder_input(network_input(target.flux, ImageConfig()), MORPH)
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
    """Momentum None would average all later batches with these."""
    model, _, _ = adapted(make_store, make_run)
    fresh = make_model(ModelConfig(), len(GZD5.labels))
    momenta = [
        [norm.momentum for norm in batch_norms(one.encoder)] for one in (model, fresh)
    ]
    assert momenta[0] == momenta[1] and None not in momenta[0]


def test_an_encoder_without_batch_norm_is_refused(make_store, make_run):
    with pytest.raises(MorphError, match=r'no batch norm.* put "standardise"'):
        adapted(make_store, make_run, encoder="convnext_atto")


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
    read, asked = adaptation_context.read_galaxies, []

    def counted(*stores, **settings):
        asked.append(stores)
        return read(*stores, **settings)

    monkeypatch.setattr(adaptation_context, "read_galaxies", counted)
    for _ in range(3):
        epoch = replace(given, model=make_model(ModelConfig(), len(GZD5.labels)))
        standardise_features(epoch)
    assert len(asked) == 1
    for galaxies in (given.target, given.galaxies(("source",))):
        assert isinstance(galaxies.flux, MappedPixels)


def test_the_source_is_read_with_its_own_batch_norms(given):
    """A model with two sets uses the source's for source features."""
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
    """Other galaxies may vary in it: values must not become infinite."""
    gain = stretch(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 1e-9]))
    assert gain.tolist() == [0.0, 0.0]


def test_moments_without_weights_are_those_of_the_batch():
    values = torch.randn(20, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    mean, variance = matched_moments(values)
    torch.testing.assert_close(mean, values.mean(dim=(0, 2, 3)))
    flat = values.transpose(0, 1).flatten(1)
    torch.testing.assert_close(variance, flat.var(dim=1, correction=0))


def test_a_target_of_one_kind_gets_the_moments_of_the_sources_mixture():
    """Two kinds of galaxies, at 0 and 4, half of the source each; the target, of the
    second kind alone, is 1 higher. Its moments would be 5 and 1; those of the source's
    mixture in the target survey are 3 and 1 + 2²."""
    generator = torch.Generator().manual_seed(2)
    kind = (torch.arange(40_000) % 2).float()
    source = 4 * kind + torch.randn(40_000, generator=generator)
    target = 5 + torch.randn(40_000, generator=generator)
    values = torch.cat([target, source + 1])[:, None]
    mean, variance = matched_moments(values, 2 * kind)
    assert mean.item() == pytest.approx(3, abs=0.05)
    assert variance.item() == pytest.approx(4, abs=0.1)  # the ratio is limited to 4


def test_equal_weights_change_no_statistics(make_store, make_run):
    """One population: the statistics are those of the target alone."""
    plain, _, target = adapted(make_store, make_run)
    weighted, _, _ = adapted(
        make_store, make_run, population=(target, torch.ones(len(target)))
    )
    first, again = (m.encoder.stem[1].running_mean for m in (plain, weighted))
    torch.testing.assert_close(first, again)
    for before, after in zip(
        batch_norms(plain.encoder), batch_norms(weighted.encoder), strict=True
    ):
        torch.testing.assert_close(
            before.running_var, after.running_var, rtol=0.3, atol=1e-3
        )
