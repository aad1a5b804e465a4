"""Measures of an adapted model on the target, without its votes."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from morph.trees.decision_tree import DecisionTree
from training.judge.collapse_signs import alarms, moved_alarms, neighbour_alarms
from training.judge.label_free_measures import (
    chance_shift,
    conditional_shift,
    information,
    log_fractions,
    pair_disagreement,
    separability,
)
from training.judge.reference import (
    FEWEST_VOTED,
    Reference,
    output_of,
    signs_of,
)
from training.judge.reobserved import nats_of_galaxies, remaining_disagreement
from training.judge.verdicts import Change, change, drawn, mean_change
from training.network.calibrate import crossed
from training.network.model import GalaxyModel
from training.survey_differences.feature_distances import maximum_mean_discrepancy

ORDER = ("pairs", "conditional")  # the first available measure is an epoch's value
_NORMAL = 1.96  # standard deviations of a 95% interval
_DISTANCE_GALAXIES = 1024  # of either survey, for the distance of their features


@dataclass(frozen=True)
class Judgement:
    """Measures of a model on the target; a smaller ``value`` is better.

    ``value`` is the measure named ``criterion``, None if none is available; ``parts``
    are all measures; ``distance`` is the squared MMD of the features from the source
    model's over the source; ``neighbours`` the neighbour agreement.
    """

    value: float | None
    criterion: str | None
    parts: dict[str, float]
    distance: float
    neighbours: float
    alarms: tuple[str, ...]


def judge(reference: Reference, model: GalaxyModel) -> Judgement:
    """Compare ``model`` with the source model."""
    tree, source = reference.setup.tree, reference.source
    output = output_of(reference.setup, model, reference.target)
    parts = {}
    if reference.twins is not None:
        own = output_of(reference.setup, model, reference.twins).alpha
        parts["pairs"] = _mean(pair_disagreement(reference.paired, own, tree))
    if reference.bins is not None:
        typical, bins = typical_of(reference)
        shift = conditional_shift(typical, output.alpha, bins, tree)
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
            *alarms(reference.signs, signs_of(output, tree), tree),
            *moved_alarms(reference.unadapted.alpha, output.alpha, tree),
            *neighbour_alarms(reference.neighbours, neighbours),
        ),
    )


def _thinned(features: Tensor) -> Tensor:
    """Every n-th row, for what takes quadratic time."""
    return features[:: -(-len(features) // _DISTANCE_GALAXIES)]


def _mean(by_question: np.ndarray) -> float:
    return float(means(by_question))


def changes(
    reference: Reference, model: GalaxyModel, learnt: GalaxyModel | None = None
) -> tuple[Change, ...]:
    """Every criterion before and after an adaptation, those that decide first.

    ``model`` is the adapted model; ``learnt``, for methods that learn from mock
    observations, the same with batch-norm statistics of mock observations: those of the
    target would not fit where the simulation is wrong.
    """
    after = output_of(reference.setup, model, reference.target).alpha
    parts = (
        pairs_change(reference, model, learnt),
        _conditional_change(reference, after),
        _votes_change(reference, model),
    )
    return tuple(part for part in parts if part is not None)


def pairs_change(
    reference: Reference, model: GalaxyModel, learnt: GalaxyModel | None
) -> Change | None:
    """Disagreement on galaxies imaged by both surveys, without what was learnt."""
    setup, twins = reference.setup, reference.twins
    if twins is None:
        return None
    models = {"before": (setup.unadapted, twins), "after": (model, twins)}
    if learnt is not None:
        models["learnt"] = (learnt, reference.reobserved.twins)
    alpha = {name: output_of(setup, *pair).alpha for name, pair in models.items()}

    def compared(times: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        found = {
            name: means(pair_disagreement(reference.paired, own, setup.tree, times))
            for name, own in alpha.items()
        }
        if learnt is None:
            return found["before"], found["after"]
        left = remaining_disagreement(found["after"], found["learnt"])
        return found["before"], left

    name = "pairs" if learnt is None else "remaining"
    return change(name, compared(None), compared(drawn(len(twins))))


def typical_of(
    reference: Reference,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Typical concentrations (M, L), and bins of those galaxies and of the target's."""
    rows, alpha = reference.typical
    return alpha, (reference.bins[0][rows], reference.bins[1])


def _conditional_change(reference: Reference, after: np.ndarray) -> Change | None:
    """Shift of mean fractions at equal magnitude and size, from the source's votes."""
    test = reference.population
    if reference.bins is None:
        return None
    typical, bins = typical_of(reference)
    found, scatter = shift_change(
        "conditional",
        (typical, reference.unadapted.alpha),
        (typical, after),
        bins,
        reference.setup.tree,
    )
    if test is not None and test.other:
        return replace(found, doubt="the target has another population of galaxies")
    # What two samples of one population differ by cannot get better.
    if found.verdict == "better" and _by_chance(found.before, found, scatter[0]):
        return replace(found, doubt="before, it was no larger than by chance")
    return found


def shift_change(
    criterion: str,
    before: tuple[np.ndarray, np.ndarray],
    after: tuple[np.ndarray, np.ndarray],
    bins: tuple[np.ndarray, np.ndarray],
    tree: DecisionTree,
) -> tuple[Change, tuple[float, float]]:
    """The change of `conditional_shift`, and the scatters of its square (two).

    From concentrations (N, L) and (M, L) of both surveys. Two samples of one population
    differ by chance, and differ more by a model that tells their galaxies better apart.
    The value after is therefore what it would be if it had the chance of that before. A
    bootstrap sample has that of the survey and its own, twice as much.
    """
    chance = [chance_shift(*pair, bins, tree) for pair in (before, after)]
    more = chance[1] ** 2 - chance[0] ** 2

    def compared(times: tuple[np.ndarray, np.ndarray] | None) -> tuple:
        shifts = [
            conditional_shift(*pair, bins, tree, times) for pair in (before, after)
        ]
        excess = shifts[1] ** 2 - (more if times is None else 2 * more)
        return means(shifts[0]), means(np.sqrt(np.maximum(excess, 0)))

    samples = compared((drawn(len(bins[0])), drawn(len(bins[1]), 1)))
    by_chance = float(means(chance[0]))
    found = change(criterion, compared(None), samples, chance=by_chance)
    scatter = tuple(float(np.square(sample).std()) for sample in samples)
    return found, scatter


def _by_chance(value: float, found: Change, scatter: float) -> bool:
    """Whether two samples of one population may have such a value of `shift_change`."""
    return value**2 - found.chance**2 < _NORMAL * scatter


def _votes_change(reference: Reference, model: GalaxyModel) -> Change | None:
    """Loss of held-out votes on mock observations, weighted to the target's population.

    Both models are calibrated alike, each half of the galaxies by the votes of the
    other, so that a better calibration is not taken for a better model.
    """
    setup, mocks = reference.setup, reference.reobserved
    if mocks is None or len(mocks.held_out) < FEWEST_VOTED:
        return None
    nats = []
    for one in (setup.unadapted, model):
        raw = output_of(setup, one, mocks.held_out, calibrated=False).alpha
        alpha = crossed(torch.from_numpy(raw), mocks.votes.cpu(), setup.tree).numpy()
        nats.append(nats_of_galaxies(alpha, mocks.votes, setup.tree))
    doubt = _doubt_of_mocks(reference)
    found = mean_change("votes", *nats, reference.held_out_weight, doubt=doubt)
    test = reference.population
    if test is not None and test.other and found.verdict == "better":
        words = "in another population, mock observations cannot be compared with it"
        return replace(found, doubt=words)
    return found


def _doubt_of_mocks(reference: Reference) -> str:
    """Why mock observations cannot stand for the target, or "".

    The source model's mean answers for them, at equal magnitude and size, must not be
    farther from those for the target than its answers for the source images are; or no
    farther than by chance, if the surveys hardly differ. In another population this
    cannot be seen.
    """
    setup, bins, test = reference.setup, reference.bins, reference.population
    if bins is None or (test is not None and test.other):
        return ""
    target = reference.unadapted.alpha
    found, scatter = shift_change(
        "realism",
        (reference.source.alpha, target),
        (reference.mocked, target),
        bins,
        setup.tree,
    )
    if found.verdict != "worse" or _by_chance(found.after, found, scatter[1]):
        return ""
    return (
        "the source model's answers for mock observations are farther from those for "
        f"the target ({found.after:.4f}) than its answers for source images are "
        f"({found.before:.4f})"
    )


def means(by_question: np.ndarray) -> np.ndarray:
    """Means over the questions that have values, of (..., Q)."""
    return np.nanmean(by_question, axis=-1)
