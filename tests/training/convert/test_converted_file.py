"""From a zoobot checkpoint to features: the command, the file, and what it refuses."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from safetensors.torch import load_file, save_file
from torchvision.transforms import v2

from morph import sandbox
from morph.atomic import sha256_of
from morph.errors import MorphError
from morph.images.store import open_store
from morph.images.stretch import colour_picture
from morph.new_run.published_encoders import card_of
from morph.runs.lifecycle import create_run, read_run
from tests.fraction_releases import write_fractions
from tests.training.convert.torch_files import Calls, crafted, lightning_checkpoint
from tests.training.tiny_stores import write_tiny_store
from training.__main__ import main as train
from training.convert.__main__ import main
from training.convert.converted_file import Origin, convert
from training.network.checkpoints import load_model
from training.network.input_recipe import ZOOBOT

ENCODER = "test_convnext"
ORIGIN = Origin(ENCODER, ZOOBOT)


def published(path: Path) -> torch.nn.Module:
    """A random encoder, saved like one of zoobot."""
    torch.manual_seed(11)
    encoder = timm.create_model(ENCODER, num_classes=0).eval()
    lightning_checkpoint(path, encoder)
    return encoder


def as_zoobot_does(encoder: torch.nn.Module, pictures: np.ndarray) -> np.ndarray:
    """(N, D) features of (N, S, S, 3) pictures in [0, 1], by zoobot's transform."""
    transform = v2.Compose([v2.Resize((224, 224), antialias=True)])
    with torch.no_grad():
        planes = torch.from_numpy(pictures).float().permute(0, 3, 1, 2)
        return encoder(transform(planes)).numpy()


def test_a_checkpoint_becomes_weights_features_and_a_fit(tmp_path, capsys):
    """Features are those of the encoder on the pictures that zoobot gives it."""
    encoder = published(tmp_path / "zoobot.ckpt")
    out = tmp_path / "zoobot.safetensors"
    arguments = [str(tmp_path / "zoobot.ckpt"), str(out), "--encoder", ENCODER]
    arguments += ["--input", "zoobot", "--licence", "Apache-2.0"]
    assert main([*arguments, "--citation", "Walmsley et al. 2023"]) == 0
    assert "not used: head.weight, metric.value" in capsys.readouterr().out
    card = card_of(out)
    assert card["sha256"] == sha256_of(tmp_path / "zoobot.ckpt")
    assert (card["source"], card["encoder"]) == ("zoobot.ckpt", ENCODER)
    assert (card["prefix"], card["licence"]) == ("encoder.", "Apache-2.0")
    assert card["input"]["size"] == 224 and card["date"] and card["citation"]
    for name, expected in encoder.state_dict().items():
        assert torch.equal(load_file(out)[name], expected), name

    store = open_store(write_tiny_store(tmp_path, "seen", survey="bmz", galaxies=8))
    index = store.index[["iauname", "ra", "dec"]]
    fractions = np.full((8, 34), 0.5)
    origin = {"origin": "demonstration", "survey": "bmz", "title": "", "note": ""}
    write_fractions(tmp_path, "imported", index, fractions, **origin)
    model = {"encoder": ENCODER, "weights": str(out)}
    release = {"release_id": "with-features", "stores": ["seen"], "projection": None}
    config = {"kind": "features", "parent": "imported", "encoder": model}
    folder = create_run(tmp_path, "adding", config | {"release": release})
    assert train([str(folder)]) == 0, read_run(folder).error
    found = pd.read_parquet(folder / "release" / "features.parquet")
    found = np.stack(found.set_index("iauname").loc[index["iauname"], "feature"])
    pictures = np.stack([_picture(flux) for flux in store.pixels])
    expected = as_zoobot_does(encoder, pictures)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-3)  # float16

    config = {"kind": "source", "stores": ["seen"], "model": model}
    config |= {"held_out": 0.25, "fit": {"epochs": 1, "batch_size": 4}}
    folder = create_run(tmp_path, "fitted", config)
    assert train([str(folder)]) == 0, read_run(folder).error
    fitted, card = load_model(folder / "checkpoints")
    assert (card.input, fitted.recipe) == (ZOOBOT, ZOOBOT)
    assert "224 pixels (bilinear)" in card.description


def _picture(flux: np.ndarray) -> np.ndarray:
    return colour_picture(flux.astype(np.float32)) / 255


def test_a_file_that_runs_a_program_is_refused_by_the_command(tmp_path, capsys):
    marker = tmp_path / "ran"
    crafted(tmp_path / "x.ckpt", Calls(eval, f"open({str(marker)!r}, 'w')"))
    out = tmp_path / "x.safetensors"
    arguments = [str(tmp_path / "x.ckpt"), str(out), "--encoder", ENCODER]
    assert main([*arguments, "--input", "zoobot"]) == 1
    assert "nothing of it was run" in capsys.readouterr().err
    assert not marker.exists() and not out.exists()


def in_this_process(
    monkeypatch, tensors: dict[str, torch.Tensor], left_out: Sequence[str] = ("epoch",)
) -> None:
    """Let the child process have read these tensors."""

    def run(module, **_):
        save_file(tensors, module[-1])
        return sandbox.subprocess.CompletedProcess(module, 0, json.dumps(left_out), "")

    monkeypatch.setattr(sandbox, "run", run)


def test_one_channel_is_written_into_the_card(tmp_path, monkeypatch):
    encoder = timm.create_model(ENCODER, num_classes=0, in_chans=1)
    in_this_process(monkeypatch, encoder.state_dict())
    (tmp_path / "x.bin").write_bytes(b"x")
    card = convert(tmp_path / "x.bin", tmp_path / "x.safetensors", ORIGIN, date="now")
    assert card["input"]["channels"] == "one"
    assert card["dropped"] == ["epoch"]


def test_names_in_a_file_cannot_control_the_terminal(tmp_path, monkeypatch, capsys):
    """Nor stop the conversion: half of a surrogate pair cannot be written."""
    hostile = "\x1b]0;owned\x07head.weight"
    tensors = timm.create_model(ENCODER, num_classes=0).state_dict()
    in_this_process(
        monkeypatch, tensors | {hostile: torch.zeros(1)}, ["\ud800", "n" * 9999]
    )
    (tmp_path / "x.bin").write_bytes(b"x")
    arguments = [str(tmp_path / "x.bin"), str(tmp_path / "x.safetensors")]
    assert main([*arguments, "--encoder", ENCODER, "--input", "zoobot"]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said and r"\x1b]0;owned\x07head.weight, \ud800" in said
    assert max(map(len, card_of(tmp_path / "x.safetensors")["dropped"])) == 200


def test_a_reason_cannot_control_the_terminal(tmp_path, monkeypatch):
    reason = "\nit holds \x1b[2Jnothing"
    done = sandbox.subprocess.CompletedProcess([], sandbox.REFUSED, "", reason)
    monkeypatch.setattr(sandbox, "run", lambda *_, **__: done)
    (tmp_path / "x.bin").write_bytes(b"x")
    with pytest.raises(MorphError, match=r"it holds \\x1b\[2Jnothing"):
        convert(tmp_path / "x.bin", tmp_path / "x.safetensors", ORIGIN, date="now")


def test_a_file_that_takes_too_much_is_refused(tmp_path, monkeypatch):
    done = sandbox.subprocess.CompletedProcess([], sandbox.TOO_LONG, "", "")
    monkeypatch.setattr(sandbox, "run", lambda *_, **__: done)
    (tmp_path / "x.bin").write_bytes(b"x")
    with pytest.raises(MorphError, match="too much memory or time"):
        convert(tmp_path / "x.bin", tmp_path / "x.safetensors", ORIGIN, date="now")


def test_paths_are_checked_first(tmp_path):
    with pytest.raises(MorphError, match="there is no file"):
        convert(tmp_path / "x.bin", tmp_path / "x.safetensors", ORIGIN, date="now")
    (tmp_path / "x.bin").write_bytes(b"x")
    with pytest.raises(MorphError, match=r"must end with \.safetensors"):
        convert(tmp_path / "x.bin", tmp_path / "x.bin", ORIGIN, date="now")
    (tmp_path / "x.safetensors").write_bytes(b"x")
    with pytest.raises(MorphError, match="exists; name another file"):
        convert(tmp_path / "x.bin", tmp_path / "x.safetensors", ORIGIN, date="now")
