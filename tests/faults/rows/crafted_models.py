"""Models, unfinished fits, predictions and cutout stores made to do harm."""

import json
import pickle
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from morph.atomic import sha256_of
from morph.runs.lifecycle import create_run
from tests.faults.rows.crafted import (
    PREDICT,
    fails,
    home_with_outside,
    pickled,
)
from tests.faults.rows.killed_trainer import CONFIGS, MODEL
from tests.faults.trials import Fault, Trial

_DEEP = '{"a":' * 100_000
_HUGE = {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]}


def _tensors(head: object, data: bytes = b"") -> bytes:
    """A safetensors file with this header."""
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + data


# Contents of model.safetensors, with its right checksum.
WEIGHTS: dict[str, Callable[[Path], bytes]] = {
    "a pickle": pickled,
    "a header of 10^15 bytes": lambda _: (10**15).to_bytes(8, "little"),
    "a tensor of 10^18 numbers": lambda _: _tensors({"w": _HUGE}, bytes(4)),
    "weights of another network": lambda _: _tensors(
        {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)
    ),
    "a zip": lambda _: b"PK\3\4",
    "nothing": lambda _: b"",
}
# Entries of model.json, or all its text.
CARDS: dict[str, dict[str, object] | str] = {
    "deep": _DEEP,
    "a list": "[]",
    "a module as encoder": {"model": {"encoder": "os.system"}},
    "a folder as encoder": {"model": {"encoder": "local-dir:../../../outside"}},
    "a tree by its path": {"tree": "../../outside"},
    "a calibration that is code": {"calibration": "__import__('os').system('true')"},
}
# The record of a fit that is to be resumed.
PROGRESS: dict[str, str] = {
    "deep": _DEEP,
    "an epoch that is a path": '{"epoch": "../../outside", "sha256": "0"}',
    "without an epoch": "{}",
    "a list": "[1]",
}
# Files of a cutout store.
STORES: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "a pickle as pixels": ("pixels.npy", pickled),
    "pixels of objects": (
        "pixels.npy",
        lambda marker: (
            _npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}")
            + pickled(marker)
        ),
    ),
    "10^18 pixels": (
        "pixels.npy",
        lambda _: _npy(
            "{'descr': '<f2', 'fortran_order': False, 'shape': (1000000000000000000,)}"
        ),
    ),
    "code in the header of pixels": (
        "pixels.npy",
        lambda marker: _npy(f"__import__('os').system('touch {marker}')"),
    ),
    "a pickle as index": ("index.parquet", pickled),
    "a pickle as votes": ("votes.parquet", pickled),
    "a deep manifest": ("manifest.json", lambda _: _DEEP.encode()),
}


def _npy(header: str) -> bytes:
    """An .npy file with this header, and no data."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text


def weights(trial: Trial, name: str) -> None:
    """Weights that are none are refused by the run that applies them."""
    root = home_with_outside(trial)
    folder = root / "runs" / MODEL / "checkpoints"
    path = folder / "model.safetensors"
    path.write_bytes(WEIGHTS[name](trial.root / "marker"))
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | {"sha256": sha256_of(path)}))
    fails(create_run(root, "crafted", PREDICT), trial)


def card(trial: Trial, name: str) -> None:
    """The description of a model is refused."""
    root = home_with_outside(trial)
    path = root / "runs" / MODEL / "checkpoints" / "model.json"
    changes = CARDS[name]
    if isinstance(changes, dict):
        changes = json.dumps(json.loads(path.read_text()) | changes)
    path.write_text(changes)
    fails(create_run(root, "crafted", PREDICT), trial)


def progress(trial: Trial, name: str) -> None:
    """A fit does not resume from a record that no fit has written."""
    root = home_with_outside(trial)
    folder = create_run(root, "crafted", CONFIGS["source"])
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "source.json").write_text(PROGRESS[name])
    fails(folder, trial)


def prediction(trial: Trial) -> None:
    """A part of a prediction that holds pickled objects is not loaded."""
    root = home_with_outside(trial)
    folder = create_run(root, "crafted", PREDICT)
    (folder / "predicted").mkdir()
    part = folder / "predicted" / "part-00000.npz"
    part.write_bytes(pickle.dumps([1]) + pickled(trial.root / "marker"))
    fails(folder, trial)


def store(trial: Trial, name: str) -> None:
    """A run does not read a store with such a file."""
    root = home_with_outside(trial)
    file, content = STORES[name]
    folder = root / "cutouts" / "source"
    shutil.copytree(folder, trial.root / "kept")
    (folder / file).write_bytes(content(trial.root / "marker"))
    fails(create_run(root, "crafted", CONFIGS["source"]), trial)


_KINDS = (
    ("weights", weights, WEIGHTS),
    ("model.json", card, CARDS),
    ("an unfinished fit", progress, PROGRESS),
    ("a store", store, STORES),
)
FAULTS = (
    *(
        Fault(f"{kind}: {name}", partial(do, name=name), random=False)
        for kind, do, names in _KINDS
        for name in names
    ),
    Fault("a part of a prediction: a pickle", prediction, random=False),
)
