"""The stages of a run, from its config to its release."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from morph.cutouts import CutoutStore, open_store
from morph.durable import write_json
from morph.home import cutouts_folder, run_folder
from morph.run_files import read_events
from morph.run_folder import ActiveRun
from morph.tree import GZD5
from training import evaluate, release
from training.adapt import adapt
from training.checkpoints import FittedModel, load_model
from training.config import PredictConfig, RunConfig, SourceConfig, read_config
from training.loop import start_fabric
from training.predict import Prediction, Predictor, predict, read_prediction
from training.read_ahead import Pace
from training.source import fit_source

TREE = GZD5
_SHARED = ("fit", "evaluate", "predict")  # by all processes; the leader does the rest


def carry_out_stages(run: ActiveRun) -> None:
    """Fit, predict, evaluate, map, release: those that the config asks for."""
    config = read_config(run.config)
    fabric = start_fabric(config.device)
    stages = {
        "fit": lambda: _fit(run, fabric, config),
        "evaluate": lambda: _evaluate(run, fabric, config),
        "predict": lambda: _predict(run, fabric, config),
        "map": lambda: _map(run, config),
        "release": lambda: _release(run, config),
    }
    wanted = _wanted(config)
    run.plan(wanted)
    for name in wanted:
        if fabric.is_global_zero or name in _SHARED:
            run.stage(name, stages[name])


def _wanted(config: RunConfig) -> list[str]:
    release = config.release
    wanted = {
        "fit": not isinstance(config, PredictConfig),
        "evaluate": config.evaluate is not None,
        "predict": release is not None,
        "map": release is not None and release.projection is not None,
        "release": release is not None,
    }
    return [name for name, needed in wanted.items() if needed]


def _fit(run: ActiveRun, fabric: Fabric, config: RunConfig) -> None:
    if isinstance(config, SourceConfig):
        fit_source(run, fabric, config, TREE)
    else:
        adapt(run, fabric, config, TREE)


def _evaluate(run: ActiveRun, fabric: Fabric, config: RunConfig) -> None:
    predictors = _predictors(run, config)
    store = open_store(cutouts_folder(run.root, config.evaluate.store))
    for predictor in predictors:
        evaluate.refuse_seen_galaxies(run.root, store, predictor.card.stores)
    found = _predicted(run, fabric, config, predictors, [store], "evaluated")
    if not fabric.is_global_zero:
        return
    card = predictors[0].card
    result = evaluate.evaluate(found, store, config.evaluate, card, TREE)
    speed = {"speed": speed_of(run.folder)}
    write_json(run.folder / "evaluation.json", result | speed)
    run.event(
        "evaluated", **{k: v for k, v in result.items() if not isinstance(v, list)}
    )


def speed_of(folder: Path) -> dict[str, dict[str, float]]:
    """Images a second and share of time waited for data, as the run's events tell them.

    Of each fit its last epoch; of each prediction all that it did in one go.
    """
    told = ("images_per_s", "data_wait")
    return {
        event.get("fit") or event["of"]: {key: event[key] for key in told}
        for event in read_events(folder)
        if event["event"] in ("epoch", "pace") and all(key in event for key in told)
    }


def _predict(run: ActiveRun, fabric: Fabric, config: RunConfig) -> None:
    stores = _stores(run, config)
    _predicted(run, fabric, config, _predictors(run, config), stores, "predicted")


def _predicted(
    run: ActiveRun,
    fabric: Fabric,
    config: RunConfig,
    predictors: list[Predictor],
    stores: list[CutoutStore],
    name: str,
) -> Prediction:
    if config.device.compile:
        for predictor in predictors:
            predictor.model.encoder.compile()
    pace = Pace()
    found = predict(
        fabric,
        predictors,
        stores,
        run.folder / name,
        passes=0 if config.release is None else config.release.passes,
        seed=config.seed,
        progress=run.progress,
        pace=pace,
    )
    if pace.galaxies:
        run.event("pace", of=name, galaxies=pace.galaxies, **pace.told())
    return found


def _map(run: ActiveRun, config: RunConfig) -> None:
    from training.projection import project  # scikit-learn, numba: only needed here

    found = read_prediction(run.folder / "predicted")
    place, trust = project(found.features, config.release.projection, config.seed)
    release.write_projection(run.folder, found.names, place, trust)


def _release(run: ActiveRun, config: RunConfig) -> None:
    predictors = _predictors(run, config)
    evaluation = _read_evaluation(run.folder)
    details: dict[str, Any] = {"config": run.config}
    if evaluation is not None:
        details["evaluation"] = evaluate.summary(evaluation)
    if config.release.projection is not None:
        made = asdict(config.release.projection)
        details["projection"] = made | {"seed": config.seed}
    release.write_run_release(
        run.folder / "release",
        config.release,
        _stores(run, config),
        read_prediction(run.folder / "predicted"),
        _card(predictors),
        parent_run=run.folder.name,
        not_learnt=() if evaluation is None else evaluate.not_learnt(evaluation),
        details=details,
        tree=TREE,
    )


def _predictors(run: ActiveRun, config: RunConfig) -> list[Predictor]:
    """The model that this run fitted, or those that it only applies."""
    folders = [run.folder]
    if isinstance(config, PredictConfig):
        names = (config.model_run, *config.ensemble)
        folders = [run_folder(run.root, name) for name in names]
    return [Predictor(*load_model(f / "checkpoints", TREE.labels)) for f in folders]


def _card(predictors: list[Predictor]) -> FittedModel:
    """What is said of the model, or of all of an ensemble together."""
    first, *others = [predictor.card for predictor in predictors]
    if not others:
        return first
    said = "; ".join(card.description for card in (first, *others))
    return replace(first, description=f"ensemble of {len(predictors)} models: {said}")


def _stores(run: ActiveRun, config: RunConfig) -> list[CutoutStore]:
    return [open_store(cutouts_folder(run.root, s)) for s in config.release.stores]


def _read_evaluation(folder: Path) -> dict[str, Any] | None:
    path = folder / "evaluation.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
