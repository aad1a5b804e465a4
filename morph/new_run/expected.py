"""How long a run will take, from finished runs of its kind on this computer."""

import socket
from contextlib import suppress
from pathlib import Path

from morph.errors import MorphError
from morph.new_run.ingredients import Ingredients
from morph.runs.config import (
    AdaptConfig,
    FeaturesConfig,
    FinetuneConfig,
    RunConfig,
    SourceConfig,
    read_config,
)
from morph.runs.lifecycle import RunState, list_runs
from morph.runs.run_files import read_events

_CONSTANT = ("report", "release")  # stages that hardly depend on the number of galaxies
LOADING_S = 10.0  # importing torch; events begin afterwards
# Steps of an adaptation that fit to the images of the target.
_ON_TARGET = ("kmeans", "information")


def work(config: RunConfig, found: Ingredients) -> dict[str, float]:
    """Stage -> images processed in it, each as often as it is; 1 for short stages."""
    amounts: dict[str, float] = {}
    fitted = fit_images(config, found)
    if fitted:
        amounts["fit"] = fitted
    models = 1 + len(getattr(config, "ensemble", ()))
    if isinstance(config, FinetuneConfig):
        amounts["evaluate"] = float(config.labelled)
    if config.evaluate is not None:
        amounts["evaluate"] = models * _galaxies(found, (config.evaluate.store,))
    if config.release is not None:
        galaxies = release_images(config, found)
        amounts["predict"] = models * galaxies
        if config.release.projection is not None:
            amounts["map"] = galaxies * max(config.release.projection.epochs, 1)
        amounts["release"] = 1.0
    return amounts | {"report": 1.0}


def fit_images(config: RunConfig, found: Ingredients) -> float:
    """Images in all epochs of all fits of a run; 0 if it applies a model."""
    if isinstance(config, SourceConfig):
        galaxies = _galaxies(found, config.stores, config.first)
        return config.fit.epochs * galaxies * (1 - config.held_out)
    if isinstance(config, FinetuneConfig):
        fits = [fit for fit in (config.fit, config.scratch) if fit is not None]
        learnt = (1 - config.tested) * (1 - config.held_out) * config.labelled
        return learnt * sum(fit.epochs for fit in fits)
    if not isinstance(config, AdaptConfig):
        return 0.0
    total = 0.0
    for step in config.steps:
        settings = (
            config.pairs if step == "distillation" else getattr(config, step, None)
        )
        fit = getattr(settings, "fit", None)
        stores = config.target_stores if step in _ON_TARGET else config.source_stores
        if step == "distillation":
            stores = config.pairs.target_stores
        total += 0 if fit is None else fit.epochs * _galaxies(found, stores)
    return total + _galaxies(found, config.target_stores)


def release_images(config: RunConfig, found: Ingredients) -> int:
    """Galaxies of the release that a run makes; 0 without one."""
    if config.release is None:
        return 0
    return _galaxies(found, config.release.stores, config.release.first)


def expected_s(root: Path, config: RunConfig, found: Ingredients) -> float | None:
    """Seconds that the run will take here, or None if no finished run tells.

    None, too, of a fine-tuning to an unknown number of labels.

    Each stage takes the time per image of the latest run with the same encoder and
    device.
    """
    if isinstance(config, FinetuneConfig) and not config.labelled:
        return None
    rates = past_rates(root, config, found)
    stages = work(config, found)
    if not all(stage in rates for stage in stages if stage not in _CONSTANT):
        return None
    return LOADING_S + sum(
        amount * rates.get(stage, 1.0) for stage, amount in stages.items()
    )


def past_rates(root: Path, config: RunConfig, found: Ingredients) -> dict[str, float]:
    """Stage -> seconds per image, each of the latest finished run that had it.

    Runs are read from the newest one, until every stage of this one is known.
    """
    hardware, rates = _hardware(config, found), {}
    stages = work(config, found).keys()
    for run in list_runs(root):
        if run.state != "finished":
            continue
        with suppress(MorphError, KeyError, TypeError, ValueError):
            past = read_config(run.config)
            if _hardware(past, found) != hardware or run.host != socket.gethostname():
                continue
            amounts = work(past, found)
            if amounts.keys() & stages <= rates.keys():
                continue  # it tells nothing new
            for stage, seconds in _seconds(run).items():
                if amounts.get(stage):
                    rates.setdefault(stage, seconds / amounts[stage])
            if stages <= rates.keys():
                break
    return rates


def _hardware(config: RunConfig, found: Ingredients) -> tuple:
    """What the time per image depends on."""
    device = config.device
    return (
        _encoder(config, found),
        device.accelerator,
        device.devices * device.num_nodes,
        device.precision,
    )


def _encoder(config: RunConfig, found: Ingredients) -> str:
    if isinstance(config, SourceConfig):
        return config.model.encoder
    if isinstance(config, FeaturesConfig) and config.encoder is not None:
        return config.encoder.encoder
    model = found.models.get(config.model_run)
    return "" if model is None else model.encoder


def _seconds(run: RunState) -> dict[str, float]:
    """Seconds of each stage; not of those that the shipped models had elsewhere."""
    return {
        event["stage"]: float(event["seconds"])
        for event in read_events(run.folder)
        if event["event"] == "stage_finished" and event["time"] >= run.created
    }


def _galaxies(found: Ingredients, names: tuple[str, ...], first: int = 0) -> int:
    numbers = [
        found.stores[name].manifest.galaxies for name in names if name in found.stores
    ]
    return sum(min(number, first) if first else number for number in numbers)
