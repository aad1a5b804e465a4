"""The stages of a run, from its config to its release."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

from lightning_fabric import Fabric

from morph.atomic import write_json
from morph.home import cutouts_folder, run_folder
from morph.images.store import CutoutStore, open_store
from morph.posterior.tree import DecisionTree, tree_called
from morph.release.details import Details
from morph.report.card import CARD
from morph.report.page import write_report
from morph.runs.active_run import ActiveRun
from morph.runs.config import (
    AdaptConfig,
    FeaturesConfig,
    PredictConfig,
    RunConfig,
    SourceConfig,
    read_config,
)
from morph.runs.config_adaptation import EARLIER, Step
from morph.runs.evaluation_file import EVALUATION
from morph.runs.run_files import read_choice, read_events
from training.adapt.adaptation_methods import adapt
from training.apply import evaluate, release_of_run
from training.apply.add_features import (
    keep_encoder,
    map_name,
    matched,
    of_parent,
    write_release_with_features,
)
from training.apply.predict import Prediction, Predictor, predict, read_prediction
from training.fit.loop import start_fabric
from training.fit.source import fit_source
from training.network.checkpoints import FittedModel, load_fitted, load_model
from training.pixels.galaxy_images import open_stores
from training.pixels.read_ahead import Pace

_SHARED = ("fit", "evaluate", "predict")  # by all processes; the leader does the rest


def carry_out_stages(run: ActiveRun) -> None:
    """Fit, evaluate, predict, map, report, release: those that the config asks for."""
    config = read_config(run.config)
    tree = tree_called(config.tree)
    fabric = start_fabric(config.device)
    stages = {
        "fit": lambda: _fit(run, fabric, config, tree),
        "evaluate": lambda: _evaluate(run, fabric, config, tree),
        "predict": lambda: _predict(run, fabric, config),
        "map": lambda: _map(run, config),
        "report": lambda: write_report(run.folder, settings(config), tree),
        "release": lambda: _release(run, config, tree),
    }
    wanted = _wanted(config)
    run.plan(wanted)
    for name in wanted:
        if fabric.is_global_zero or name in _SHARED:
            run.stage(name, stages[name])


def settings(config: RunConfig) -> dict[str, Any]:
    """The config whole, but for the steps that its method does not take."""
    found = asdict(config)
    if isinstance(config, AdaptConfig):
        unused = {name for name in get_args(Step) if name not in config.steps}
        unused |= {key for key, step in EARLIER.items() if step in unused}
        if "standardise" in config.steps:
            unused.discard("adabn")  # says from how many galaxies
        found = {name: value for name, value in found.items() if name not in unused}
    return found


def _wanted(config: RunConfig) -> list[str]:
    release = config.release
    wanted = {
        "fit": not _applies(config),
        "evaluate": not isinstance(config, FeaturesConfig)
        and config.evaluate is not None,
        "predict": release is not None,
        "map": release is not None and release.projection is not None,
        "report": True,
        "release": release is not None,
    }
    return [name for name, needed in wanted.items() if needed]


def _applies(config: RunConfig) -> bool:
    """Whether the run applies models of other runs and has none of its own."""
    if isinstance(config, FeaturesConfig):
        return config.model_run is not None
    return isinstance(config, PredictConfig)


def _fit(run: ActiveRun, fabric: Fabric, config: RunConfig, tree: DecisionTree) -> None:
    if isinstance(config, SourceConfig):
        fit_source(run, fabric, config, tree)
    elif isinstance(config, FeaturesConfig):
        keep_encoder(run, fabric, config, tree)
    else:
        adapt(run, fabric, config, tree)


def _evaluate(
    run: ActiveRun, fabric: Fabric, config: RunConfig, tree: DecisionTree
) -> None:
    predictors = _predictors(run, config)
    store = open_store(cutouts_folder(run.root, config.evaluate.store))
    for predictor in predictors:
        evaluate.refuse_seen_galaxies(run.root, store, predictor.card.stores)
    found = _predicted(run, fabric, config, predictors, [store], "evaluated")
    if not fabric.is_global_zero:
        return
    card = predictors[0].card
    result = evaluate.evaluate(found, store, config.evaluate, card, tree)
    chosen = read_choice(run.folder)
    if chosen is not None:
        result["choice"] = {name: chosen[name] for name in ("outcome", "sentence")}
    speed = {"speed": speed_of(run.folder)}
    write_json(run.folder / EVALUATION, result | speed)
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
    if isinstance(config, FeaturesConfig):
        found = matched(run, config)
        run.event("matched", says=found.words)
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
    from training.apply.umap_map import project  # scikit-learn, numba: only needed here

    found = read_prediction(run.folder / "predicted")
    if isinstance(config, FeaturesConfig):
        found = of_parent(found, matched(run, config))
    position, trust = project(found.features, config.release.projection, config.seed)
    name = map_name(config)
    release_of_run.write_projection(run.folder, name, found.names, position, trust)


def _map_settings(config: RunConfig) -> dict[str, Any] | None:
    """How the map was made, for the manifest."""
    if config.release.projection is None:
        return None
    return asdict(config.release.projection) | {"seed": config.seed}


def _release(run: ActiveRun, config: RunConfig, tree: DecisionTree) -> None:
    found = read_prediction(run.folder / "predicted")
    predictors = _predictors(run, config)
    card, details = _card(predictors), Details(projection=_map_settings(config))
    if isinstance(config, FeaturesConfig):
        write_release_with_features(run, config, found, card, details=details)
        return
    evaluation = _read_evaluation(run.folder)
    details = replace(
        details,
        config=run.config,
        calibration=_calibration(predictors, tree),
        evaluation=None if evaluation is None else evaluate.summary(evaluation),
        choice=read_choice(run.folder),
    )
    release_of_run.write_run_release(
        run.folder / "release",
        config.release,
        _stores(run, config),
        found,
        card,
        parent_run=run.folder.name,
        not_learnt=() if evaluation is None else evaluate.not_learnt(evaluation),
        details=details,
        documents=_documents(run.folder),
    )


def _calibration(
    predictors: list[Predictor], tree: DecisionTree
) -> dict[str, Any] | None:
    """Scale and temperature of each question and model, where one is calibrated."""
    if not any(predictor.card.calibration for predictor in predictors):
        return None
    as_it_is = ((1.0, 1.0),) * len(tree.questions)
    given = [predictor.card.calibration or as_it_is for predictor in predictors]
    return {
        question.name: [list(pairs[place]) for pairs in given]
        for place, question in enumerate(tree.questions)
    }


def _documents(folder: Path) -> dict[str, str]:
    """What of the run's own words goes with its release: the card, the evaluation."""
    paths = [folder / name for name in (CARD, EVALUATION)]
    return {p.name: p.read_text(encoding="utf-8") for p in paths if p.is_file()}


def _predictors(run: ActiveRun, config: RunConfig) -> list[Predictor]:
    """The model that this run fitted, or those that it only applies."""
    folders, load = [run.folder], load_model
    if isinstance(config, PredictConfig):
        load = load_fitted
    if _applies(config):
        others = config.ensemble if isinstance(config, PredictConfig) else ()
        names = (config.model_run, *others)
        folders = [run_folder(run.root, name) for name in names]
    tree = tree_called(config.tree)
    return [Predictor(*load(f / "checkpoints", tree)) for f in folders]


def _card(predictors: list[Predictor]) -> FittedModel:
    """What is said of the model, or of all of an ensemble together."""
    first, *others = [predictor.card for predictor in predictors]
    if not others:
        return first
    said = "; ".join(card.description for card in (first, *others))
    return replace(first, description=f"ensemble of {len(predictors)} models: {said}")


def _stores(run: ActiveRun, config: RunConfig) -> list[CutoutStore]:
    return open_stores(run.root, config.release.stores)


def _read_evaluation(folder: Path) -> dict[str, Any] | None:
    path = folder / EVALUATION
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
