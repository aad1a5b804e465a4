"""Fit the networks of a fine-tuning to labels."""

from dataclasses import replace

import torch
from lightning_fabric import Fabric

from morph.runs.active_run import Run
from morph.runs.config_parts import FitConfig, TransferConfig
from morph.runs.finetuning.config import FinetuneConfig
from morph.trees.decision_tree import DecisionTree
from training.apply.forward import concentrations_of, features_of
from training.finetune.frozen import head_of_regression
from training.finetune.labelled import Labelled, read_labelled
from training.finetune.networks import begun_with, first_model, from_scratch
from training.fit.layers import layers_of
from training.fit.loop import Fit, fit, loss_of_images
from training.fit.source import validation, vote_loss
from training.network.calibrate import UNCHANGED, fit_calibration
from training.network.checkpoints import FittedModel, save_model
from training.network.input_recipe import without_published
from training.network.model import GalaxyModel
from training.pixels.store_counts import constant_prediction

FINE_TUNED, SCRATCH = "finetune", "scratch"  # names of the fits


def fine_tune(
    run: Run, fabric: Fabric, config: FinetuneConfig, tree: DecisionTree
) -> None:
    """Fit the model, calibrate and save it; and one from scratch, if asked for."""
    first, card = first_model(run, config)
    labelled = read_labelled(run, fabric, config, card, tree)
    model = begun_with(first, card, tree, survey=labelled.survey, seed=config.seed)
    mean = mean_fractions(labelled, tree)
    task = (model, card, labelled, tree)
    fitted(
        run,
        fabric,
        FINE_TUNED,
        config,
        config.fit,
        config.transfer,
        *task,
        by_regression=True,
    )
    rows = torch.from_numpy(labelled.held_out)
    alpha = concentrations_of(fabric, model, labelled.galaxies, card.image, rows)
    calibration = fit_calibration(alpha, labelled.votes[rows], tree)
    run.event("calibrated", changed=any(one != UNCHANGED for one in calibration))
    own = replace(
        card,
        tree=tree.name,
        labels=tree.labels,
        stores=config.stores,
        mean_fraction=mean,
        calibration=calibration,
        survey=labelled.survey,
        input=card.input or without_published(card.image),
        description=f"the model of {config.model_run} ({card.description}), fine-tuned "
        f"to {len(labelled.learnt):,} labels of “{tree.title}”",
    )
    if fabric.is_global_zero:
        save_model(run.folder / "checkpoints", model, own)
    fabric.barrier()
    if config.scratch is not None:
        scratch_model(run, fabric, config, card, labelled, tree)


def scratch_model(
    run: Run,
    fabric: Fabric,
    config: FinetuneConfig,
    card: FittedModel,
    labelled: Labelled,
    tree: DecisionTree,
) -> GalaxyModel:
    """The fitted network from random weights; its fit is done once."""
    model = from_scratch(card, tree, seed=config.seed)
    task = (model, card, labelled, tree)
    fitted(
        run,
        fabric,
        SCRATCH,
        config,
        config.scratch,
        TransferConfig(),
        *task,
        by_regression=False,
    )
    return model


def fitted(
    run: Run,
    fabric: Fabric,
    name: str,
    config: FinetuneConfig,
    how: FitConfig,
    transfer: TransferConfig,
    model: GalaxyModel,
    card: FittedModel,
    labelled: Labelled,
    tree: DecisionTree,
    *,
    by_regression: bool,
) -> None:
    """Fit ``model`` in place to the labels to learn from, resuming an earlier fit.

    It ends with the weights of the epoch with the smallest loss of those held out.
    ``by_regression`` begins with the head that a regression on its features has found
    (Kumar et al. 2022), so that few labels do not have to find it by small steps.
    """
    model.start_at(torch.tensor(mean_fractions(labelled, tree)))
    galaxies, image = labelled.galaxies, card.image
    if by_regression:
        _start_as_regression(fabric, model, card, labelled, tree)
    votes = labelled.votes.to(fabric.device)
    learnt, held_out = labelled.learnt, labelled.held_out
    task = Fit(
        name=name,
        choose_rows=lambda _epoch: learnt,
        loss=loss_of_images(galaxies, image, how.augment, vote_loss(votes, how, tree)),
        config=how,
        seed=config.seed,
        validate=validation(galaxies, votes, held_out, image, tree, model.recipe),
        kept="held_out_loss",
        galaxies=galaxies,
        layers=layers_of(model, card.model.encoder, transfer, how.epochs),
    )
    fit(run, fabric, model, task)


def _start_as_regression(
    fabric: Fabric,
    model: GalaxyModel,
    card: FittedModel,
    labelled: Labelled,
    tree: DecisionTree,
) -> None:
    """Give the head the regression on the features of the galaxies to learn from."""
    model.to(fabric.device)
    features = features_of(fabric, model, labelled.galaxies, card.image)
    features = features.cpu().numpy()
    for place, question in enumerate(tree.questions):
        given = labelled.given[:, place]
        rows = labelled.learnt[given[labelled.learnt] >= 0]
        found = head_of_regression(features[rows], given[rows], len(question.answers))
        model.start_as(*map(torch.from_numpy, found), tree.columns(question))


def mean_fractions(labelled: Labelled, tree: DecisionTree) -> tuple[float, ...]:
    """Mean fraction of each answer over the labels to learn from."""
    return constant_prediction(labelled.votes[torch.from_numpy(labelled.learnt)], tree)
