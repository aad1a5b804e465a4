"""Carry a fitted model over to a survey without votes, by the configured method."""

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
from training.config import AdaptConfig
from training.images import read_galaxies
from training.kmeans import adapt_by_kmeans
from training.survey_simulation import fit_on_simulation

# A method is one of these, or several in order, joined by "+"; "none" is none of them.
STEPS: dict[str, Callable[[Adaptation], None]] = {
    "simulation": fit_on_simulation,
    "adabn": adapt_batch_norm,
    "kmeans": adapt_by_kmeans,
}


def adapt(
    run: ActiveRun, fabric: Fabric, config: AdaptConfig, tree: DecisionTree
) -> None:
    """Adapt the model of ``model_run`` and leave it in this run's checkpoints.

    Of the target survey only the pixels are used, whatever else its stores hold.
    """
    folder = run_folder(run.root, config.model_run) / "checkpoints"
    model, card = load_model(folder, tree.labels)
    stores = [open_store(cutouts_folder(run.root, s)) for s in config.target_stores]
    target = read_galaxies(stores, fabric.device)
    given = Adaptation(run, fabric, config, model, card, target, tree)
    if config.method != "none":
        for step in config.method.split("+"):
            STEPS[step](given)
        targets = ", ".join(config.target_stores)
        card = replace(
            card,
            description=f"{card.description}, adapted to {targets} by {config.method}",
            stores=tuple(sorted({*card.stores, *config.source_stores})),
        )
    save_model(run.folder / "checkpoints", model, card)
