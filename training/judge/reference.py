"""The source model's answers, and galaxies of both surveys, to judge models on.

Computed once, before an adaptation: the source model's output for source and target
images, galaxies imaged by both surveys, mock observations, and the population test.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from morph.errors import MorphError
from morph.trees.decision_tree import DecisionTree
from training.apply.forward import features_of
from training.judge.collapse_signs import (
    FeatureNeighbours,
    Signs,
    read_neighbours,
    read_signs,
)
from training.judge.domain_classifier import (
    PopulationTest,
    compare_populations,
    weights_to,
)
from training.judge.judged_galaxies import held_out_sample, imaged_by_both, sample
from training.judge.label_free_measures import log_fractions, shared_bins
from training.judge.reobserved import Reobserved, reobserve
from training.network.calibrate import calibrated_posteriors
from training.network.model import GalaxyModel, concentration
from training.pixels.galaxy_images import Galaxies
from training.survey_differences.adaptation_context import Adaptation

PROPERTIES = ("mag_r", "radius_arcsec")  # at which surveys are compared
FEWEST_VOTED = 50  # galaxies whose votes can judge
_NO_VOTES = 1e-3  # concentration of an answer that nobody gave


@dataclass(frozen=True)
class Output:
    """A model's concentrations (N, L) and features (N, D) of N galaxies."""

    alpha: np.ndarray
    features: Tensor


@dataclass(frozen=True)
class Reference:
    """The source model's output for the source, and target galaxies to compare.

    ``unadapted`` is its output for the target. ``typical`` are rows of ``source`` and
    concentrations (M, L) with the mean fractions that the target's galaxies should
    have: those of votes, or of the source model if there are none. ``twins`` are target
    images of galaxies imaged by both surveys, ``paired`` the source model's
    concentrations of their source images. ``reobserved`` are mock observations,
    ``held_out_weight`` the weights with which their ``held_out`` galaxies have the
    target's population. ``missing`` explains parts that are None.
    """

    setup: Adaptation
    source: Output
    signs: Signs
    target: Galaxies
    unadapted: Output
    neighbours: FeatureNeighbours
    bins: tuple[np.ndarray, np.ndarray] | None
    typical: tuple[np.ndarray, np.ndarray]
    paired: np.ndarray | None
    twins: Galaxies | None
    population: PopulationTest | None
    reobserved: Reobserved | None
    mocked: np.ndarray | None  # the source model's concentrations of `population`
    held_out_weight: np.ndarray
    missing: tuple[str, ...]


def read_reference(setup: Adaptation) -> Reference:
    """Read the galaxies to judge on, and apply the source model to them.

    MorphError if the galaxies named as imaged by both surveys are not the same.
    """
    config, tree = setup.config, setup.tree
    (rows, source), (_, target) = (
        sample(setup, names) for names in (config.source_stores, config.target_stores)
    )
    output = output_of(setup, setup.unadapted, source, of_source=True)
    unadapted = output_of(setup, setup.unadapted, target)
    bins, missing = _bins(source, target), []
    if bins is None:
        missing.append(f"neither {' nor '.join(PROPERTIES)} is known in both surveys")
    (source_twins, twins), paired = imaged_by_both(setup), None
    if twins is None:
        missing.append("no galaxies imaged by both surveys are named in choice")
    else:
        paired = output_of(setup, setup.unadapted, source_twins, of_source=True).alpha
    population = compare_populations(source.index, target.index)
    setup = _with_alike(setup, source, target, output, unadapted, population)
    reobserved, reason = _reobserved(setup, source, source_twins, target)
    missing += [reason] if reason else []
    mocked, held_out_weight = None, np.ones(0)
    if reobserved is not None:
        mocks = reobserved.population, reobserved.held_out
        both = [
            output_of(setup, setup.unadapted, galaxies).alpha
            if len(galaxies)
            else np.empty((0, len(tree.labels)))
            for galaxies in mocks
        ]
        mocked, held_out_weight = both[0], np.ones(len(mocks[1]))
        if len(mocks[1]) < FEWEST_VOTED:
            missing.append(
                f"only {len(mocks[1])} source galaxies are held out, and their votes "
                f"judge from {FEWEST_VOTED} on"
            )
        if setup.alike is not None:
            index = [galaxies.index for galaxies in mocks]
            names, there = population.properties, (unadapted.alpha, target.index)
            here = np.concatenate(both), pd.concat(index, ignore_index=True)
            weight = _weights(setup, here, there, names)
            like_target, held_out_weight = np.split(weight, [len(source)])
            like_target = torch.from_numpy(like_target).float().to(setup.fabric.device)
            setup = replace(setup, population=(reobserved.population, like_target))
    return Reference(
        setup=setup,
        source=output,
        signs=signs_of(output, tree),
        target=target,
        unadapted=unadapted,
        neighbours=read_neighbours(unadapted.alpha, unadapted.features, tree),
        bins=bins,
        typical=_typical(setup, rows, output),
        paired=paired,
        twins=twins,
        population=population,
        reobserved=reobserved,
        mocked=mocked,
        held_out_weight=held_out_weight,
        missing=tuple(missing),
    )


def _typical(
    setup: Adaptation, rows: np.ndarray, output: Output
) -> tuple[np.ndarray, np.ndarray]:
    """The answers that are typical of the source's galaxies, see `Reference`.

    Votes do not depend on a model, so they tell a change of the mean fractions from the
    source model's own errors, and from those of mock observations.
    """
    with suppress(MorphError):  # there are no votes
        votes = setup.votes(setup.config.source_stores)[torch.from_numpy(rows)]
        given = np.flatnonzero(votes.sum(dim=1).cpu())
        if len(given) >= FEWEST_VOTED:
            return given, votes[given].double().cpu().numpy() + _NO_VOTES
    return np.arange(len(rows)), output.alpha


def _reobserved(
    setup: Adaptation, source: Galaxies, twins: Galaxies | None, target: Galaxies
) -> tuple[Reobserved | None, str]:
    """Mock observations of a sample, and of held-out galaxies; or why there are none.

    There are none without votes. MorphError if there are none although the method
    learns from mock observations.
    """
    rows, held_out = held_out_sample(setup)
    parts = [source, held_out, *([] if twins is None else [twins])]
    try:
        votes = setup.votes(setup.config.source_stores)[torch.from_numpy(rows)]
        made = reobserve(setup, parts, target)
    except MorphError as error:
        if setup.config.simulates:
            raise
        return None, f"no mock observations with votes can be made ({error})"
    together = made.pop()
    return Reobserved(
        together, made[0], made[1], votes, made[2] if twins is not None else None
    ), ""


def _with_alike(
    setup: Adaptation,
    source: Galaxies,
    target: Galaxies,
    output: Output,
    unadapted: Output,
    population: PopulationTest | None,
) -> Adaptation:
    """``setup`` with source galaxies alike those of a target of another population.

    Drawn with the weights of `_weights`, from the source model's answers for the images
    of either survey, which the survey changes as well; the weights of the judgement are
    from mock observations.
    """
    if population is None or not population.other:
        return setup
    tables = (output.alpha, source.index), (unadapted.alpha, target.index)
    weight = _weights(setup, *tables, population.properties)
    drawn = np.random.default_rng([setup.config.seed, 2])
    rows = np.sort(drawn.choice(len(source), len(source), p=weight / weight.sum()))
    flux = source.flux[torch.from_numpy(rows).to(source.flux.device)]
    index = source.index.iloc[rows].reset_index(drop=True)
    return replace(setup, alike=replace(source, index=index, flux=flux))


def _weights(
    setup: Adaptation,
    source: tuple[np.ndarray, pd.DataFrame],
    target: tuple[np.ndarray, pd.DataFrame],
    properties: tuple[str, ...],
) -> np.ndarray:
    """(N,) weights, of mean 1, with which source galaxies have the target's population.

    By the properties in the index of either survey, and the source model's answers, as
    concentrations.
    """
    here, there = (
        np.concatenate(
            [index[list(properties)].to_numpy(float), log_fractions(alpha, setup.tree)],
            axis=1,
        )
        for alpha, index in (source, target)
    )
    return weights_to(here, there, properties=len(properties))


def signs_of(output: Output, tree: DecisionTree) -> Signs:
    """`read_signs` of a model's output."""
    return read_signs(output.alpha, output.features.cpu().numpy(), tree)


def _bins(source: Galaxies, target: Galaxies) -> tuple[np.ndarray, np.ndarray] | None:
    """Bins of both surveys by the properties known in both; None if none is."""
    names = [n for n in PROPERTIES if _has_all(source, n) and _has_all(target, n)]
    if not names:
        return None
    return shared_bins(*(g.index[names].to_numpy(float) for g in (source, target)))


def _has_all(galaxies: Galaxies, name: str) -> bool:
    """Whether a property is known for every galaxy."""
    index = galaxies.index
    return name in index and np.isfinite(index[name].to_numpy(float)).all()


def output_of(
    setup: Adaptation,
    model: GalaxyModel,
    galaxies: Galaxies,
    *,
    of_source: bool = False,
    calibrated: bool = True,
) -> Output:
    """The output of ``model``, calibrated as the source model is, if at all."""
    model.to(setup.fabric.device)
    features = features_of(
        setup.fabric, model, galaxies, setup.card.image, of_source=of_source
    )
    with torch.no_grad():
        if calibrated:
            alpha = calibrated_posteriors(model, setup.card, features)
        else:
            alpha = concentration(model.logits(features))
    return Output(alpha.double().cpu().numpy(), features)
