"""Only tensors are read; whatever else a file asks for, nothing of it is executed."""

import builtins
import importlib
import os
import pickle
import subprocess

import pytest
import timm
import torch

from morph.errors import MorphError
from tests.training.convert.torch_files import (
    Calls,
    archive,
    crafted,
    expanded,
    lightning_checkpoint,
)
from training.convert import torch_file
from training.convert.torch_file import check_names, main, read_tensors


def test_a_lightning_checkpoint_gives_its_tensors_without_its_classes(tmp_path):
    encoder = timm.create_model("test_convnext", num_classes=0)
    path = tmp_path / "zoobot.ckpt"
    lightning_checkpoint(path, encoder)
    tensors, left_out = read_tensors(path)
    for name, expected in encoder.state_dict().items():
        assert torch.equal(tensors[f"encoder.{name}"], expected)
    assert {"head.weight", "metric.value"} <= tensors.keys()
    assert left_out == []


def test_a_plain_state_dict_and_one_within_others(tmp_path):
    weights = {"a": torch.arange(3.0), "step": 7}
    torch.save(weights, tmp_path / "a.bin")
    torch.save({"model": weights, "epoch": 1}, tmp_path / "b.pt")
    for name in ("a.bin", "b.pt"):
        tensors, left_out = read_tensors(tmp_path / name)
        assert torch.equal(tensors["a"], weights["a"])
        assert left_out == ["step"]


def test_averaged_weights_beside_the_state_dict_are_listed_as_left_out(tmp_path):
    """As of timm's training, whose published accuracy may be that of the average."""
    weights, mean = {"a": torch.zeros(2)}, {"a": torch.ones(2)}
    parts = {"state_dict": weights, "state_dict_ema": mean, "args": {"lr": 0.1}}
    torch.save(parts, tmp_path / "a.pt")
    tensors, left_out = read_tensors(tmp_path / "a.pt")
    assert torch.equal(tensors["a"], weights["a"])
    assert left_out == ["state_dict_ema"]


@pytest.mark.parametrize(
    "function",
    [
        *(os.system, subprocess.check_output, builtins.eval, builtins.exec),
        *(builtins.getattr, builtins.__import__, importlib.import_module),
    ],
)
def test_a_call_is_refused_and_not_made(tmp_path, function):
    marker = tmp_path / "ran"
    crafted(tmp_path / "x.ckpt", Calls(function, f"touch {marker}"))
    with pytest.raises(MorphError, match="nothing of it was run"):
        read_tensors(tmp_path / "x.ckpt")
    assert not marker.exists()


def test_a_call_in_another_protocol_is_refused(tmp_path):
    """Protocol 4 builds names on the stack, where they cannot be listed before."""
    marker = tmp_path / "ran"
    content = pickle.dumps({"x": Calls(os.system, f"touch {marker}")}, protocol=4)
    archive(tmp_path / "x.ckpt", content)
    with pytest.raises(MorphError, match="it cannot be read"):
        read_tensors(tmp_path / "x.ckpt")
    assert not marker.exists()


def test_classes_of_other_packages_are_never_imported(tmp_path):
    """Not even those that are installed: a stand-in is called in their place."""
    call = Calls(torch.hub.load, "somebody/repository", "model")
    crafted(tmp_path / "x.ckpt", call)
    with pytest.raises(MorphError, match="0 named tensors"):
        read_tensors(tmp_path / "x.ckpt")


@pytest.mark.parametrize(
    "name", ["shutil.rmtree", "builtins.open", "runpy.run_path", "ctypes.CDLL", "eval"]
)
def test_names_of_functions_are_refused(name):
    with pytest.raises(MorphError, match="nothing of it was run"):
        check_names([name])
    check_names(["zoobot.shared.schemas.Schema", "argparse.Namespace", "numpy.dtype"])


def test_a_whole_model_is_refused(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "x.pt")
    with pytest.raises(MorphError, match=r"whole Python object.*model\.state_dict"):
        read_tensors(tmp_path / "x.pt")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a file of torch.save"),
        (b"\x80\x02cposix\nsystem\nU\x04trueq\x01\x85q\x02Rq\x03.", "not a file of"),
        (b"PK\x03\x04" + bytes(100), "not a file of torch.save"),
    ],
)
def test_other_files_are_refused(tmp_path, content, said):
    path = tmp_path / "x.ckpt"
    path.write_bytes(content)
    with pytest.raises(MorphError, match=said):
        read_tensors(path)


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "x.bin"
    torch.save({"a": torch.zeros(1000)}, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(MorphError, match="not a file of torch"):
        read_tensors(path)


def test_bombs_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    archive(tmp_path / "x.bin", bytes(10**6), packed=True)
    with pytest.raises(MorphError, match="compressed"):
        read_tensors(tmp_path / "x.bin")
    expanded(tmp_path / "y.bin", {"w": torch.ones(1)})
    with pytest.raises(MorphError, match="w is sparse, quantised or larger"):
        read_tensors(tmp_path / "y.bin")
    one = torch.zeros(1000)
    torch.save({f"{i}": one for i in range(100)}, tmp_path / "z.bin")
    monkeypatch.setattr(torch_file, "MAX_BYTES", 50_000)
    with pytest.raises(MorphError, match="its tensors take"):
        read_tensors(tmp_path / "z.bin")


@pytest.mark.parametrize(
    "tensor", [torch.eye(3).to_sparse(), torch.empty(3, device="meta")]
)
def test_tensors_without_their_numbers_are_refused(tmp_path, tensor):
    torch.save({"w": tensor}, tmp_path / "x.bin")
    with pytest.raises(MorphError, match="sparse"):
        read_tensors(tmp_path / "x.bin")


def test_the_process_says_why_it_refuses(tmp_path, monkeypatch, capsys):
    for name in ("without_network", "limit"):  # they would hold for this process
        monkeypatch.setattr(torch_file, name, lambda **_: True)
    torch.save({"a": 1}, tmp_path / "x.bin")
    out = tmp_path / "out.safetensors"
    assert main([str(tmp_path / "x.bin"), str(out)]) == 3
    assert "0 named tensors" in capsys.readouterr().err
    assert not out.exists()
