"""Carry a fitted model over to a survey without votes, by the configured method."""

from dataclasses import replace

import numpy as np
from lightning_fabric import Fabric

from morph.cutouts import CutoutStore, open_store
from morph.home import cutouts_folder, run_folder
from morph.run_folder import ActiveRun
from morph.tree import DecisionTree
from training.adabn import adapt_batch_norm
from training.checkpoints import FittedModel, load_model, save_model
from training.config import AdaptConfig
from training.images import Galaxies, read_galaxies
from training.kmeans import adapt_by_kmeans
from training.loop import Fit, fit
from training.model import GalaxyModel
from training.source import vote_loss
from training.survey_look import measure_look
from training.survey_simulation import as_target_sees
from training.votes import read_counts


def adapt(
    run: ActiveRun, fabric: Fabric, config: AdaptConfig, tree: DecisionTree
) -> None:
    """Adapt the model of ``model_run`` and leave it in this run's checkpoints.

    Of the target survey only the pixels are used, whatever else its stores hold.
    """
    folder = run_folder(run.root, config.model_run) / "checkpoints"
    model, card = load_model(folder, tree.labels)
    target = read_galaxies(_stores(run, config.target_stores), fabric.device)
    steps = config.method.split("+")
    if "simulation" in steps:
        _fit_on_simulation(run, fabric, model, card, target, config, tree)
    if "adabn" in steps:
        adapt_batch_norm(
            run, fabric, model, card, target, config=config.adabn, seed=config.seed
        )
    if "kmeans" in steps:
        adapt_by_kmeans(
            run,
            fabric,
            model,
            card,
            target,
            config=config.kmeans,
            seed=config.seed,
            tree=tree,
        )
    if config.method != "none":
        targets = ", ".join(config.target_stores)
        said = f"{card.description}, adapted to {targets} by {config.method}"
        card = replace(card, description=said)
    save_model(run.folder / "checkpoints", model, card)


def _fit_on_simulation(
    run: ActiveRun,
    fabric: Fabric,
    model: GalaxyModel,
    card: FittedModel,
    target: Galaxies,
    config: AdaptConfig,
    tree: DecisionTree,
) -> None:
    """Fit on with the source's votes, its pictures retaken by the target survey."""
    stores = _stores(run, config.source_stores)
    source = read_galaxies(stores, fabric.device)
    retake = as_target_sees(measure_look(source), measure_look(target))
    settings = config.simulation.fit
    loss = vote_loss(
        source,
        read_counts(stores, tree).to(fabric.device),
        card.image,
        settings,
        tree,
        retake=retake,
    )
    rows = np.arange(len(source))
    task = Fit("simulation", lambda *_: rows, loss, settings, config.seed)
    fit(run, fabric, model, task)


def _stores(run: ActiveRun, names: tuple[str, ...]) -> list[CutoutStore]:
    return [open_store(cutouts_folder(run.root, name)) for name in names]
