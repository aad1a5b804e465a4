"""A model judged on the target survey without votes: the measures, put to its pictures.

What the source model says of source pictures is read once; a model that adapts is held
against it again and again, on the same galaxies.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from morph.errors import MorphError
from morph.images.store import CutoutStore
from training.apply.evaluate import refuse_seen_galaxies
from training.apply.forward import features_of
from training.judge.collapse_signs import Signs, alarms, read_signs
from training.judge.measures import (
    conditional_shift,
    information,
    log_fractions,
    pair_disagreement,
    separability,
    shared_bins,
)
from training.judge.neighbour_agreement import (
    Neighbours,
    neighbour_alarms,
    now_agreeing,
    read_neighbours,
)
from training.judge.reobserved import (
    Retaken,
    nats_a_galaxy,
    remaining_disagreement,
    retake,
)
from training.network.calibrate import calibrated
from training.network.model import GalaxyModel, concentration
from training.pixels.galaxy_images import Galaxies, open_stores
from training.surveys.context import Adaptation
from training.surveys.feature_distances import maximum_mean_discrepancy
from training.surveys.survey_pairs import partners

KNOWN = ("mag_r", "radius_arcsec")  # what tells galaxies alike, where it is known
ORDER = ("pairs", "conditional")  # the first that can be taken decides
_DISTANCE_GALAXIES = 1024  # of either survey, for the distance of their features


@dataclass(frozen=True)
class Told:
    """What a model says of N galaxies: concentrations (N, L) and features (N, D)."""

    alpha: np.ndarray
    features: Tensor


@dataclass(frozen=True)
class Reference:
    """What the source model says of the source, and the target's galaxies beside it.

    ``paired`` are the source model's concentrations of source pictures of the galaxies
    ``twins``, whose pictures are the target's. ``retaken`` is for methods that learn
    from such pictures. ``missing`` says why a part is left out.
    """

    source: Told
    signs: Signs
    target: Galaxies
    neighbours: Neighbours
    bins: tuple[np.ndarray, np.ndarray] | None
    paired: np.ndarray | None
    twins: Galaxies | None
    retaken: Retaken | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """How well a model seems to do on the target; the smaller ``value`` the better.

    ``value`` is the measure that ``criterion`` names, None where none can be taken;
    ``parts`` are all measures, also those that have no say; ``distance`` is that of the
    features (squared MMD) from the source model's of the source; ``neighbours`` how
    often galaxies that look alike to the source model are told alike; ``nats`` what
    votes cost on source pictures retaken, of methods that learn from such.
    """

    value: float | None
    criterion: str | None
    parts: dict[str, float]
    distance: float
    neighbours: float
    alarms: tuple[str, ...]
    nats: float | None = None


def read_reference(given: Adaptation) -> Reference:
    """Read the galaxies to judge on, and what the source model says of them.

    Raises
    ------
    MorphError
        If the galaxies named as imaged by both surveys are not the same.
    """
    config, tree = given.config, given.tree
    (source, rows), (target, _) = (
        _sample(given, names) for names in (config.source_stores, config.target_stores)
    )
    told = _told(given, given.unadapted, source, of_source=True)
    own = _told(given, given.unadapted, target)
    known = [name for name in KNOWN if all(map(_has(name), (source, target)))]
    missing = []
    if not known:
        missing.append(f"neither {' nor '.join(KNOWN)} is known in both surveys")
    tables = [galaxies.index[known].to_numpy(float) for galaxies in (source, target)]
    (seen, twins), paired = _pairs(given), None
    if seen is None:
        missing.append("no galaxies imaged by both surveys are named in choice")
    else:
        paired = _told(given, given.unadapted, seen, of_source=True).alpha
    retaken = None
    if config.simulates:
        votes = given.votes(config.source_stores)[torch.from_numpy(rows)]
        retaken = retake(source, votes, seen, target, config.seed)
    return Reference(
        source=told,
        signs=read_signs(told.alpha, told.features.cpu().numpy(), tree),
        target=target,
        neighbours=read_neighbours(own.alpha, own.features, tree),
        bins=shared_bins(*tables) if known else None,
        paired=paired,
        twins=twins,
        retaken=retaken,
        missing=tuple(missing),
    )


def judge(reference: Reference, given: Adaptation, model: GalaxyModel) -> Judgement:
    """Hold ``model`` against the source model."""
    tree, source = given.tree, reference.source
    told = _told(given, model, reference.target)
    parts = {}
    if reference.twins is not None:
        own = _told(given, model, reference.twins).alpha
        parts["pairs"] = _mean(pair_disagreement(reference.paired, own, tree))
    if reference.bins is not None:
        shift = conditional_shift(source.alpha, told.alpha, reference.bins, tree)
        parts["conditional"] = _mean(shift)
    logs = (log_fractions(alpha, tree) for alpha in (source.alpha, told.alpha))
    parts["separability"] = separability(*logs)
    parts["information"] = _mean(information(told.alpha, tree))
    signs = read_signs(told.alpha, told.features.cpu().numpy(), tree)
    near, far = (_thinned(t.features) for t in (source, told))
    alike = now_agreeing(reference.neighbours, told.alpha, tree)
    found = [
        *alarms(reference.signs, signs, tree),
        *neighbour_alarms(reference.neighbours, alike),
    ]
    criterion = next((name for name in ORDER if name in parts), None)
    return Judgement(
        value=parts.get(criterion),
        criterion=criterion,
        parts=parts,
        distance=maximum_mean_discrepancy(near, far).item(),
        neighbours=alike,
        alarms=tuple(found),
    )


def nats_retaken(reference: Reference, given: Adaptation, model: GalaxyModel) -> float:
    """What votes cost a model on their galaxies' pictures retaken, nats a galaxy."""
    told = _told(given, model, reference.retaken.voted).alpha
    return nats_a_galaxy(told, reference.retaken.votes, given.tree)


def judge_by_retaken(
    reference: Reference, given: Adaptation, found: Judgement, model: GalaxyModel
) -> Judgement:
    """``found`` of a model that learnt from pictures retaken, with what these say.

    What it learnt from votes, the source model did not know: that is taken out of how
    much they disagree.

    Parameters
    ----------
    model : GalaxyModel
        The one judged, its statistics those of the pictures retaken: the target's
        would be foreign to it there wherever the simulation is wrong.
    """
    found = replace(found, nats=nats_retaken(reference, given, model))
    if reference.retaken.twins is None:
        return found
    told = _told(given, model, reference.retaken.twins).alpha
    learnt = _mean(pair_disagreement(reference.paired, told, given.tree))
    value = remaining_disagreement(found.parts["pairs"], learnt)
    parts = found.parts | {"remaining": value}
    return replace(found, value=value, criterion="remaining", parts=parts)


def _has(name: str) -> Callable[[Galaxies], bool]:
    """Whether something is known of every galaxy."""
    return lambda galaxies: (
        name in galaxies.index
        and np.isfinite(galaxies.index[name].to_numpy(float)).all()
    )


def _sample(given: Adaptation, names: tuple[str, ...]) -> tuple[Galaxies, np.ndarray]:
    """Galaxies of the stores, drawn at random where there are more than needed.

    And which rows of all stores together they are.
    """
    stores = _stores(given, names)
    rows = _drawn(given, sum(len(s.names) for s in stores))
    return _read(given, stores, rows), rows


def _pairs(given: Adaptation) -> tuple[Galaxies | None, Galaxies | None]:
    """Source and target pictures of galaxies that both surveys have imaged."""
    config = given.config.choice
    if not (config.source_stores or config.target_stores):
        return None, None
    if not (config.source_stores and config.target_stores):
        raise MorphError(
            "choice names galaxies of one survey alone; name the cutout stores of the "
            "same galaxies in choice.source_stores and choice.target_stores, or none"
        )
    for store in _stores(given, config.target_stores):
        refuse_seen_galaxies(given.run.root, store, given.config.learnt_stores)
    seen, own = (
        _stores(given, names) for names in (config.source_stores, config.target_stores)
    )
    index, other = map(_index, (seen, own))
    rows = _drawn(given, len(other))
    row = partners(index, other.iloc[rows], "choice")
    return _read(given, seen, row), _read(given, own, rows)


def _stores(given: Adaptation, names: tuple[str, ...]) -> list[CutoutStore]:
    return open_stores(given.run.root, names)


def _read(given: Adaptation, stores: list[CutoutStore], rows: np.ndarray) -> Galaxies:
    """The galaxies of these rows of all stores together, and no others' pixels."""
    starts = np.cumsum([0, *(len(store.names) for store in stores)])
    which = np.searchsorted(starts, rows, side="right") - 1
    flux = np.empty((len(rows), *stores[0].pixels.shape[1:]), np.float16)
    for place, store in enumerate(stores):
        mine = which == place
        flux[mine] = store.pixels[rows[mine] - starts[place]]
    index = _index(stores).iloc[rows].reset_index(drop=True)
    return Galaxies(index, torch.from_numpy(flux).to(given.fabric.device))


def _index(stores: list[CutoutStore]) -> pd.DataFrame:
    return pd.concat([store.index for store in stores], ignore_index=True)


def _drawn(given: Adaptation, total: int) -> np.ndarray:
    """Rows of so many galaxies, in their order: all, or a random sample of them."""
    order = np.random.default_rng(given.config.seed).permutation(total)
    return np.sort(order[: given.config.choice.galaxies])


def _thinned(features: Tensor) -> Tensor:
    """Every so manieth row, for what takes the square of their number."""
    return features[:: -(-len(features) // _DISTANCE_GALAXIES)]


def _mean(by_question: np.ndarray) -> float:
    return float(np.nanmean(by_question))


def _told(
    given: Adaptation,
    model: GalaxyModel,
    galaxies: Galaxies,
    *,
    of_source: bool = False,
) -> Told:
    model.to(given.fabric.device)
    features = features_of(
        given.fabric, model, galaxies, given.card.image, of_source=of_source
    )
    with torch.no_grad():
        alpha = concentration(model.logits(features))
    alpha = calibrated(alpha, given.card.calibration, given.tree)
    return Told(alpha.double().cpu().numpy(), features)
