"""Training and prediction on CPUs, compared with zoobot 2.9.

Both fit the same timm encoder with a head of 34 answers to the same images and votes,
in batches of the same size, one epoch at a time; then both predict and write results.
morph reads fluxes from a cutout store and augments whole batches (rotation, reflection,
shift, zoom); zoobot opens and augments one JPEG per image, as its manual describes.
zoobot has a separate virtual environment with the same torch and timm. The two take
turns, so that a busy machine slows both.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from lightning_fabric import Fabric
from torch import nn

from morph.images.store import CutoutStore, encode_jpeg, open_store
from morph.images.stretch import colour_picture
from morph.runs.active_run import ActiveRun
from morph.runs.config_parts import DeviceConfig, FitConfig, ImageConfig, ModelConfig
from morph.runs.lifecycle import create_run
from morph.trees.decision_tree import GZD5
from tests.benchmarks.throughput import ANSWERS, AUGMENT, card_for
from tests.training.tiny_stores import write_tiny_store
from training.apply.predict import Predictor, predict
from training.fit.loop import Fit, fit, loss_of_images
from training.fit.ranks_and_devices import start_fabric
from training.fit.source import vote_loss
from training.network.model import GalaxyModel, make_model
from training.pixels.galaxy_images import read_galaxies
from training.pixels.on_disk import at_once
from training.pixels.store_counts import read_counts

ZOOBOT = "zoobot[pytorch]==2.9.0"
GOAL = 1.0  # ratio of images per second to zoobot
_WORKER = Path(__file__).with_name("zoobot_worker.py")

Measured = dict[str, float]  # images, seconds, cpu_s


@dataclass(frozen=True)
class Case:
    """One turn of both."""

    encoder: str
    size: int  # pixels per side
    batch: int = 32
    train: int = 256  # images
    predict: int = 512
    workers: int = 0  # zoobot's processes that open images


CASES = (Case("convnext_nano", 64), Case("convnext_nano", 128))
QUICK = (Case("convnext_nano", 64, train=128, predict=256),)


def rows(cases: tuple[Case, ...], *, rounds: int, environment: Path | None) -> list:
    """The table: for each case, training and prediction of both, and their ratio."""
    found = []
    with _with_zoobot(environment) as python, tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases):
            place = Path(folder) / str(number)
            store = _make_store(place, case)
            with _zoobot(python, place, store, case) as zoobot:
                found += _take_turns(case, _morph(place, store, case), zoobot, rounds)
    return found


def _take_turns(
    case: Case,
    morph: Callable[[str], Measured],
    zoobot: Callable[[str], Measured],
    rounds: int,
) -> list[dict[str, object]]:
    """Both in turn, ``rounds`` times after one to warm up; the first one alternates."""
    turns: dict[str, list[tuple[Measured, Measured]]] = {"train": [], "predict": []}
    for number in range(rounds + 1):
        for task, pairs in turns.items():
            asked = (morph, zoobot) if number % 2 else (zoobot, morph)
            answers = [ask(task) for ask in asked]
            if number:
                pairs.append(tuple(answers if number % 2 else answers[::-1]))
    return [_row(case, task, pairs) for task, pairs in turns.items()]


def _row(
    case: Case, task: str, pairs: list[tuple[Measured, Measured]]
) -> dict[str, object]:
    speeds = np.array([[a["images"] / a["seconds"] for a in pair] for pair in pairs])
    effort = np.array([[a["cpu_s"] / a["images"] for a in pair] for pair in pairs])
    ratio = speeds[:, 0] / speeds[:, 1]
    median = statistics.median(ratio)
    late = f"{median:.2f} x zoobot, at least {GOAL}" if median < GOAL else ""
    return {
        "what": f"{task} {case.encoder} {case.size} px, {_batches(task, case)}",
        "morph images/s": _spread(speeds[:, 0]),
        "zoobot images/s": _spread(speeds[:, 1]),
        "ratio": float(median),
        "ratio spread": f"{ratio.min():.2f} to {ratio.max():.2f}",
        "processor ratio": float(statistics.median(effort[:, 1] / effort[:, 0])),
        "rounds": len(pairs),
        "missed": late,
    }


def _batches(task: str, case: Case) -> str:
    """Batch sizes; morph chooses its own for predictions."""
    own = at_once(case.size, torch.device("cpu"))
    if task == "train" or own == case.batch:
        return f"batches of {case.batch}"
    return f"batches of {own} (zoobot: {case.batch})"


def _spread(values: np.ndarray) -> str:
    return f"{np.median(values):.1f} ({values.min():.1f} to {values.max():.1f})"


def _make_store(folder: Path, case: Case) -> CutoutStore:
    galaxies = max(case.train, case.predict)
    return open_store(
        write_tiny_store(folder, "pictures", galaxies=galaxies, size=case.size)
    )


def _morph(folder: Path, store: CutoutStore, case: Case) -> Callable[[str], Measured]:
    """Measure morph's "train" or "predict"."""
    device = DeviceConfig(accelerator="cpu", threads=_threads())
    fabric, config = start_fabric(device), ModelConfig(case.encoder)
    model = make_model(config, ANSWERS, case.size)
    work = {
        "train": partial(_train, fabric, model, store, case, folder),
        "predict": partial(_predict, fabric, model, store, case, folder),
    }
    return lambda task: work[task]()


def _train(
    fabric: Fabric, model: GalaxyModel, store: CutoutStore, case: Case, folder: Path
) -> Measured:
    """One epoch, without reading the store and saving the weights."""
    stamps = []
    galaxies, votes = read_galaxies([store], fabric.device), read_counts([store], GZD5)

    def choose_rows(*_: object) -> np.ndarray:
        stamps.append(_clock())
        return np.arange(case.train)

    def validate(_: nn.Module) -> dict[str, float]:
        stamps.append(_clock())
        return {}

    config = FitConfig(epochs=1, batch_size=case.batch, augment=AUGMENT)
    of_votes = vote_loss(votes, config, GZD5)
    loss = loss_of_images(galaxies, ImageConfig(), AUGMENT, of_votes)
    run = ActiveRun(create_run(folder, f"turn-{time.monotonic_ns()}", {}))
    fit(run, fabric, model, Fit("turn", choose_rows, loss, config, 0, validate))
    shutil.rmtree(run.folder)
    return _took(case.train // case.batch * case.batch, *stamps)


def _predict(
    fabric: Fabric, model: GalaxyModel, store: CutoutStore, case: Case, folder: Path
) -> Measured:
    """The whole prediction, including writing of files."""
    begun = _clock()
    chosen = replace(
        store, index=store.index[: case.predict], pixels=store.pixels[: case.predict]
    )
    with tempfile.TemporaryDirectory(dir=folder) as parts:
        predict(
            fabric,
            [Predictor(model, card_for(store, case.encoder))],
            [chosen],
            Path(parts),
            passes=0,
            seed=0,
            progress=lambda *_: None,
        )
    return _took(case.predict, begun, _clock())


def _clock() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def _took(
    images: int, begun: tuple[float, float], ended: tuple[float, float]
) -> Measured:
    seconds, cpu_s = (b - a for a, b in zip(begun, ended, strict=True))
    return {"images": images, "seconds": seconds, "cpu_s": cpu_s}


def _threads() -> int:
    return len(os.sched_getaffinity(0))


@contextmanager
def _zoobot(
    python: Path, folder: Path, store: CutoutStore, case: Case
) -> Iterator[Callable[[str], Measured]]:
    """zoobot in a separate process."""
    settings = asdict(case) | {"threads": _threads()}
    settings["catalogue"] = str(_write_pictures(folder / "jpeg", store))
    path = folder / "settings.json"
    path.write_text(json.dumps(settings))
    with subprocess.Popen(
        [python, _WORKER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask(task: str) -> Measured:
            print(task, file=process.stdin, flush=True)
            answer = process.stdout.readline()
            if not answer:
                raise SystemExit(f"zoobot ended with {process.wait()}; see above")
            return json.loads(answer)

        yield ask
        process.stdin.close()


def _write_pictures(folder: Path, store: CutoutStore) -> Path:
    """Write the store's galaxies for zoobot: JPEGs, and a table of counts."""
    folder.mkdir()
    places = []
    for name, flux in zip(store.names, store.pixels, strict=True):
        places.append(folder / f"{name}.jpg")
        places[-1].write_bytes(encode_jpeg(colour_picture(flux)))
    counts = pd.read_parquet(store.folder / "votes.parquet")
    table = counts.rename(columns={"iauname": "id_str"})
    table.assign(file_loc=[str(p) for p in places]).to_csv(
        folder / "catalogue.csv", index=False
    )
    return folder / "catalogue.csv"


@contextmanager
def _with_zoobot(kept: Path | None) -> Iterator[Path]:
    """The Python of a virtual environment with zoobot; removed unless kept."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = kept or Path(temporary) / "zoobot"
        python = folder / "bin" / "python"
        if not python.is_file():
            same = [f"{name}=={version(name)}" for name in ("torch", "timm")]
            uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
            subprocess.run(
                [uv, "venv", "--quiet", "--python", sys.executable, folder], check=True
            )
            install = [uv, "pip", "install", "--quiet", "--python", python]
            subprocess.run([*install, ZOOBOT, *same], check=True)
        yield python
