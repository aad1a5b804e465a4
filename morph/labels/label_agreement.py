"""Agreement of labels: of a person with themselves, and between people.

Cohen's kappa is the agreement beyond that of chance. Its interval is the percentile
bootstrap over galaxies (Efron & Tibshirani 1993), with a fixed seed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import attrgetter

import numpy as np

from morph.labels.answers_file import ANSWERS, Act
from morph.labels.in_force import not_undone
from morph.labels.label_question import LabelQuestion

FEW_PAIRS = 10  # fewer give no interval
MOST_TAGS = 20
MOST_PEOPLE = 12  # compared with one another: 66 pairs
_DRAWS, _SEED, _MASS = 2000, 0, 0.95

Pair = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class PairAgreement:
    """Agreement of pairs of answers, one pair a galaxy.

    ``kappa`` is NaN where chance alone would agree always, as if all answers are the
    same; ``low`` and ``high``, of its 95% interval, also with fewer than `FEW_PAIRS`.
    """

    who: str
    other: str  # "" for the same person
    of: str  # the answer or tag it is about; "" for all answers together
    pairs: int
    unknown: int  # pairs left out, as one of the two is "don't know"
    agreeing: int
    kappa: float
    low: float
    high: float


def self_consistency(one: LabelQuestion, acts: Iterable[Act]) -> list[PairAgreement]:
    """For each person, the first and the second answer to galaxies shown twice."""
    given: dict[str, dict[tuple[str, str], dict[int, Act]]] = {}
    for act in sorted(not_undone(acts), key=attrgetter("when")):
        if act.kind in ANSWERS and act.queue:
            of_galaxy = given.setdefault(act.who, {}).setdefault(
                (act.queue, act.iauname), {}
            )
            of_galaxy[act.showing] = act
    return [
        row
        for who, galaxies in sorted(given.items())
        for row in _compared(
            one,
            (who, ""),
            [
                (g[1].answer, g[2].answer)
                for g in galaxies.values()
                if {1, 2} <= g.keys()
            ],
        )
    ]


def between_people(
    one: LabelQuestion, counted: Mapping[tuple[str, str], Act]
) -> list[PairAgreement]:
    """For each two people, their answers to the galaxies that both have labelled.

    Of more than `MOST_PEOPLE`, those who have labelled most.
    """
    given: dict[str, dict[str, tuple[str, ...]]] = {}
    for (who, iauname), act in counted.items():
        given.setdefault(who, {})[iauname] = act.answer
    first = sorted(given, key=lambda who: (-len(given[who]), who))[:MOST_PEOPLE]
    found = []
    for who, other in combinations(sorted(first), 2):
        both = given[who].keys() & given[other].keys()
        pairs = [(given[who][name], given[other][name]) for name in sorted(both)]
        found += _compared(one, (who, other), pairs)
    return found


def kappa(counts: np.ndarray, *, squared: bool = False) -> np.ndarray:
    """Cohen's kappa of matrices of counts, (..., A, A) to (...).

    ``squared`` weights a disagreement by the squared difference of the positions of
    the two answers, as is usual for ratings (Cohen 1968). NaN where the expected
    disagreement is 0.
    """
    places = np.arange(counts.shape[-1])
    weights = (places[:, None] - places) ** 2 if squared else places[:, None] != places
    total = counts.sum(axis=(-2, -1))
    rows, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    chance = np.einsum("...i,ij,...j->...", rows, weights.astype(float), columns)
    seen = (counts * weights).sum(axis=(-2, -1)) * total
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance > 0, 1 - seen / chance, np.nan)


def kappa_interval(counts: np.ndarray, *, squared: bool = False) -> tuple[float, float]:
    """The 95% bootstrap interval of `kappa` of one (A, A) matrix of counts.

    To draw pairs with replacement is to draw counts of a multinomial distribution.
    Draws of which kappa is not defined are left out; NaN if half of them are.
    """
    total = int(counts.sum())
    if total < FEW_PAIRS:
        return np.nan, np.nan
    rng = np.random.default_rng(_SEED)
    drawn = rng.multinomial(total, (counts / total).ravel(), _DRAWS)
    values = kappa(drawn.reshape(-1, *counts.shape), squared=squared)
    known = values[~np.isnan(values)]
    if 2 * len(known) < _DRAWS:
        return np.nan, np.nan
    tail = (1 - _MASS) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def _compared(
    one: LabelQuestion, who: tuple[str, str], pairs: Sequence[Pair]
) -> list[PairAgreement]:
    """One row for a question of one answer, else one for each answer or tag."""
    known = [pair for pair in pairs if all(pair)]
    if not pairs:
        return []
    unknown = len(pairs) - len(known)
    if one.kind in ("one", "rating"):
        index = {answer: place for place, answer in enumerate(one.offered)}
        counts = np.zeros((len(index), len(index)))
        for first, second in known:
            counts[index[first[0]], index[second[0]]] += 1
        return [_row(*who, "", unknown, counts, squared=one.kind == "rating")]
    held = Counter(part for pair in known for answer in pair for part in answer)
    names = one.offered or [name for name, _ in held.most_common()]
    rows = []
    for name in names[:MOST_TAGS]:
        counts = np.zeros((2, 2))
        for first, second in known:
            counts[int(name in first), int(name in second)] += 1
        rows.append(_row(*who, name, unknown, counts))
    return rows


def _row(
    who: str,
    other: str,
    of: str,
    unknown: int,
    counts: np.ndarray,
    *,
    squared: bool = False,
) -> PairAgreement:
    value = float(kappa(counts, squared=squared))
    ends = (np.nan, np.nan)
    if not np.isnan(value):
        ends = kappa_interval(counts, squared=squared)
    pairs, agreeing = int(counts.sum()), int(np.trace(counts))
    return PairAgreement(who, other, of, pairs, unknown, agreeing, value, *ends)
