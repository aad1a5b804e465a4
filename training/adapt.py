"""Carry a fitted model over to a survey without votes, by the configured method."""

from dataclasses import replace

from lightning_fabric import Fabric

from morph.cutouts import CutoutStore, open_store
from morph.home import cutouts_folder, run_folder
from morph.run_folder import ActiveRun
from morph.tree import DecisionTree
from training.adabn import adapt_batch_norm
from training.checkpoints import load_model, save_model
from training.config import AdaptConfig
from training.images import read_galaxies


def adapt(
    run: ActiveRun, fabric: Fabric, config: AdaptConfig, tree: DecisionTree
) -> None:
    """Adapt the model of ``model_run`` and leave it in this run's checkpoints.

    Of the target survey only the pixels are used, whatever else its stores hold.
    """
    folder = run_folder(run.root, config.model_run) / "checkpoints"
    model, card = load_model(folder, tree.labels)
    target = read_galaxies(_stores(run, config.target_stores), fabric.device)
    if config.method.endswith("adabn"):
        adapt_batch_norm(
            run, fabric, model, card, target, config=config.adabn, seed=config.seed
        )
    if config.method != "none":
        targets = ", ".join(config.target_stores)
        said = f"{card.description}, adapted to {targets} by {config.method}"
        card = replace(card, description=said)
    save_model(run.folder / "checkpoints", model, card)


def _stores(run: ActiveRun, names: tuple[str, ...]) -> list[CutoutStore]:
    return [open_store(cutouts_folder(run.root, name)) for name in names]
