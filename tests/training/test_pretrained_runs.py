"""Source runs that begin with weights of another encoder, frozen or fitted later."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from morph.runs.config_parts import ModelConfig
from morph.runs.lifecycle import create_run
from tests.training.tiny_stores import write_tiny_store
from training.__main__ import main
from training.network.encoders import make_encoder

NAME = "test_convnext"
INPUT = {"normalisation": "imagenet", "channels": "grey", "size": 128}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("pretrained")
    write_tiny_store(root, "decals", galaxies=20)
    torch.manual_seed(4)
    weights = make_encoder(ModelConfig(NAME)).state_dict()
    save_file(weights, root / "published.safetensors")
    return root


def fitted(root: Path, run_id: str, **settings) -> tuple[dict, dict]:
    """The metadata and the weights of a finished source run."""
    fit = settings.pop("fit", {}) | {"batch_size": 8, "tensorboard": False}
    model = {"encoder": NAME, "weights": str(root / "published.safetensors")}
    model |= {"input": settings.pop("input", {})}
    config = {"kind": "source", "stores": ["decals"], "model": model, "fit": fit}
    config |= {"held_out": 0.0, "calibrate": False, "device": {"accelerator": "cpu"}}
    folder = create_run(root, run_id, config | settings)
    assert main([str(folder)]) == 0
    checkpoints = folder / "checkpoints"
    card = json.loads((checkpoints / "model.json").read_text())
    return card, load_file(checkpoints / "model.safetensors")


def test_a_frozen_encoder_keeps_its_weights_and_the_model_says_so(root):
    frozen = {"encoder": "frozen"}
    card, weights = fitted(
        root, "frozen", transfer=frozen, fit={"epochs": 1}, input=INPUT
    )
    for name, before in load_file(root / "published.safetensors").items():
        torch.testing.assert_close(weights[f"encoder.{name}"], before, rtol=0, atol=0)
    assert weights["classifier.weight"].abs().max() > 0
    assert "(frozen weights of " in card["description"]
    assert (card["input"]["size"], card["input"]["channels"]) == (128, "grey")


def test_after_its_head_the_encoder_is_fitted_too(root):
    transfer = {"head_epochs": 1, "stage_decay": 0.5}
    fit, shape = {"epochs": 2}, {"size": 32}
    card, weights = fitted(root, "thawed", transfer=transfer, fit=fit, input=shape)
    before = load_file(root / "published.safetensors")
    moved = {
        name: (weights[f"encoder.{name}"] - one).abs().max().item()
        for name, one in before.items()
        if one.ndim == 4
    }
    assert min(moved.values()) > 0
    assert moved["stem.0.weight"] < moved["stages.3.blocks.0.conv_dw.weight"]
    assert "(weights of " in card["description"]
