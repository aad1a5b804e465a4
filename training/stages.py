"""The stages of a run, from its config to its release."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from morph.atomic import write_json
from morph.errors import MorphError
from morph.home import run_folder
from morph.images.store import CutoutStore
from morph.new_run.checks import mixed_release, shared_galaxies
from morph.new_run.ingredients import Ingredients, ingredients
from morph.new_run.published_encoders import fluxes_given
from morph.release.details import Details
from morph.report.page import write_report
from morph.runs.active_run import Run
from morph.runs.config import (
    AdaptConfig,
    EvaluationConfig,
    FeaturesConfig,
    FinetuneConfig,
    PredictConfig,
    RunConfig,
    SourceConfig,
    read_config,
)
from morph.runs.evaluation_file import EVALUATION
from morph.runs.run_files import read_choice, read_events, read_json
from morph.trees.decision_tree import DecisionTree, tree_called
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
from training.apply.release_details import calibration_of, documents_of, images_of
from training.finetune.fits import fine_tune
from training.finetune.judge import judge
from training.finetune.release import refuse_parent, write_release_with_answers
from training.fit.ranks_and_devices import start_fabric
from training.fit.source import fit_source
from training.network.checkpoints import FittedModel, load_fitted, load_model
from training.pixels.bad_images import check_bands, note_bad_pixels
from training.pixels.galaxy_images import open_stores
from training.pixels.read_ahead import SPEED, Pace

_SHARED = ("fit", "evaluate", "predict")  # by all processes; the others by the leader


def carry_out_stages(run: Run) -> None:
    """Fit, evaluate, predict, map, report, release: those that the config asks for."""
    config = read_config(run.config)
    _refuse_before_a_fit(run, config)
    tree, release = tree_called(config.tree), config.release
    fabric = start_fabric(config.device)
    stages: dict[str, Callable[[], None]] = {}
    if not _applies(config):
        stages["fit"] = lambda: _fit(run, fabric, config, tree)
    if isinstance(config, FinetuneConfig):
        stages["evaluate"] = lambda: judge(run, fabric, config, tree)
    elif not isinstance(config, FeaturesConfig) and config.evaluate is not None:
        stages["evaluate"] = lambda: _evaluate(run, fabric, config, tree)
    if release is not None:
        stages["predict"] = lambda: _predict(run, fabric, config)
    if release is not None and release.projection is not None:
        stages["map"] = lambda: _map(run, config)
    stages["report"] = lambda: write_report(run.folder, settings(config), tree)
    if release is not None:
        stages["release"] = lambda: _release(run, config, tree)
    run.plan(list(stages))
    for name, work in stages.items():
        if fabric.is_global_zero or name in _SHARED:
            run.stage(name, work)


def _refuse_before_a_fit(run: Run, config: RunConfig) -> None:
    """Raise MorphError for what would be refused after it, or mislead it.

    That is an evaluation on galaxies learnt from, a release of several surveys, fluxes
    for an encoder of pictures, and a band without data in a whole store.
    """
    found = ingredients(run.root)
    problem = fluxes_given(config) or mixed_release(config, found)
    if isinstance(config, SourceConfig | AdaptConfig):
        problem = problem or shared_galaxies(run.root, config, found)
    if problem:
        raise MorphError(problem)
    if isinstance(config, FinetuneConfig):
        refuse_parent(run, config)
    check_bands(run, _stores_read(config, found), config.bad_pixels)


def _stores_read(config: RunConfig, found: Ingredients) -> list[str]:
    """The finished cutout stores whose pixels a run reads."""
    names: list[str] = []
    if isinstance(config, SourceConfig | FinetuneConfig):
        names += config.stores
    if isinstance(config, AdaptConfig):
        choice = config.choice
        names += [*config.learnt_stores, *config.target_stores]
        names += [*choice.source_stores, *choice.target_stores]
    if config.evaluate is not None:
        names.append(config.evaluate.store)
    if config.release is not None:
        names += config.release.stores
    return [name for name in names if name in found.stores]


def settings(config: RunConfig) -> dict[str, Any]:
    """The config without the settings of steps that its method does not take."""
    if not isinstance(config, AdaptConfig):
        return asdict(config)
    parts = asdict(config).items()
    return {name: part for name, part in parts if name not in config.unused}


def _applies(config: RunConfig) -> bool:
    """Whether the run applies models of other runs and has none of its own."""
    if isinstance(config, FeaturesConfig):
        return config.model_run is not None
    return isinstance(config, PredictConfig | EvaluationConfig)


def _fit(run: Run, fabric: Fabric, config: RunConfig, tree: DecisionTree) -> None:
    if isinstance(config, SourceConfig):
        fit_source(run, fabric, config, tree)
    elif isinstance(config, FeaturesConfig):
        keep_encoder(run, fabric, config, tree)
    elif isinstance(config, FinetuneConfig):
        fine_tune(run, fabric, config, tree)
    else:
        adapt(run, fabric, config, tree)


def _evaluate(run: Run, fabric: Fabric, config: RunConfig, tree: DecisionTree) -> None:
    predictors = _predictors(run, config)
    image = predictors[0].card.image
    (store,) = open_stores(run.root, [config.evaluate.store], image)
    for predictor in predictors:
        evaluate.refuse_seen_galaxies(run.root, store, predictor.card.stores)
    prediction = _predicted(run, fabric, config, predictors, [store], "evaluated")
    if not fabric.is_global_zero:
        return
    card = predictors[0].card
    result = evaluate.evaluate(prediction, store, config.evaluate, card, tree)
    choice = read_choice(run.folder)
    if choice is not None:
        told = ("outcome", "verdict", "sentence")
        result["choice"] = {name: choice[name] for name in told if name in choice}
    write_json(run.folder / EVALUATION, result | {"speed": speed_of(run.folder)})
    run.event(
        "evaluated", **{k: v for k, v in result.items() if not isinstance(v, list)}
    )


def speed_of(folder: Path) -> dict[str, dict[str, float]]:
    """Images per second and data wait of the last epoch of fits, and of predictions."""
    return {
        event.get("fit") or event["of"]: {key: event[key] for key in SPEED}
        for event in read_events(folder)
        if event["event"] in ("epoch", "pace") and event.keys() >= set(SPEED)
    }


def _predict(run: Run, fabric: Fabric, config: RunConfig) -> None:
    if isinstance(config, FeaturesConfig):
        run.event("matched", says=matched(run, config).words)
    predictors = _predictors(run, config)
    stores = _released(run, config, predictors)
    _predicted(run, fabric, config, predictors, stores, "predicted")


def _predicted(
    run: Run,
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
    prediction = predict(
        fabric,
        predictors,
        stores,
        run.folder / name,
        passes=0 if config.release is None else config.release.passes,
        seed=config.seed,
        progress=run.progress,
        pace=pace,
    )
    if prediction.bad is not None:
        note_bad_pixels(run, name, prediction.bad, config.bad_pixels.most)
    if pace.galaxies:
        run.event("pace", of=name, galaxies=pace.galaxies, **pace.speed())
    return prediction


def _map(run: Run, config: RunConfig) -> None:
    # Imports scikit-learn and numba, which only this stage needs.
    from training.apply.umap_projection import project

    found = read_prediction(run.folder / "predicted")
    if isinstance(config, FeaturesConfig):
        found = of_parent(found, matched(run, config))
    position, trust = project(found.features, config.release.projection, config.seed)
    name = map_name(config)
    release_of_run.write_projection(run.folder, name, found.names, position, trust)


def _release(run: Run, config: RunConfig, tree: DecisionTree) -> None:
    prediction = read_prediction(run.folder / "predicted")
    predictors, projection = _predictors(run, config), config.release.projection
    card, details = _card(predictors), Details()
    if isinstance(config, FinetuneConfig):
        write_release_with_answers(run, config, prediction, card, tree)
        return
    if projection is not None:
        details = Details(projection=asdict(projection) | {"seed": config.seed})
    if isinstance(config, FeaturesConfig):
        write_release_with_features(run, config, prediction, card, details=details)
        return
    path = run.folder / EVALUATION
    evaluation = read_json(path) if path.is_file() else None
    details = replace(
        details,
        config=run.config,
        calibration=calibration_of(predictors, tree),
        evaluation=None if evaluation is None else evaluate.summary(evaluation),
        choice=read_choice(run.folder),
        images=images_of(prediction, config.bad_pixels.most),
    )
    release_of_run.write_run_release(
        run.folder / "release",
        config.release,
        _released(run, config, predictors),
        prediction,
        card,
        parent_run=run.folder.name,
        most_bad=config.bad_pixels.most,
        not_learnt=() if evaluation is None else evaluate.not_learnt(evaluation),
        details=details,
        documents=documents_of(run.folder),
    )


def _released(
    run: Run, config: RunConfig, predictors: list[Predictor]
) -> list[CutoutStore]:
    """The stores of the release as its models see them, or their first galaxies."""
    release, image = config.release, predictors[0].card.image
    return open_stores(run.root, release.stores, image, first=release.first)


def _predictors(run: Run, config: RunConfig) -> list[Predictor]:
    """The model that this run fitted, or those of other runs that it applies."""
    folders, load = [run.folder], load_model
    if _applies(config):
        folders = [run_folder(run.root, config.model_run)]
    if isinstance(config, PredictConfig | EvaluationConfig):
        load = load_fitted
        folders += [run_folder(run.root, name) for name in config.ensemble]
    tree = tree_called(config.tree)
    return [Predictor(*load(f / "checkpoints", tree)) for f in folders]


def _card(predictors: list[Predictor]) -> FittedModel:
    """Metadata of the model, or of all of an ensemble together."""
    cards = [predictor.card for predictor in predictors]
    if len(cards) == 1:
        return cards[0]
    models = "; ".join(card.description for card in cards)
    return replace(cards[0], description=f"ensemble of {len(cards)} models: {models}")
