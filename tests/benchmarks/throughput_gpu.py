"""Training and prediction on one GPU, in bf16: both named encoders, 128 and 224 pixels.

With the code of a run: training loop, pixels, stretch and augmentation on the GPU.
Arithmetic is counted by torch (a multiplication and an addition are two; a step is
three passes), and compared with the GPU's speed on a large matrix product. Without a
GPU, rows are marked as not measured.
"""

import itertools
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch.utils.flop_counter import FlopCounterMode

from morph.images.store import CutoutStore, open_store
from morph.runs.active_run import ActiveRun
from morph.runs.config_parts import DeviceConfig, FitConfig, ImageConfig, ModelConfig
from morph.runs.lifecycle import create_run
from morph.runs.run_files import read_events
from morph.trees.decision_tree import GZD5
from tests.benchmarks.throughput import ANSWERS, AUGMENT, card_for
from tests.training.tiny_stores import write_tiny_store
from training.apply.predict import Predictor, predict
from training.fit.loop import Fit, fit, loss_of_images
from training.fit.ranks_and_devices import start_fabric
from training.fit.source import vote_loss
from training.network.encoders import NAMED
from training.network.model import GalaxyModel, make_model
from training.pixels.galaxy_images import read_galaxies
from training.pixels.read_ahead import Pace
from training.pixels.store_counts import read_counts

SURVEY = 248_088  # galaxies of the BASS and MzLS catalogue
SIZES = (128, 224)
TRAIN_GOAL = {("convnext_nano", 128): 10_000.0}  # images/s
MOST_WAIT = 0.05  # fraction of the time spent waiting for data
_MATRIX = 8192

Row = dict[str, object]


@dataclass(frozen=True)
class Load:
    """Amount of work: enough that the start is negligible."""

    batch: int = 1024
    train: int = 16_384  # images an epoch
    epochs: int = 4  # the first is not counted
    predict: int = 65_536
    compile: bool = True


def rows(load: Load = Load()) -> list[Row]:
    """The table, or its rows without figures if there is no GPU."""
    cases = list(itertools.product(NAMED, SIZES, ("train", "predict")))
    if not torch.cuda.is_available():
        return [_row(name, size, task, None) for name, size, task in cases]
    device = DeviceConfig(
        accelerator="cuda", precision="bf16-mixed", compile=load.compile
    )
    fabric = start_fabric(device)
    peak = _matrix_flops(fabric.device)
    found = []
    for name, size in itertools.product(NAMED, SIZES):
        found += case_rows(fabric, name, size, load, peak)
    return found


def case_rows(
    fabric: Fabric, name: str, size: int, load: Load, peak: float
) -> list[Row]:
    """Training and prediction with one encoder on images of one size."""
    model = make_model(ModelConfig(name), ANSWERS, size).to(fabric.device)
    forward = _flops(lambda: model(torch.rand(1, 3, size, size, device=fabric.device)))
    if load.compile:
        model.encoder.compile()
    with tempfile.TemporaryDirectory() as folder:
        path = write_tiny_store(Path(folder), "few", galaxies=load.train, size=size)
        store = open_store(path)
        trained = _train(fabric, model, store, load, Path(folder))
        applied = _predict(fabric, model, _repeated(store, load.predict), load, name)
    return [
        _row(name, size, "train", trained, 3 * forward / peak),
        _row(name, size, "predict", applied, forward / peak),
    ]


def _train(
    fabric: Fabric, model: GalaxyModel, store: CutoutStore, load: Load, root: Path
) -> dict[str, float]:
    """The median epoch after the first: images per second, fraction of time waiting."""
    galaxies = read_galaxies([store], fabric.device)
    votes = read_counts([store], GZD5).to(fabric.device)
    config = FitConfig(
        epochs=load.epochs,
        batch_size=load.batch,
        learning_rate=1e-4,
        average=0.999,
        augment=AUGMENT,
    )
    of_votes = vote_loss(votes, config, GZD5)
    loss = loss_of_images(galaxies, ImageConfig(), AUGMENT, of_votes)
    run = ActiveRun(create_run(root, "run", {}))
    every = np.arange(len(galaxies))
    fit(
        run,
        fabric,
        model,
        Fit("run", lambda *_: every, loss, config, 0, None, galaxies),
    )
    told = [e for e in read_events(run.folder) if e["event"] == "epoch"][1:]
    return {
        key: float(np.median([epoch[key] for epoch in told]))
        for key in ("images_per_s", "data_wait")
    }


def _predict(
    fabric: Fabric, model: GalaxyModel, store: CutoutStore, load: Load, name: str
) -> dict[str, float]:
    """From the store's pixels to files, after one warm-up."""
    few = replace(
        store, index=store.index[: load.batch], pixels=store.pixels[: load.batch]
    )
    for chosen in (few, store):
        pace = Pace()
        with tempfile.TemporaryDirectory() as parts:
            predict(
                fabric,
                [Predictor(model, card_for(store, name))],
                [chosen],
                Path(parts),
                passes=0,
                seed=0,
                progress=lambda *_: None,
                pace=pace,
            )
        speed = pace.speed()
    return speed


def _repeated(store: CutoutStore, galaxies: int) -> CutoutStore:
    """The store's galaxies, repeated to the number to be predicted."""
    again = np.arange(galaxies) % len(store.index)
    index = store.index.iloc[again].reset_index(drop=True)
    return replace(store, index=index, pixels=store.pixels[again])


def _flops(work: Callable[[], object]) -> float:
    """Additions and multiplications of one image in the network."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        work()
    return float(counter.get_total_flops())


def _matrix_flops(device: torch.device) -> float:
    """Additions and multiplications a second in a large bf16 matrix product."""
    matrix = torch.randn(_MATRIX, _MATRIX, device=device, dtype=torch.bfloat16)
    for _ in range(3):
        matrix @ matrix
    torch.cuda.synchronize(device)
    begun = time.monotonic()
    for _ in range(10):
        matrix @ matrix
    torch.cuda.synchronize(device)
    return 10 * 2 * _MATRIX**3 / (time.monotonic() - begun)


def _row(
    name: str,
    size: int,
    task: str,
    found: dict[str, float] | None,
    share: float = 0.0,
) -> Row:
    """One row; ``share`` is of the bf16 peak that one image a second takes."""
    what = f"{task} {name} {size} px, bf16, one GPU"
    if found is None:
        said = "not measured: no GPU"
        return {"what": what, "images/s": said, "missed": ""}
    speed, wait = found["images_per_s"], found["data_wait"]
    goal = TRAIN_GOAL.get((name, size)) if task == "train" else None
    late = (
        [f"{speed:,.0f} images/s, at least {goal:,.0f}"] if speed < (goal or 0) else []
    )
    late += (
        [f"data wait {wait:.1%}, at most {MOST_WAIT:.0%}"] if wait > MOST_WAIT else []
    )
    return {
        "what": what,
        "images/s": speed,
        "goal": "-" if goal is None else f"{goal:,.0f}",
        "share of bf16 peak": f"{speed * share:.1%}",
        "data wait": f"{wait:.2%}",
        f"s for {SURVEY:,}": SURVEY / speed if task == "predict" else "-",
        "missed": "; ".join(late),
    }
