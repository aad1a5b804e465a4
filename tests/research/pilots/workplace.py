"""Stores and runs of the pilots, in a folder like MORPH_HOME outside the repository.

Results of the same settings are made once.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F

from morph.errors import MorphError
from morph.home import cutouts_folder, run_folder
from morph.images.store import StoreManifest, write_store
from morph.images.stretch import fluxes_of
from morph.posterior.dirichlet import expected_probability
from morph.runs.lifecycle import create_run, read_run
from morph.trees.decision_tree import GZD5
from tests.research.pilots.labelled import Labelled
from training.__main__ import main as train
from training.network.calibrate import calibrated
from training.network.checkpoints import load_model, write_weights
from training.network.model import GalaxyModel, concentration
from training.pixels.galaxy_images import network_input

VOTES_OF_A_LABEL = 40  # as many volunteers as agree on an example
_BATCH = 256

VotedPictures = tuple[np.ndarray, np.ndarray]  # framed pictures, votes on them


def default_folder() -> Path:
    """The user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "morph" / "real_pilots"


def fingerprint(recipe: object) -> str:
    """Eight characters that identify the settings."""
    text = json.dumps(recipe, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def as_fluxes(pixels: np.ndarray) -> np.ndarray:
    """(N, 3, S, S) fluxes whose input equals these images (N, S, S, 3) uint8."""
    return np.stack([fluxes_of(picture) for picture in pixels]).astype(np.float16)


def write_pictures(
    root: Path, name: str, pixels: np.ndarray, votes: np.ndarray | None = None
) -> str:
    """The name of a cutout store of framed images.

    Their positions are unknown: random ones are used, so that neighbours share nothing
    and local measurements equal those of the whole survey.
    """
    digest = hashlib.sha256(pixels.tobytes())
    digest.update(b"" if votes is None else votes.tobytes())
    store = f"{name}-{digest.hexdigest()[:8]}"
    if not is_store(root, store):
        _write(root, store, pixels, votes)
    return store


def write_once(root: Path, store: str, make: Callable[[], VotedPictures]) -> str:
    """``store``, made by ``make`` if it does not exist."""
    if not is_store(root, store):
        _write(root, store, *make())
    return store


def is_store(root: Path, store: str) -> bool:
    """Whether a store is there and finished."""
    return (cutouts_folder(root, store) / "manifest.json").is_file()


def _write(
    root: Path, store: str, pixels: np.ndarray, votes: np.ndarray | None
) -> None:
    rng, n = np.random.default_rng(len(pixels)), len(pixels)
    dec = np.rad2deg(np.arcsin(rng.uniform(-1, 1, n)))
    names = [f"{store}-{row:06d}" for row in range(n)]
    index = pd.DataFrame({"iauname": names, "ra": rng.uniform(0, 360, n), "dec": dec})
    table = None
    if votes is not None:
        table = pd.DataFrame(votes, columns=list(GZD5.labels))
        table.insert(0, "iauname", names)
    title = "Framed pictures of the real pilots"
    manifest = StoreManifest(store, "simulated", title, n, pixels.shape[1])
    fluxes = as_fluxes(pixels)
    write_store(cutouts_folder(root, store), manifest, index, fluxes, votes=table)


def label_votes(labelled: Labelled) -> np.ndarray:
    """(N, 34) votes of volunteers who agree on each image's labels.

    Several correct answers share the votes. Parent answers get votes too, if only one
    path leads to the question.
    """
    votes = np.zeros((len(labelled.pixels), len(GZD5.labels)))
    for row in labelled.table.itertuples():
        question = GZD5.question(row.question)
        for above, leading in GZD5.way_to(question):
            _vote(votes[row.picture], above.labels, leading)
        own = [f"{row.question}_{answer}" for answer in row.answers.split("|")]
        _vote(votes[row.picture], question.labels, own)
    return np.rint(votes).astype(np.int32)


def _vote(votes: np.ndarray, labels: tuple[str, ...], given: Any) -> None:
    for label in labels:
        share = VOTES_OF_A_LABEL / len(given) if label in given else 0
        votes[GZD5.labels.index(label)] = share


def source_config(
    store: str,
    fit: dict[str, Any],
    device: dict[str, Any],
    seed: int,
    *,
    weights: Path | None = None,
    model: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """A fit of ``model``, by default of the small encoder, to the votes of a store."""
    config = {"kind": "source", "stores": [store], "seed": seed, "fit": fit}
    encoder = dict(model) | ({} if weights is None else {"weights": str(weights)})
    if encoder:
        config["model"] = encoder
    return config | {"device": device}


def fitted(root: Path, name: str, config: dict[str, Any]) -> Path:
    """The folder of a finished run of ``config``, executed if it does not exist.

    Raises
    ------
    MorphError
        If the run fails.
    """
    run_id = f"{name}-{fingerprint(config)}"
    folder = run_folder(root, run_id)
    if (folder / "checkpoints" / "model.json").is_file():
        return folder
    if not folder.exists():
        create_run(root, run_id, config)
    if train([str(folder)]) != 0:
        why = read_run(folder).error or "its log.txt may say why"
        raise MorphError(f"the run {folder} did not finish: {why}")
    return folder


@torch.inference_mode()
def looked_at(run: Path, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fractions (N, L) and features (N, D) of framed images by a run's model."""
    model, card = load_model(run / "checkpoints")
    model.eval()
    features = []
    for start in range(0, len(pixels), _BATCH):
        flux = torch.from_numpy(as_fluxes(pixels[start : start + _BATCH]))
        pictures = _resized(network_input(flux, card.image), card.size)
        features.append(model.features(pictures).float())
    together = torch.cat(features)
    alpha = calibrated(concentration(model.logits(together)), card.calibration, GZD5)
    return expected_probability(alpha.numpy(), GZD5), together.numpy()


def _resized(pictures: torch.Tensor, size: int) -> torch.Tensor:
    """(N, 3, size, size), resized for a model of another size."""
    if pictures.shape[-1] == size:
        return pictures
    return F.interpolate(
        pictures, (size, size), mode="bilinear", antialias=True, align_corners=False
    )


def usual_fractions(run: Path) -> np.ndarray:
    """(L,) mean vote fractions of the training set of the run's model."""
    _, card = load_model(run / "checkpoints")
    return np.array(card.mean_fraction)


def learnt_model(run: Path) -> GalaxyModel:
    """The weights of a finished run's model."""
    return load_model(run / "checkpoints")[0]


def encoder_weights(run: Path) -> Path:
    """A file of the run's encoder, to start another fit with."""
    path = run / "encoder.safetensors"
    if not path.is_file():
        write_weights(path, learnt_model(run).encoder.state_dict())
    return path
