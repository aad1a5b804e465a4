"""Adapt a fitted model to a survey without votes, by the configured method."""

import copy
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial

import numpy as np
from lightning_fabric import Fabric

from morph.atomic import write_json
from morph.home import run_folder
from morph.runs.active_run import Run
from morph.runs.config import AdaptConfig
from morph.runs.config_adaptation import PRESETS, Step
from morph.runs.run_files import CHOICE
from morph.trees.decision_tree import DecisionTree
from training.adapt.feature_statistics import (
    adapt_batch_norm,
    check_batch_norm,
    standardise_features,
)
from training.adapt.information_maximisation import maximise_information
from training.adapt.joint import fit_jointly, fit_on_simulation
from training.adapt.kmeans import adapt_by_kmeans
from training.adapt.pairs import distil_pairs
from training.adapt.prototypes import adapt_by_prototypes
from training.adapt.recalibrate import held_out_names, recalibrated
from training.apply.predict import check_look
from training.judge.model_selection import ModelChoice, choose, judged_as_finished
from training.judge.reference import Reference, read_reference
from training.network.batch_norm import batch_norms
from training.network.checkpoints import FittedModel, load_fitted, save_model
from training.network.model import GalaxyModel
from training.pixels.bad_images import note_bad_pixels, usable_rows
from training.pixels.galaxy_images import open_stores, read_galaxies
from training.survey_differences.adaptation_context import Adaptation

STEPS: dict[Step, Callable[[Adaptation], None]] = {
    "adabn": adapt_batch_norm,
    "standardise": standardise_features,
    "simulation": partial(fit_on_simulation, name="simulation"),
    "long_simulation": partial(fit_on_simulation, name="long_simulation"),
    "joint": fit_jointly,
    "kmeans": adapt_by_kmeans,
    "prototypes": adapt_by_prototypes,
    "information": maximise_information,
    "distillation": distil_pairs,
}
STATISTICS = ("adabn", "standardise")  # steps without learning


def adapt(run: Run, fabric: Fabric, config: AdaptConfig, tree: DecisionTree) -> None:
    """Adapt the model of ``model_run`` and save it in this run's checkpoints.

    No votes on the target are read: only its pixels, positions (where a survey's PSF
    and noise are measured) and, for the judgement, magnitudes, sizes and redshifts. The
    model saved is the source model's if the judgement says so, by default unless the
    adapted one is judged better; see `training.judge.model_selection`.
    """
    folder = run_folder(run.root, config.model_run) / "checkpoints"
    model, card = load_fitted(folder, tree)
    if "adabn" in config.steps:
        check_batch_norm(model, card)
    needed = sorted({*config.target_stores, *_learnt_from(config)})
    for store in open_stores(run.root, needed, card.image):
        check_look(store, card)
    stores = open_stores(run.root, config.target_stores, card.image)
    most_bad = config.bad_pixels.most
    target = read_galaxies(
        stores, fabric.device, config.device.pixels, most_bad=most_bad
    )
    note_bad_pixels(run, "fit", target.bad, most_bad)
    usable_rows(np.arange(len(target)), target, "adapt to")
    if config.steps:
        unadapted = copy.deepcopy(model)
        setup = Adaptation(run, fabric, config, model, unadapted, card, target, tree)
        held_out, says = held_out_names(run.root, config, card.image, tree)
        run.event("held_out", galaxies=len(held_out), says=says)
        setup = replace(setup, held_out=held_out)
        setup.read[config.target_stores] = target
        model, card = _adapted(setup)
    if fabric.is_global_zero:
        save_model(run.folder / "checkpoints", model, card)
    fabric.barrier()


def _adapted(setup: Adaptation) -> tuple[GalaxyModel, FittedModel]:
    """The model after all steps and its metadata, or both unchanged."""
    config, card = setup.config, setup.card
    reference = read_reference(setup)
    setup = reference.setup
    choice = _chosen(setup, reference)
    steps = f" ({', '.join(config.steps)})" if config.method in PRESETS else ""
    words = f"to {', '.join(config.target_stores)} by {config.method}{steps}"
    setup.run.event("choice", **asdict(choice))
    if setup.fabric.is_global_zero:
        write_json(setup.run.folder / CHOICE, asdict(choice))
    if choice.outcome == "refused":
        description = f"{card.description}; not adapted {words}: {choice.sentence}"
        return setup.unadapted, replace(card, description=description)
    description = f"{card.description}, adapted {words}"
    if choice.verdict != "better":
        description = f"{description}: {choice.sentence}"
    return setup.model, replace(
        card,
        description=description,
        stores=tuple(sorted({*card.stores, *_learnt_from(config)})),
        calibration=recalibrated(reference, setup.model),
    )


def _chosen(setup: Adaptation, reference: Reference) -> ModelChoice:
    """Apply all steps, in place, and judge the result."""
    steps = setup.config.steps
    fits = [i for i, step in enumerate(steps) if step not in STATISTICS]
    learning = steps[: fits[-1] + 1] if fits else ()
    for i, step in enumerate(learning):
        later = _statistics(steps[i + 1 :])
        judged = partial(judged_as_finished, reference=reference, later=later)
        STEPS[step](replace(setup, judged=judged))
    learnt, finishing = copy.deepcopy(setup.model), _statistics(steps[len(learning) :])
    for step in finishing:
        step(setup)
    settling = finishing
    if STEPS["adabn"] not in finishing and batch_norms(learnt.encoder):
        settling = [STEPS["adabn"], *finishing]  # the last fit may change them
    return choose(reference, learnt, settling)


def _statistics(steps: tuple[Step, ...]) -> list[Callable[[Adaptation], None]]:
    """Those of ``steps`` without learning."""
    return [STEPS[step] for step in steps if step in STATISTICS]


def _learnt_from(config: AdaptConfig) -> set[str]:
    """Cutout stores whose galaxies the adapted model must not be judged on."""
    choice = config.choice
    return {*config.learnt_stores, *choice.source_stores, *choice.target_stores}
