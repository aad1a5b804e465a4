"""Predict concentrations and features of a survey with fitted models.

A survey is predicted in parts of some thousand galaxies, each saved in a file, so that
a run can resume and several processes can share the parts.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, fields
from functools import partial
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from morph.atomic import replacing
from morph.errors import MorphError
from morph.images.blanks import LARGEST_FLUX, BadPixels, bad_pixels, together
from morph.images.store import CutoutStore
from morph.images.store_manifest import as_cropped
from training.network.batch_norm import reading_source
from training.network.calibrate import calibrated_posteriors
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel
from training.pixels.crop_and_bin import unbinned
from training.pixels.galaxy_images import network_input
from training.pixels.on_disk import at_once, without_blanks
from training.pixels.read_ahead import Pace, read_ahead

PART_ROWS = 8192

Read = tuple[Tensor, BadPixels]  # (B, 3, S, S) fluxes without bad pixels, and these

Progress = Callable[[int, int, str], None]  # galaxies done, all galaxies, a message


@dataclass(frozen=True)
class Predictor:
    """A fitted model and its metadata."""

    model: GalaxyModel
    card: FittedModel


@dataclass(frozen=True)
class Prediction:
    """Predictions for N galaxies, in the order of the stores' rows."""

    names: np.ndarray  # (N,) iaunames
    concentration: np.ndarray  # (N, L) float32, α > 0; the mean of samples
    features: np.ndarray  # (N, D) float16, of the first model
    samples: np.ndarray | None = None  # (P, N, L) float32, one per pass and model
    bad: BadPixels | None = None  # of the N images; None if an earlier version made it


@dataclass(frozen=True)
class _Part:
    path: Path
    number: int
    store: CutoutStore
    start: int  # rows of the store
    stop: int


def predict(
    fabric: Fabric,
    predictors: Sequence[Predictor],
    stores: Sequence[CutoutStore],
    folder: Path,
    *,
    passes: int,
    seed: int,
    progress: Progress,
    pace: Pace | None = None,
) -> Prediction:
    """Concentrations and features of every galaxy of ``stores``.

    Parts are saved in ``folder``; existing ones are not repeated. With stochastic
    ``passes`` (dropout in the head) of each model, or several models, the prediction
    has samples. ``pace`` records the throughput of this process.
    """
    for store in stores:
        for predictor in predictors:
            check_look(store, predictor.card)
    for predictor in predictors:
        predictor.model.to(fabric.device).train(False)
    pace = Pace() if pace is None else pace
    parts = list(_parts(stores, folder))
    mine = parts[fabric.global_rank :: fabric.world_size]
    missing = {part.number: part for part in mine if not part.path.is_file()}
    jobs = (
        job
        for part in missing.values()
        for job in _readings(part, predictors, fabric.device)
    )
    total, done = sum(len(store.names) for store in stores), 0
    writing: list[Future[None]] = []
    with (
        closing(read_ahead(jobs, pace)) as fluxes,
        ThreadPoolExecutor(1, "write-part") as writer,
    ):
        for part in parts:
            if part.number in missing:
                whole = _predict_part(part, predictors, passes, seed, fabric, fluxes)
                writing.append(writer.submit(_write_part, part.path, whole))
                pace.galaxies += part.stop - part.start
            done += part.stop - part.start
            progress(done, total, f"{done:,} of {total:,} galaxies")
            _raise_errors(writing)
    _raise_errors(writing)
    fabric.barrier()
    return read_prediction(folder)


def _raise_errors(writing: Sequence[Future[None]]) -> None:
    """Raise errors of the writing thread, such as a full disk."""
    for part in writing:
        if part.done():
            part.result()


def _readings(
    part: _Part, predictors: Sequence[Predictor], device: torch.device
) -> list[Callable[[], Read]]:
    """Functions that read a part's fluxes and bad pixels, one per batch."""
    sides = [one.model.recipe.side(one.card.size) for one in predictors]
    batch = at_once(max(sides), device)
    pixels = part.store.pixels[part.start : part.stop]
    starts = range(0, len(pixels), batch)
    return [partial(_read, pixels[start : start + batch], device) for start in starts]


def _read(pixels: np.ndarray, device: torch.device) -> Read:
    """Fluxes without bad pixels, and how many there were."""
    held = np.array(pixels)
    source = unbinned(pixels)
    bad = bad_pixels(held if source is pixels else np.array(source))
    flux = without_blanks(torch.from_numpy(held))
    return flux.pin_memory() if device.type == "cuda" else flux, bad


def read_prediction(folder: Path) -> Prediction:
    """The prediction that ``predict`` saved in ``folder``."""
    parts = [_read_part(path) for path in sorted(folder.glob("part-*.npz"))]
    samples = [part.samples for part in parts if part.samples is not None]
    bad = [part.bad for part in parts if part.bad is not None]
    return Prediction(
        np.concatenate([part.names for part in parts]),
        np.concatenate([part.concentration for part in parts]),
        np.concatenate([part.features for part in parts]),
        np.concatenate(samples, axis=1) if samples else None,
        together(bad) if len(bad) == len(parts) else None,
    )


def _encoded(predictor: Predictor, flux: Tensor, survey: str) -> Tensor:
    """(B, D) float32 features of (B, 3, S, S) fluxes of a survey."""
    model, card = predictor.model, predictor.card
    images = network_input(flux, card.image)
    with reading_source(model) if survey == card.survey else nullcontext():
        return model.features(images).float()


def _halved(features: Tensor) -> Tensor:
    """Features as float16; larger ones, as of saturated raw fluxes, are clipped."""
    return features.clamp(-LARGEST_FLUX, LARGEST_FLUX).half()


def _samples(predictor: Predictor, features: Tensor, passes: int) -> Tensor:
    """(P, B, L) concentrations: P passes with dropout, or one without."""
    model, card = predictor.model, predictor.card
    model.dropout.train(passes > 0)
    times = range(max(1, passes))
    return torch.stack([calibrated_posteriors(model, card, features) for _ in times])


@torch.inference_mode()
def _predict_part(
    part: _Part,
    predictors: Sequence[Predictor],
    passes: int,
    seed: int,
    fabric: Fabric,
    fluxes: Iterator[Read],
) -> Prediction:
    """Predict one part from the next batches of ``fluxes``."""
    part_seed = np.random.SeedSequence([seed, part.number]).generate_state(1)[0]
    torch.manual_seed(int(part_seed))  # for dropout
    features, samples, counted, survey = [], [], [], part.store.manifest.survey
    for flux, bad in islice(fluxes, len(_readings(part, predictors, fabric.device))):
        flux = flux.to(fabric.device, non_blocking=True)
        with fabric.autocast():
            encoded = [_encoded(p, flux, survey) for p in predictors]
        pairs = zip(predictors, encoded, strict=True)
        samples.append(torch.cat([_samples(p, z, passes) for p, z in pairs]))
        features.append(_halved(encoded[0]))
        counted.append(bad)
    alpha = torch.cat(samples, dim=1).cpu().numpy()
    return Prediction(
        part.store.names[part.start : part.stop].astype(str),
        alpha.mean(axis=0),
        torch.cat(features).cpu().numpy(),
        alpha if len(alpha) > 1 else None,
        together(counted),
    )


def _parts(stores: Sequence[CutoutStore], folder: Path) -> Iterator[_Part]:
    number = 0
    for store in stores:
        for start in range(0, len(store.names), PART_ROWS):
            stop = min(start + PART_ROWS, len(store.names))
            path = folder / f"part-{number:05d}.npz"
            yield _Part(path, number, store, start, stop)
            number += 1


def _write_part(path: Path, part: Prediction) -> None:
    values = {name: value for name, value in vars(part).items() if value is not None}
    arrays = values | vars(values.pop("bad"))
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def _read_part(path: Path) -> Prediction:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            values = dict(arrays)
        names = [field.name for field in fields(BadPixels)]
        bad = {name: values.pop(name) for name in names if name in values}
        return Prediction(**values, bad=BadPixels(**bad) if bad else None)
    except (ValueError, TypeError, EOFError, BadZipFile) as error:
        raise MorphError(
            f"{path} is not part of a prediction ({error}); delete it and start the "
            "run again"
        ) from error


def check_look(store: CutoutStore, card: FittedModel) -> None:
    """Raise MorphError if a model takes other images than those of an opened store.

    The store must be one of `open_stores`, as a network sees it.
    """
    if not store.look.fits(card.look):
        raise MorphError(
            f"{store.folder.name} has cutouts of {store.look}{as_cropped(card.image)}; "
            f"the model was fitted to {card.look}. Make cutouts of the same size and "
            "scale"
        )
