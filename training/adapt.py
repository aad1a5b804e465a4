"""Carry a fitted model over to a survey without votes, by the configured method."""

import copy
from collections.abc import Callable
from dataclasses import replace

from lightning_fabric import Fabric

from morph.cutouts import open_store
from morph.home import cutouts_folder, run_folder
from morph.run_folder import ActiveRun
from morph.tree import DecisionTree
from training.adabn import adapt_batch_norm
from training.adaptation import Adaptation
from training.checkpoints import load_model, save_model
from training.config import PRESETS, AdaptConfig, Step
from training.images import read_galaxies
from training.information_maximisation import maximise_information
from training.joint import fit_jointly, fit_on_simulation
from training.kmeans import adapt_by_kmeans
from training.pairs import distil_pairs
from training.prototypes import adapt_by_prototypes
from training.standardise import standardise_features

STEPS: dict[Step, Callable[[Adaptation], None]] = {
    "adabn": adapt_batch_norm,
    "standardise": standardise_features,
    "simulation": fit_on_simulation,
    "joint": fit_jointly,
    "kmeans": adapt_by_kmeans,
    "prototypes": adapt_by_prototypes,
    "information": maximise_information,
    "pairs": distil_pairs,
}


def adapt(
    run: ActiveRun, fabric: Fabric, config: AdaptConfig, tree: DecisionTree
) -> None:
    """Adapt the model of ``model_run`` and leave it in this run's checkpoints.

    Of the target survey only the pixels are used, whatever else its stores hold.
    """
    steps = config.steps
    folder = run_folder(run.root, config.model_run) / "checkpoints"
    model, card = load_model(folder, tree.labels)
    stores = [open_store(cutouts_folder(run.root, s)) for s in config.target_stores]
    target = read_galaxies(stores, fabric.device)
    unadapted = copy.deepcopy(model)
    given = Adaptation(run, fabric, config, model, unadapted, card, target, tree)
    for step in steps:
        STEPS[step](given)
    if steps:
        targets = ", ".join(config.target_stores)
        card = replace(
            card,
            description=f"{card.description}, adapted to {targets} by {_said(config)}",
            stores=tuple(sorted({*card.stores, *_learnt_from(config)})),
        )
    if fabric.is_global_zero:
        save_model(run.folder / "checkpoints", model, card)
    fabric.barrier()


def _learnt_from(config: AdaptConfig) -> set[str]:
    """Cutout stores whose galaxies the adapted model must not be judged on."""
    pairs = config.pairs if "pairs" in config.steps else None
    own = (*pairs.source_stores, *pairs.target_stores) if pairs else ()
    return {*config.source_stores, *own}


def _said(config: AdaptConfig) -> str:
    """The method by its name, with its steps where the name does not say them."""
    steps = ", ".join(config.steps)
    return f"{config.method} ({steps})" if config.method in PRESETS else config.method
