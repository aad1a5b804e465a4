"""Fit a model to volunteers' votes on images of a survey."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from morph.atomic import write_json
from morph.errors import MorphError
from morph.images.store import CutoutStore
from morph.posterior.vote_fractions import few_votes_words
from morph.runs.active_run import Run
from morph.runs.config import SourceConfig
from morph.runs.config_parts import FitConfig, ImageConfig
from morph.runs.run_files import read_json
from morph.trees.decision_tree import DecisionTree
from morph.typed_json import read_dataclass
from training.apply.forward import concentrations_of
from training.fit.layers import layers_of
from training.fit.loop import Fit, OutputLoss, Validation, fit, loss_of_images
from training.network.calibrate import Calibration, fit_calibration
from training.network.checkpoints import FittedModel, of_look, save_model
from training.network.input_recipe import InputRecipe, without_published
from training.network.losses import (
    dirichlet_multinomial_nll,
    fraction_nll,
    question_weights,
)
from training.network.model import GalaxyModel, concentration, make_model
from training.network.published_input import as_asked, recipe_of
from training.pixels.bad_images import note_bad_pixels, usable_rows
from training.pixels.galaxy_images import (
    Galaxies,
    network_input,
    open_stores,
    read_galaxies,
)
from training.pixels.on_disk import at_once, each
from training.pixels.store_counts import constant_prediction, read_counts

_log = logging.getLogger(__name__)

INPUT = "input.json"  # in the checkpoints: the recipe of a fit
PARTS = ("learn from", "hold out")
_FRACTIONS_UNTIL = 0.9  # fraction of steps after which its weight is 0


def fit_source(
    run: Run, fabric: Fabric, config: SourceConfig, tree: DecisionTree
) -> None:
    """Fit a new model and save it in the run's checkpoints."""
    recipe = fit_recipe(run, fabric, config)
    stores = open_stores(run.root, config.stores, config.image, first=config.first)
    galaxies = read_galaxies(
        stores, fabric.device, config.device.pixels, most_bad=config.bad_pixels.most
    )
    note_bad_pixels(run, "fit", galaxies.bad, config.bad_pixels.most)
    votes = read_counts(stores, tree)
    if words := few_votes_words(votes.numpy(), tree):
        _log.warning(words)
        run.event("few_votes", says=words)
    learnt, held_out = (
        usable_rows(rows, galaxies, what)
        for rows, what in zip(
            learnt_and_held_out(votes, config, tree), PARTS, strict=True
        )
    )
    mean_fraction = constant_prediction(votes[torch.from_numpy(learnt)], tree)
    size = stores[0].look.size
    model = _new_model(config, size, mean_fraction, tree, recipe)
    counts = votes.to(fabric.device)
    of_votes = vote_loss(counts, config.fit, tree)
    task = Fit(
        name="source",
        choose_rows=lambda _epoch: learnt,
        loss=loss_of_images(galaxies, config.image, config.fit.augment, of_votes),
        config=config.fit,
        seed=config.seed,
        validate=validation(galaxies, counts, held_out, config.image, tree, recipe),
        kept="held_out_loss" if config.fit.patience and len(held_out) else None,
        galaxies=galaxies,
        layers=layers_of(
            model, config.model.encoder, config.transfer, config.fit.epochs
        ),
    )
    fit(run, fabric, model, task)
    card = _card(config, stores[0], mean_fraction, tree, recipe)
    if config.calibrate and len(held_out):
        rows = torch.from_numpy(held_out)
        alpha = concentrations_of(fabric, model, galaxies, config.image, rows)
        calibration = fit_calibration(alpha, votes[rows], tree)
        card = replace(card, calibration=calibration)
        run.event("calibrated", questions=_rounded(calibration, tree))
    if fabric.is_global_zero:
        save_model(run.folder / "checkpoints", model, card)
    fabric.barrier()


def fit_recipe(run: Run, fabric: Fabric, config: SourceConfig) -> InputRecipe:
    """The input of the encoder, which stays the same when a fit is resumed.

    A fit that was begun before there were recipes goes on as it began. One that has
    no epoch yet begins again, with the input that its config has now.
    """
    checkpoints = run.folder / "checkpoints"
    if (checkpoints / "source.json").is_file():
        return _begun_recipe(checkpoints / INPUT, config)
    recipe = recipe_of(config.model, config.image)
    fabric.barrier()  # each process has looked for the fit
    if fabric.is_global_zero:
        write_json(checkpoints / INPUT, asdict(recipe))
    return recipe


def _begun_recipe(path: Path, config: SourceConfig) -> InputRecipe:
    """The input of a fit with epochs; MorphError if its config sets another one now."""
    recipe = without_published(config.image)
    if path.is_file():
        recipe = read_dataclass(InputRecipe, read_json(path), at=INPUT)
    asked = as_asked(recipe, config.model.input, config.image)
    if asked != recipe:
        raise MorphError(
            f"the fit was begun with the input {recipe.words}, and model.input is now "
            f"{asked.words}; put model.input back, or start a new run"
        )
    return recipe


def learnt_and_held_out(
    votes: Tensor, config: SourceConfig, tree: DecisionTree
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the training and of the validation set, with enough votes.

    MorphError if no row of one of them has.
    """
    first = [tree.labels.index(label) for label in tree.questions[0].labels]
    enough = votes[:, first].sum(dim=1).numpy() >= config.fewest_votes
    parts = split_rows(len(votes), config.held_out, config.seed)
    kept = tuple(rows[enough[rows]] for rows in parts)
    for rows, before, words in zip(kept, parts, PARTS, strict=True):
        if len(before) and not len(rows):
            raise MorphError(
                f"fewest_votes is {config.fewest_votes}, but none of the {len(before)} "
                f"galaxies to {words} has as many votes on {tree.questions[0].title}; "
                "lower it"
            )
    return kept


def _new_model(
    config: SourceConfig,
    size: int,
    mean_fraction: tuple[float, ...],
    tree: DecisionTree,
    recipe: InputRecipe,
) -> GalaxyModel:
    """A model that predicts the mean fractions before it is fitted."""
    torch.manual_seed(config.seed)
    model = make_model(config.model, len(tree.labels), size, recipe=recipe)
    model.start_at(torch.tensor(mean_fraction))
    if config.device.compile:
        model.encoder.compile()
    return model


def _rounded(
    calibration: Sequence[Calibration], tree: DecisionTree
) -> dict[str, list[float]]:
    """Calibration by question, for the events of a run."""
    each = zip(tree.questions, calibration, strict=True)
    return {q.name: [round(x, 4) for x in factors] for q, factors in each}


def _card(
    config: SourceConfig,
    store: CutoutStore,
    mean_fraction: tuple[float, ...],
    tree: DecisionTree,
    recipe: InputRecipe,
) -> FittedModel:
    """Metadata of the model, before it is calibrated."""
    weights = config.model.weights
    kept = "frozen " if config.transfer.encoder == "frozen" else ""
    initial = f" ({kept}weights of {weights}; input: {recipe.words})" if weights else ""
    return FittedModel(
        tree=tree.name,
        labels=tree.labels,
        image=config.image,
        model=config.model,
        **of_look(store.look),
        stores=config.stores,
        survey=store.manifest.survey,
        mean_fraction=mean_fraction,
        description=f"{config.model.encoder} encoder{initial} fitted to "
        f"the votes of {', '.join(config.stores)}",
        input=recipe,
    )


def split_rows(
    galaxies: int, held_out: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the training and of the validation set."""
    order = np.random.default_rng([seed, galaxies]).permutation(galaxies)
    count = round(galaxies * held_out)
    return np.sort(order[count:]), np.sort(order[:count])


def vote_loss(votes: Tensor, config: FitConfig, tree: DecisionTree) -> OutputLoss:
    """The loss of logits (B, L) on votes (N, L) of all galaxies, nats per galaxy.

    The weight of ``fraction_nll`` falls to 0, so that a fit ends with the
    Dirichlet-multinomial loss alone. That is reported, with equal question weights.
    """
    weights = torch.ones(len(tree.questions), device=votes.device)
    if config.question_weights == "asked":
        weights = question_weights(votes, tree)

    def loss(logits: Tensor, rows: Tensor, done: float) -> tuple[Tensor, Tensor]:
        nll = dirichlet_multinomial_nll(concentration(logits), votes[rows], tree)
        aid = config.fraction_weight * max(0.0, 1 - done / _FRACTIONS_UNTIL)
        reported = nll.sum(dim=1).mean()
        if aid:
            nll = nll + aid * fraction_nll(logits, votes[rows], tree)
        return (nll @ weights).mean(), reported

    return loss


def validation(
    galaxies: Galaxies,
    votes: Tensor,
    held_out: np.ndarray,
    image: ImageConfig,
    tree: DecisionTree,
    recipe: InputRecipe,
) -> Validation | None:
    """The loss on the validation set, or None if there is none."""
    if not len(held_out):
        return None
    rows = torch.from_numpy(held_out).to(votes.device)

    @torch.no_grad()
    def validate(module: nn.Module) -> dict[str, float]:
        module.eval()
        total = 0.0
        side = recipe.side(galaxies.side)
        chunks = rows.split(at_once(side, galaxies.flux.device))
        for chunk, flux in zip(chunks, each(galaxies.flux, chunks), strict=True):
            logits = module(network_input(flux, image))
            alpha = concentration(logits)
            nll = dirichlet_multinomial_nll(alpha, votes[chunk], tree)
            total += nll.sum().item()
        return {"held_out_loss": total / len(rows)}

    return validate
