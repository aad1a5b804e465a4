"""A fit of the head alone, of the head first, and with rates by stage."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from morph.errors import MorphError
from morph.runs.config_parts import DeviceConfig, FitConfig, ModelConfig, TransferConfig
from training.fit.layers import Layers, layers_of
from training.fit.loop import Fit, fit
from training.fit.ranks_and_devices import start_fabric
from training.network.encoders import make_encoder, stages
from training.network.model import GalaxyModel

CPU = DeviceConfig(accelerator="cpu")
CONFIG = FitConfig(epochs=3, batch_size=8, learning_rate=0.02, tensorboard=False)
IMAGES = torch.rand(16, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def make_model() -> GalaxyModel:
    torch.manual_seed(2)
    return GalaxyModel(ModelConfig(), 4)


def encoder_after(module: nn.Module) -> list[torch.Tensor]:
    return [value.detach().clone() for value in module.encoder.state_dict().values()]


def fitted(make_run, config: TransferConfig, **changes) -> list[bool]:
    """Of each epoch, whether the encoder changed in it."""
    model, fit_config = make_model(), replace(CONFIG, **changes)
    seen = [encoder_after(model)]

    def loss(module, rows, _drawn, _done):
        value = module(IMAGES[rows]).square().mean()
        return value, value

    def validate(module):
        seen.append(encoder_after(module))
        return {"held_out_loss": 1.0}

    task = Fit(
        name="source",
        choose_rows=lambda _epoch: np.arange(16),
        loss=loss,
        config=fit_config,
        seed=1,
        validate=validate,
        kept="held_out_loss" if fit_config.patience else None,
        layers=layers_of(model, "small", config, fit_config.epochs),
    )
    head = model.classifier.weight.detach().clone()
    fit(make_run({}), start_fabric(CPU), model, task)
    assert not torch.equal(head, model.classifier.weight)
    assert all(parameter.requires_grad for parameter in model.parameters())
    return [not all(map(torch.equal, one, other)) for one, other in pairwise(seen)]


def test_a_frozen_encoder_keeps_its_weights_and_batch_norm(make_run):
    config = TransferConfig(encoder="frozen")
    assert fitted(make_run, config) == [False, False, False]


def test_the_head_is_fitted_first_and_then_the_encoder_too(make_run):
    assert fitted(make_run, TransferConfig(head_epochs=2)) == [False, False, True]


def test_patience_begins_when_the_encoder_is_fitted(make_run):
    """The loss never improves on that of the first epoch."""
    config = TransferConfig(head_epochs=2)
    found = fitted(make_run, config, epochs=5, patience=1)
    assert found == [False, False, True]


def test_several_processes_drop_the_gradients_of_a_frozen_encoder():
    model = make_model()
    layers = layers_of(model, "small", TransferConfig(head_epochs=1), 3)
    with layers.of_epoch(0, processes=2) as frozen:
        assert frozen
        model(IMAGES).sum().backward()
        layers.drop_gradients()
    assert all(one.grad is None for one in model.encoder.parameters())
    assert model.classifier.weight.grad is not None
    with layers.of_epoch(1, processes=2) as frozen:
        assert not frozen


@pytest.mark.parametrize("name", ["small", "test_convnext", "test_efficientnet"])
def test_each_stage_learns_slower_than_the_next(name):
    model = GalaxyModel(ModelConfig(name), 4)
    layers = layers_of(model, name, TransferConfig(stage_decay=0.5), 3)
    shares = {id(p): one["share"] for one in layers.groups for p in one["params"]}
    assert set(shares) == {id(p) for p in model.parameters()}
    assert shares[id(model.classifier.weight)] == 1
    order = [shares[id(one[0])] for one in stages(model.encoder, name)]
    expected = [0.5**back for back in range(len(order), 0, -1)]
    assert order == expected and len(order) >= 5


def test_each_group_has_its_share_of_the_scheduled_rate(make_run):
    rates = []
    model = make_model()
    layers = layers_of(model, "small", TransferConfig(stage_decay=0.5), 1)

    def loss(module, rows, _drawn, _done):
        rates.append([group["lr"] for group in layers_groups()])
        value = module(IMAGES[rows]).square().mean()
        return value, value

    config = replace(CONFIG, epochs=1, schedule="constant", warm_up=0.0)
    fabric = start_fabric(CPU)
    setup = fabric.setup
    kept = []

    def watched(module, optimizer):
        kept.append(optimizer)
        return setup(module, optimizer)

    def layers_groups():
        return kept[0].param_groups

    fabric.setup = watched
    task = Fit("source", lambda _: np.arange(16), loss, config, seed=1, layers=layers)
    fit(make_run({}), fabric, model, task)
    assert rates[0] == pytest.approx([0.02 * 0.5**back for back in range(6)])


def test_an_encoder_whose_stages_are_unknown_has_one_rate():
    encoder = nn.Linear(3, 3)
    with pytest.raises(MorphError, match=r"set transfer\.stage_decay to 1"):
        stages(encoder, "linear")
    model = make_model()
    whole = layers_of(model, "small", TransferConfig(), 3)
    assert isinstance(whole, Layers) and len(whole.groups) == 1


def test_the_stages_of_convnext_are_its_stem_and_four_stages():
    encoder = make_encoder(ModelConfig("test_convnext"))
    assert len(stages(encoder, "test_convnext")) == 5
