"""The networks of a fine-tuning: one that begins with a model, one from nothing."""

from dataclasses import replace

import torch

from morph.home import run_folder
from morph.runs.active_run import Run
from morph.runs.finetuning.config import FinetuneConfig
from morph.trees.decision_tree import DecisionTree
from training.network.batch_norm import SECOND, has_two, reading_source
from training.network.checkpoints import FittedModel, load_model
from training.network.input_recipe import without_published
from training.network.model import GalaxyModel, make_model


def first_model(run: Run, config: FinetuneConfig) -> tuple[GalaxyModel, FittedModel]:
    """The model that the run begins with."""
    return load_model(run_folder(run.root, config.model_run) / "checkpoints")


def begun_with(
    model: GalaxyModel, card: FittedModel, tree: DecisionTree, *, survey: str, seed: int
) -> GalaxyModel:
    """A network with the encoder of ``model`` and a new head for ``tree``.

    Of batch norms that keep two sets of statistics, it has that of ``survey``.
    """
    torch.manual_seed(seed)
    new = GalaxyModel(card.model, len(tree.labels), card.size, recipe=model.recipe)
    if has_two(model) and survey == card.survey:
        with reading_source(model):
            weights = model.state_dict()
            weights = {name: value.clone() for name, value in weights.items()}
    else:
        weights = model.state_dict()
    kept = {
        name: value
        for name, value in weights.items()
        if not name.startswith("classifier.") and not name.endswith(SECOND)
    }
    new.load_state_dict({**new.state_dict(), **kept})
    return new.to(memory_format=torch.channels_last)


def from_scratch(card: FittedModel, tree: DecisionTree, *, seed: int) -> GalaxyModel:
    """The same network with random weights."""
    torch.manual_seed(seed)
    recipe = card.input or without_published(card.image)
    plain = replace(card.model, weights=None)
    return make_model(plain, len(tree.labels), card.size, recipe=recipe)
