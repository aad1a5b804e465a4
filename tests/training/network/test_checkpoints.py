"""A model's file is what its JSON describes, with finite weights, or it is refused."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from morph.atomic import sha256_of
from morph.errors import MorphError
from morph.runs.config_parts import ImageConfig, ModelConfig
from morph.trees.decision_tree import GZD5
from training.network.checkpoints import FittedModel, load_model, save_model
from training.network.model import make_model
from training.pixels.galaxy_images import asinh_picture, network_input

SHIPPED = Path(__file__).parents[3] / "data" / "demo" / "models"


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    model = make_model(ModelConfig(), len(GZD5.labels), 64)
    card = FittedModel(
        tree=GZD5.name,
        labels=GZD5.labels,
        image=ImageConfig(),
        model=ModelConfig(),
        size=64,
        pixscale_arcsec=0.262,
        stores=("a",),
        survey="decals",
        mean_fraction=(0.5,) * len(GZD5.labels),
        description="",
    )
    folder = tmp_path / "run" / "checkpoints"
    folder.mkdir(parents=True)
    save_model(folder, model, card)
    return folder, model


def test_a_model_comes_back_with_its_weights(saved):
    folder, model = saved
    found, card = load_model(folder)
    assert card.labels == GZD5.labels
    weights = found.state_dict()
    for name, value in model.state_dict().items():
        torch.testing.assert_close(weights[name], value, rtol=0, atol=0)


def test_weights_of_another_file_are_refused(saved):
    folder, _ = saved
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "model.safetensors").write_bytes(data)
    with pytest.raises(MorphError, match="not the file its JSON describes"):
        load_model(folder)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_not_finite_are_refused_even_with_their_checksum(saved, value):
    folder, _ = saved
    path, record = folder / "model.safetensors", folder / "model.json"
    weights = load_file(path)
    name = next(n for n, one in weights.items() if one.is_floating_point())
    weights[name].view(-1)[0] = value
    save_file(weights, path)
    card = json.loads(record.read_text())
    record.write_text(json.dumps(card | {"sha256": sha256_of(path)}))
    with pytest.raises(MorphError, match=f"not finite: {name}"):
        load_model(folder)


def test_weights_that_are_another_kind_of_file_are_refused(saved):
    """With the right checksum; a pickle would execute code."""
    folder, _ = saved
    (folder / "model.safetensors").write_bytes(b"cposix\nsystem\n(S'true'\ntR.")
    card = json.loads((folder / "model.json").read_text())
    card["sha256"] = sha256_of(folder / "model.safetensors")
    (folder / "model.json").write_text(json.dumps(card))
    with pytest.raises(MorphError, match=r"has no weights .* put the file back"):
        load_model(folder)


@pytest.mark.parametrize("name", ["demo-source", "demo-adapted"])
def test_the_shipped_models_see_the_pictures_they_were_fitted_to(name):
    """They were made before models had a recipe of their input."""
    model, card = load_model(SHIPPED / name / "checkpoints")
    assert card.input is None
    model.eval()
    flux = torch.rand(2, 3, card.size, card.size)
    standardised = (asinh_picture(flux, q=card.image.q) - 0.2) / 0.2
    with torch.inference_mode():
        found = model.features(network_input(flux, card.image))
        expected = model.encoder(standardised) * model.gain + model.shift
    assert torch.equal(found, expected)
