"""Pretrained weights from a file and from a hub, and errors."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import save, save_file
from torch import Tensor

from morph.errors import MorphError
from morph.runs.config_parts import ModelConfig
from tests.training.hub_server import hub
from training.network.encoders import make_encoder
from training.network.pretrained import load_pretrained

ENCODER = "test_convnext"  # timm's, of 0.2 M parameters
REPOSITORY = "mwalmsley/zoobot-encoder-test_convnext"
NAMED = f"hf-hub:{REPOSITORY}"
CONFIG = json.dumps({"architecture": ENCODER, "num_classes": 0}).encode()


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    """An encoder's weights, all random."""
    torch.manual_seed(5)
    encoder = make_encoder(ModelConfig(ENCODER))
    return {n: torch.rand_like(w) for n, w in encoder.state_dict().items()}


@pytest.fixture
def serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Mapping], None]]:
    """``serve({repository: {file: content}})``: the hub, with an empty cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with ExitStack() as stack:

        def start(repositories: Mapping[str, Mapping[str, bytes]]) -> None:
            address = stack.enter_context(hub(repositories))
            monkeypatch.setenv("HF_ENDPOINT", address)

        yield start


def loaded(named: str, encoder: str = ENCODER) -> dict[str, Tensor]:
    config = ModelConfig(encoder, weights=named)
    made = make_encoder(config)
    load_pretrained(made, config)
    return made.state_dict()


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    for name, tensor in found.items():
        assert torch.equal(tensor, expected[name]), name


def test_weights_from_a_file_that_holds_a_head_as_well(tmp_path, weights):
    path = tmp_path / "encoder.safetensors"
    save_file(weights | {"head.fc.weight": torch.zeros(1)}, path)
    assert_same(loaded(str(path)), weights)


@pytest.mark.parametrize("prefix", ["hf-hub:", "hf_hub:"])
def test_weights_from_the_hub(serve, weights, prefix):
    serve({REPOSITORY: {"config.json": CONFIG, "model.safetensors": save(weights)}})
    assert_same(loaded(prefix + REPOSITORY), weights)


def test_weights_of_a_revision(serve, weights):
    other = {name: tensor + 1 for name, tensor in weights.items()}
    serve(
        {
            REPOSITORY: {"config.json": CONFIG, "model.safetensors": save(weights)},
            f"{REPOSITORY}@refs/pr/1": {"model.safetensors": save(other)},
        }
    )
    assert_same(loaded(f"{NAMED}@refs/pr/1"), other)


def test_timms_own_weights_are_those_of_the_tag(serve, weights):
    tag = timm.get_pretrained_cfg(ENCODER).tag
    repository = f"timm/{ENCODER}.{tag}"
    serve({repository: {"config.json": CONFIG, "model.safetensors": save(weights)}})
    assert_same(loaded("timm"), weights)
    assert_same(loaded("timm", f"{ENCODER}.{tag}"), weights)


def test_weights_once_fetched_need_no_hub(serve, weights, monkeypatch):
    serve({REPOSITORY: {"config.json": CONFIG, "model.safetensors": save(weights)}})
    loaded(NAMED)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert_same(loaded(NAMED), weights)


def test_a_hub_that_is_not_there(serve, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MorphError, match=r"cannot be fetched.*HF_ENDPOINT"):
        loaded(NAMED)


def test_a_repository_that_has_only_a_pickle(serve):
    serve({REPOSITORY: {"config.json": CONFIG, "pytorch_model.bin": b"\x80\x04."}})
    with pytest.raises(MorphError, match=r"opens no pickles.*zoobot.*@refs/pr/1"):
        loaded(NAMED)


def test_a_repository_that_does_not_exist(serve):
    serve({})
    with pytest.raises(MorphError, match=f"hub has no {REPOSITORY}"):
        loaded(NAMED)
    with pytest.raises(MorphError, match="expected OWNER/NAME"):
        loaded("hf-hub:../../etc/passwd")


def test_weights_of_another_architecture(serve, weights):
    other = json.dumps({"architecture": "resnet18"}).encode()
    serve({REPOSITORY: {"config.json": other, "model.safetensors": save(weights)}})
    with pytest.raises(MorphError, match=r"Set model\.encoder to 'resnet18'"):
        loaded(NAMED)


@pytest.mark.parametrize("content", [b"", b"\x80\x04 no tensors", b"\xff" * 200])
def test_a_file_that_is_no_safetensors(serve, content):
    serve({REPOSITORY: {"config.json": CONFIG, "model.safetensors": content}})
    with pytest.raises(MorphError, match="cannot be read as safetensors"):
        loaded(NAMED)


def test_a_config_that_is_no_json(serve, weights):
    serve({REPOSITORY: {"config.json": b"{", "model.safetensors": save(weights)}})
    with pytest.raises(MorphError, match=r"config\.json cannot be read"):
        loaded(NAMED)


def test_weights_that_do_not_fit(tmp_path, weights):
    path = tmp_path / "other.safetensors"
    name = next(iter(weights))
    save_file(weights | {name: weights[name][:1].clone()}, path)
    with pytest.raises(MorphError, match=f"does not fit .*1 of .*first: {name}"):
        loaded(str(path))


def test_weights_that_are_nowhere(tmp_path):
    with pytest.raises(MorphError, match=r"expected a \.safetensors file.*or null"):
        loaded(str(tmp_path / "model.pt"))
    with pytest.raises(MorphError, match="timm has no weights of 'efficientnetv2_s'"):
        loaded("timm", "efficientnetv2_s")
    with pytest.raises(MorphError, match="timm has no weights of 'small'"):
        loaded("timm", "small")
