"""The stages of a run, from its config to its release."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from morph.cutouts import CutoutStore, open_store
from morph.durable import write_json
from morph.home import cutouts_folder, run_folder
from morph.run_folder import ActiveRun
from morph.tree import GZD5
from training import evaluate, predict, release
from training.adapt import adapt
from training.checkpoints import FittedModel, load_model
from training.config import PredictConfig, RunConfig, SourceConfig, read_config
from training.loop import start_fabric
from training.model import GalaxyModel
from training.source import fit_source

TREE = GZD5


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
    model, card = _model(run, config)
    store = open_store(cutouts_folder(run.root, config.evaluate.store))
    evaluate.refuse_seen_galaxies(run.root, store, card.stores)
    found = predict.predict(fabric, model, card, [store], run.progress)
    result = evaluate.evaluate(found, store, config.evaluate, card, TREE)
    write_json(run.folder / "evaluation.json", result)
    run.event("evaluated", **{k: v for k, v in result.items() if k != "questions"})


def _predict(run: ActiveRun, fabric: Fabric, config: RunConfig) -> None:
    model, card = _model(run, config)
    found = predict.predict(fabric, model, card, _stores(run, config), run.progress)
    predict.write_prediction(run.folder, found)


def _map(run: ActiveRun, config: RunConfig) -> None:
    from training.projection import project  # scikit-learn, numba: only needed here

    found = predict.read_prediction(run.folder)
    place, trust = project(found.features, config.release.projection, config.seed)
    release.write_projection(run.folder, found.names, place, trust)


def _release(run: ActiveRun, config: RunConfig) -> None:
    _, card = _model(run, config)
    evaluation = _read_evaluation(run.folder)
    details: dict[str, Any] = {"config": run.config}
    if evaluation is not None:
        details["evaluation"] = evaluation
    if config.release.projection is not None:
        made = asdict(config.release.projection)
        details["projection"] = made | {"seed": config.seed}
    release.write_run_release(
        run.folder / "release",
        config.release,
        _stores(run, config),
        predict.read_prediction(run.folder),
        card,
        parent_run=run.folder.name,
        not_learnt=() if evaluation is None else evaluate.not_learnt(evaluation),
        details=details,
        tree=TREE,
    )


def _model(run: ActiveRun, config: RunConfig) -> tuple[GalaxyModel, FittedModel]:
    """The model that this run fitted, or the one it only applies."""
    folder = run.folder
    if isinstance(config, PredictConfig):
        folder = run_folder(run.root, config.model_run)
    return load_model(folder / "checkpoints", TREE.labels)


def _stores(run: ActiveRun, config: RunConfig) -> list[CutoutStore]:
    return [open_store(cutouts_folder(run.root, s)) for s in config.release.stores]


def _read_evaluation(folder: Path) -> dict[str, Any] | None:
    path = folder / "evaluation.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
