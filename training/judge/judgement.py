"""Judge a model on the target survey without votes.

The source model's output for source images is computed once; adapted models are
compared with it on the same galaxies.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from morph.errors import MorphError
from morph.images.store import CutoutStore
from morph.trees.decision_tree import DecisionTree
from training.apply.evaluate import refuse_seen_galaxies
from training.apply.forward import features_of
from training.judge.collapse_signs import (
    FeatureNeighbours,
    Signs,
    alarms,
    neighbour_alarms,
    read_neighbours,
    read_signs,
)
from training.judge.label_free_measures import (
    conditional_shift,
    information,
    log_fractions,
    pair_disagreement,
    separability,
    shared_bins,
)
from training.judge.reobserved import (
    Reobserved,
    nats_a_galaxy,
    remaining_disagreement,
    reobserve,
)
from training.network.calibrate import calibrated_posteriors
from training.network.model import GalaxyModel
from training.pixels.galaxy_images import Galaxies, bad_pixels_at, pixel_of
from training.pixels.on_disk import MappedPixels
from training.survey_differences.adaptation_context import Adaptation, partners
from training.survey_differences.feature_distances import maximum_mean_discrepancy

PROPERTIES = ("mag_r", "radius_arcsec")  # at which surveys are compared
ORDER = ("pairs", "conditional")  # the first available measure decides
_DISTANCE_GALAXIES = 1024  # of either survey, for the distance of their features


@dataclass(frozen=True)
class Output:
    """A model's concentrations (N, L) and features (N, D) of N galaxies."""

    alpha: np.ndarray
    features: Tensor


@dataclass(frozen=True)
class Reference:
    """The source model's output for the source, and target galaxies to compare.

    ``twins`` are target images of galaxies imaged by both surveys, ``paired`` the
    source model's concentrations of their source images. ``reobserved`` is for methods
    that learn from mock observations. ``missing`` explains parts that are None.
    """

    setup: Adaptation
    source: Output
    signs: Signs
    target: Galaxies
    neighbours: FeatureNeighbours
    bins: tuple[np.ndarray, np.ndarray] | None
    paired: np.ndarray | None
    twins: Galaxies | None
    reobserved: Reobserved | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """Measures of a model on the target; a smaller ``value`` is better.

    ``value`` is the measure named ``criterion``, None if none is available; ``parts``
    are all measures; ``distance`` is the squared MMD of the features from the source
    model's over the source; ``neighbours`` the neighbour agreement; ``nats`` the loss
    of votes on mock observations, for methods that learn from these.
    """

    value: float | None
    criterion: str | None
    parts: dict[str, float]
    distance: float
    neighbours: float
    alarms: tuple[str, ...]
    nats: float | None = None


def read_reference(setup: Adaptation) -> Reference:
    """Read the galaxies to judge on, and apply the source model to them.

    MorphError if the galaxies named as imaged by both surveys are not the same.
    """
    config, tree = setup.config, setup.tree
    source, rows = _sample(setup, config.source_stores)
    target, _ = _sample(setup, config.target_stores)
    output = _output(setup, setup.unadapted, source, of_source=True)
    target_output = _output(setup, setup.unadapted, target)
    bins, missing = _bins(source, target), []
    if bins is None:
        missing.append(f"neither {' nor '.join(PROPERTIES)} is known in both surveys")
    (source_twins, twins), paired = _pairs(setup), None
    if twins is None:
        missing.append("no galaxies imaged by both surveys are named in choice")
    else:
        paired = _output(setup, setup.unadapted, source_twins, of_source=True).alpha
    reobserved = None
    if config.simulates:
        votes = setup.votes(config.source_stores)[torch.from_numpy(rows)]
        reobserved = reobserve(source, votes, source_twins, target, config.seed)
    return Reference(
        setup=setup,
        source=output,
        signs=_signs(output, tree),
        target=target,
        neighbours=read_neighbours(target_output.alpha, target_output.features, tree),
        bins=bins,
        paired=paired,
        twins=twins,
        reobserved=reobserved,
        missing=tuple(missing),
    )


def judge(reference: Reference, model: GalaxyModel) -> Judgement:
    """Compare ``model`` with the source model."""
    tree, source = reference.setup.tree, reference.source
    output = _output(reference.setup, model, reference.target)
    parts = {}
    if reference.twins is not None:
        parts["pairs"] = _disagreement(reference, model, reference.twins)
    if reference.bins is not None:
        shift = conditional_shift(source.alpha, output.alpha, reference.bins, tree)
        parts["conditional"] = _mean(shift)
    logs = (log_fractions(alpha, tree) for alpha in (source.alpha, output.alpha))
    parts["separability"] = separability(*logs)
    parts["information"] = _mean(information(output.alpha, tree))
    near, far = (_thinned(t.features) for t in (source, output))
    neighbours = reference.neighbours.agreement_now(output.alpha, tree)
    criterion = next((name for name in ORDER if name in parts), None)
    return Judgement(
        value=parts.get(criterion),
        criterion=criterion,
        parts=parts,
        distance=maximum_mean_discrepancy(near, far).item(),
        neighbours=neighbours,
        alarms=(
            *alarms(reference.signs, _signs(output, tree), tree),
            *neighbour_alarms(reference.neighbours, neighbours),
        ),
    )


def mock_nats(reference: Reference, model: GalaxyModel) -> float:
    """Loss of the votes on mock observations of their galaxies, nats per galaxy."""
    setup, mocks = reference.setup, reference.reobserved
    alpha = _output(setup, model, mocks.voted).alpha
    return nats_a_galaxy(alpha, mocks.votes, setup.tree)


def judge_by_mocks(
    reference: Reference, judged: Judgement, model: GalaxyModel
) -> Judgement:
    """``judged`` of a model that learnt from mock observations, with measures on these.

    The disagreement with the source model that is due to learning from votes is
    subtracted. ``model`` has the statistics of the mock observations; those of the
    target would not fit where the simulation is wrong.
    """
    judged = replace(judged, nats=mock_nats(reference, model))
    if reference.reobserved.twins is None:
        return judged
    learnt = _disagreement(reference, model, reference.reobserved.twins)
    value = remaining_disagreement(judged.parts["pairs"], learnt)
    parts = judged.parts | {"remaining": value}
    return replace(judged, value=value, criterion="remaining", parts=parts)


def _disagreement(reference: Reference, model: GalaxyModel, twins: Galaxies) -> float:
    """Mean `pair_disagreement` with the source model on images of the same galaxies."""
    alpha = _output(reference.setup, model, twins).alpha
    return _mean(pair_disagreement(reference.paired, alpha, reference.setup.tree))


def _signs(output: Output, tree: DecisionTree) -> Signs:
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


def _sample(setup: Adaptation, names: tuple[str, ...]) -> tuple[Galaxies, np.ndarray]:
    """A random sample of the stores' galaxies, and their rows in all stores.

    Without those with too many bad pixels, from which nothing is learnt.
    """
    stores = setup.opened(names)
    rows = _drawn(setup, sum(len(s.names) for s in stores))
    bad = bad_pixels_at(stores, rows)
    rows = rows[~bad.unusable(setup.config.bad_pixels.most)]
    return _read(setup, stores, rows), rows


def _pairs(setup: Adaptation) -> tuple[Galaxies | None, Galaxies | None]:
    """Source and target images of galaxies imaged by both surveys."""
    config = setup.config.choice
    if not (config.source_stores or config.target_stores):
        return None, None
    if not (config.source_stores and config.target_stores):
        raise MorphError(
            "choice names galaxies of one survey only; name the cutout stores of the "
            "same galaxies in choice.source_stores and choice.target_stores, or none"
        )
    target = setup.opened(config.target_stores)
    for store in target:
        refuse_seen_galaxies(setup.run.root, store, setup.config.learnt_stores)
    source, index = setup.opened(config.source_stores), _index(target)
    rows = _drawn(setup, len(index))
    source_rows = partners(_index(source), index.iloc[rows], "choice")
    return _read(setup, source, source_rows), _read(setup, target, rows)


def _read(setup: Adaptation, stores: list[CutoutStore], rows: np.ndarray) -> Galaxies:
    """The galaxies of these rows of all stores together; reads only their pixels."""
    pixels = MappedPixels([store.pixels for store in stores], setup.fabric.device)
    index = _index(stores).iloc[rows].reset_index(drop=True)
    return Galaxies(index, pixels[torch.from_numpy(rows)], pixel_of(stores[0]))


def _index(stores: list[CutoutStore]) -> pd.DataFrame:
    return pd.concat([store.index for store in stores], ignore_index=True)


def _drawn(setup: Adaptation, total: int) -> np.ndarray:
    """Sorted rows of a random sample of ``total`` galaxies, or of all."""
    order = np.random.default_rng(setup.config.seed).permutation(total)
    return np.sort(order[: setup.config.choice.galaxies])


def _thinned(features: Tensor) -> Tensor:
    """Every n-th row, for what takes quadratic time."""
    return features[:: -(-len(features) // _DISTANCE_GALAXIES)]


def _mean(by_question: np.ndarray) -> float:
    return float(np.nanmean(by_question))


def _output(
    setup: Adaptation,
    model: GalaxyModel,
    galaxies: Galaxies,
    *,
    of_source: bool = False,
) -> Output:
    model.to(setup.fabric.device)
    features = features_of(
        setup.fabric, model, galaxies, setup.card.image, of_source=of_source
    )
    with torch.no_grad():
        alpha = calibrated_posteriors(model, setup.card, features)
    return Output(alpha.double().cpu().numpy(), features)
