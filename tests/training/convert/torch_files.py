"""Files as torch and zoobot write them, and crafted ones, for tests of conversion."""

import argparse
import pathlib
import pickle
import sys
import types
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


@contextmanager
def foreign_class() -> Iterator[type]:
    """A class of a package that is gone when the file is read."""
    module = types.ModuleType("zoobot_schemas")

    class Schema:
        def __init__(self) -> None:
            self.questions = ["smooth"]

    Schema.__module__, Schema.__qualname__ = module.__name__, "Schema"
    module.Schema = Schema
    sys.modules[module.__name__] = module
    try:
        yield Schema
    finally:
        del sys.modules[module.__name__]


def lightning_checkpoint(path: Path, encoder: nn.Module) -> None:
    """A .ckpt as Lightning writes that of a zoobot model."""
    names = {f"encoder.{n}": one for n, one in encoder.state_dict().items()}
    names |= {"head.weight": torch.zeros(3, 4), "metric.value": torch.tensor(0.0)}
    with foreign_class() as schema:
        hyper = {
            "schema": schema(),
            "args": argparse.Namespace(seed=1),
            "folder": pathlib.PurePosixPath("/x"),
            "lists": defaultdict(list, {"a": [1]}),
        }
        parts: dict[str, Any] = {
            "epoch": 3,
            "pytorch-lightning_version": "2.2.0",
            "state_dict": OrderedDict(names),
            "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(1.0)}},
            "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(3)}}}],
            "hparams_name": "kwargs",
            "hyper_parameters": hyper,
        }
        torch.save(parts, path)


class Calls:
    """Pickled as a call of ``function``."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple:
        return self.call


def archive(path: Path, pickled: bytes, *, packed: bool = False, **more: bytes) -> None:
    """An archive of torch.save with this list of tensors, and other members."""
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/version", b"3\n")
        file.writestr("archive/byteorder", b"little")
        for name, content in more.items():
            file.writestr(f"archive/{name}", content)


def crafted(path: Path, call: Calls) -> None:
    """A state dict beside a call, as torch.save pickles it (protocol 2)."""
    archive(path, pickle.dumps({"w": 1, "x": call}, protocol=2))


def expanded(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Tensors of huge shapes that all show one number."""
    huge = {n: one.view(-1)[:1].expand(10**6, 10**6) for n, one in tensors.items()}
    torch.save(huge, path)
