"""A fitted model applied to pictures: concentrations and features, row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric

from morph.cutouts import CutoutStore
from morph.durable import replacing
from morph.errors import MorphError
from training.checkpoints import FittedModel
from training.images import network_input
from training.model import GalaxyModel, concentration

_BATCH = 256

Progress = Callable[[int, int, str], None]  # galaxies done, in all, a sentence


@dataclass(frozen=True)
class Prediction:
    """What the model says of N galaxies, in the order of the stores' rows."""

    names: np.ndarray  # (N,) iaunames
    concentration: np.ndarray  # (N, L) float32, α in (1, 101)
    features: np.ndarray  # (N, D) float16


@torch.inference_mode()
def predict(
    fabric: Fabric,
    model: GalaxyModel,
    card: FittedModel,
    stores: list[CutoutStore],
    progress: Progress,
) -> Prediction:
    """Concentrations and features of every galaxy of ``stores``."""
    module = fabric.setup_module(model)
    module.mark_forward_method("features")
    module.eval()
    total = sum(len(store.pixels) for store in stores)
    alpha, features = [], []
    done = 0
    for store in stores:
        _check_look(store, card)
        for start in range(0, len(store.pixels), _BATCH):
            flux = torch.from_numpy(np.array(store.pixels[start : start + _BATCH]))
            pictures = network_input(flux.to(fabric.device), card.image)
            found = module.features(pictures).float()
            features.append(found.cpu().numpy().astype(np.float16))
            alpha.append(concentration(model.logits(found)).cpu().numpy())
            done += len(flux)
            progress(done, total, f"{done:,} of {total:,} galaxies")
    names = np.concatenate([store.names for store in stores])
    return Prediction(names, np.concatenate(alpha), np.concatenate(features))


def write_prediction(folder: Path, prediction: Prediction) -> None:
    """Keep a prediction between the stages of a run."""
    with (
        replacing(folder / "prediction.npz") as temporary,
        temporary.open("wb") as file,
    ):
        np.savez(
            file,
            names=prediction.names.astype(str),
            concentration=prediction.concentration,
            features=prediction.features,
        )


def read_prediction(folder: Path) -> Prediction:
    """What ``write_prediction`` kept."""
    with np.load(folder / "prediction.npz", allow_pickle=False) as arrays:
        return Prediction(arrays["names"], arrays["concentration"], arrays["features"])


def _check_look(store: CutoutStore, card: FittedModel) -> None:
    found = (store.manifest.size, store.manifest.pixscale_arcsec)
    if found != (card.size, card.pixscale_arcsec):
        raise MorphError(
            f"{store.folder.name} has pictures of {found[0]} pixels at {found[1]} "
            f"arcsec; the model was fitted to {card.size} pixels at "
            f"{card.pixscale_arcsec} arcsec. Cut the pictures out alike"
        )
