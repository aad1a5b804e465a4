"""SWAP: weigh votes as they come, and say when a subject has had enough of them.

Marshall et al. (2016, MNRAS 455, 1171). Each person has two probabilities, that of
saying yes where the answer is yes (PL) and no where it is no (PD); each subject a
probability that grows or falls with each vote. The votes are replayed in the order of
their time, so that the same votes always give the same result.
"""

from dataclasses import dataclass

import numpy as np

from morph.crowd.votes import Votes
from morph.errors import MorphError

_SKILLS = (0.01, 0.99)  # nobody is taken to be always right, or always wrong


@dataclass(frozen=True)
class SwapRules:
    """How votes are weighed, and when a subject is retired."""

    prior: float = 0.5  # of yes
    start: float = 0.5  # PL and PD of a person of whom nothing is known
    skepticism: float = 0.0  # votes added to the two that the start counts for
    detected: float = 0.95  # retired as yes from here on
    rejected: float = 0.05  # retired as no up to here
    least: float = 0.001  # of a probability, and 1 minus this the most
    learn_from_all: bool = False  # also from subjects whose answer is not known

    def __post_init__(self) -> None:
        if not 0 < self.rejected < self.prior < self.detected < 1:
            raise MorphError(
                f"the thresholds are {self.rejected:g} and {self.detected:g}, and the "
                f"prior is {self.prior:g}; expected 0 < rejected < prior < detected < 1"
            )
        if not (_SKILLS[0] <= self.start <= _SKILLS[1] and self.skepticism >= 0):
            raise MorphError(
                f"a new person is right in {self.start:.0%}, with {self.skepticism:g} "
                "more votes; expected 1% to 99%, and 0 votes or more"
            )
        if not 0 < self.least < min(self.rejected, 1 - self.detected):
            raise MorphError(
                f"probabilities are kept above {self.least:g}; expected more than 0, "
                "and less than the thresholds leave"
            )


@dataclass(frozen=True)
class Swap:
    """The result of a replay, of S subjects and P people."""

    probability: np.ndarray  # (S,) of yes
    state: np.ndarray  # (S,) 1 detected, -1 rejected, 0 neither
    used: np.ndarray  # (S,) votes until it was retired, or all
    pl: np.ndarray  # (P,)
    pd: np.ndarray  # (P,)

    @property
    def posterior(self) -> np.ndarray:
        """(S, 2) probability of yes and of no."""
        return np.stack([self.probability, 1 - self.probability], axis=1)

    @property
    def confusion(self) -> np.ndarray:
        """(P, 2, 2) P(vote | truth), yes first."""
        yes = np.stack([self.pl, 1 - self.pl], axis=1)
        no = np.stack([1 - self.pd, self.pd], axis=1)
        return np.stack([yes, no], axis=1)


def replay(
    votes: Votes,
    yes: int,
    rules: SwapRules,
    *,
    known: np.ndarray | None = None,
    retire: bool = False,
) -> Swap:
    """Weigh the votes one after another; ``yes`` is the index of the answer asked for.

    ``known`` are (S,) true answers as indices, -1 where unknown: people learn from
    them, and they are never retired. With ``retire``, later votes on a retired subject
    are not counted, as they would not have been asked for.
    """
    told = (votes.answer == yes).tolist()
    truth = np.full(len(votes.subjects), -1) if known is None else known
    true_yes = [None if one < 0 else bool(one == yes) for one in truth.tolist()]
    p = [rules.prior] * len(votes.subjects)
    used = [0] * len(votes.subjects)
    state = [0] * len(votes.subjects)
    pl, pd = ([rules.start] * len(votes.people) for _ in range(2))
    nl, nd = ([2.0 + rules.skepticism] * len(votes.people) for _ in range(2))
    low, high = rules.least, 1 - rules.least
    for who, of, said_yes in zip(
        votes.person.tolist(), votes.subject.tolist(), told, strict=True
    ):
        if retire and state[of]:
            continue
        used[of] += 1
        p[of] = min(max(_updated(p[of], pl[who], pd[who], said_yes), low), high)
        if true_yes[of] is None:
            state[of] = (p[of] >= rules.detected) - (p[of] <= rules.rejected)
        sure = p[of] if true_yes[of] is None else float(true_yes[of])
        if true_yes[of] is not None or rules.learn_from_all:
            pl[who], nl[who] = _learnt(pl[who], nl[who], said_yes, sure)
            pd[who], nd[who] = _learnt(pd[who], nd[who], not said_yes, 1 - sure)
    return Swap(*map(np.array, (p, state, used, pl, pd)))


def _updated(p: float, pl: float, pd: float, said_yes: bool) -> float:
    """The probability of yes after a vote (Bayes)."""
    if_yes, if_no = (pl, 1 - pd) if said_yes else (1 - pl, pd)
    return if_yes * p / (if_yes * p + if_no * (1 - p))


def _learnt(
    skill: float, number: float, right: bool, weight: float
) -> tuple[float, float]:
    """A skill and the votes behind it after one more vote that counts ``weight``."""
    new = (skill * number + weight * right) / (number + weight)
    return min(max(new, _SKILLS[0]), _SKILLS[1]), number + weight
