"""The ways in which votes can be weighed, under one name each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from morph.crowd import swap
from morph.crowd.dawid_skene import weighed
from morph.crowd.glad import glad
from morph.crowd.skill import accuracy, bits
from morph.crowd.votes import Votes
from morph.errors import MorphError

Method = Literal["fractions", "dawid_skene", "glad", "swap"]
METHODS: Mapping[Method, str] = {
    "fractions": "Vote fractions",
    "dawid_skene": "Dawid–Skene",
    "glad": "GLAD",
    "swap": "SWAP",
}
MOST_VOTES = 200_000  # that a page weighs at once
MOST_GLAD = 20_000  # it fits a number per subject


@dataclass(frozen=True)
class Weighed:
    """Probabilities of S subjects with K answers, and what is known of P people.

    ``people`` has ``who``, ``votes``, ``bits`` (told by a vote) and ``right`` (mean
    probability that a vote is right); of GLAD ``ability`` instead of both, of fractions
    neither.
    """

    method: Method
    votes: Votes
    posterior: np.ndarray  # (S, K)
    people: pd.DataFrame
    retired: int = 0  # subjects of which SWAP is sure
    saved: int = 0  # votes on them that came later
    converged: bool = True


def weigh(
    votes: Votes,
    method: Method,
    *,
    known: np.ndarray | None = None,
    yes: int = 0,
    rules: swap.SwapRules | None = None,
) -> Weighed:
    """Weigh votes; ``known`` are (S,) true answers as indices, -1 where unknown.

    SWAP is about the answer ``yes`` of all, and its two probabilities are of that
    answer and of any other. MorphError for more votes than a page can weigh.
    """
    _check(votes, method)
    counts = np.bincount(votes.person, minlength=len(votes.people))
    people = pd.DataFrame({"who": votes.people, "votes": counts})
    if method == "fractions":
        return Weighed(method, votes, votes.smoothed(), people)
    if method == "glad":
        fitted = glad(votes)
        people["ability"] = fitted.ability
        return Weighed(method, votes, fitted.posterior, people)
    if method == "dawid_skene":
        found = weighed(votes, known=known)
        told = people.assign(
            bits=bits(found.confusion), right=accuracy(found.confusion)
        )
        return Weighed(method, votes, found.posterior, told, converged=found.converged)
    rules = rules or swap.SwapRules()
    replayed = swap.replay(votes, yes, rules, known=known)
    early = swap.replay(votes, yes, rules, known=known, retire=True)
    told = people.assign(
        bits=bits(replayed.confusion), right=accuracy(replayed.confusion)
    )
    return Weighed(
        method,
        votes,
        _two(replayed.probability, yes, votes),
        told,
        int((early.state != 0).sum()),
        int(replayed.used.sum() - early.used.sum()),
    )


def known_answers(votes: Votes, who: str) -> np.ndarray:
    """(S,) the answers of one person as the truth, -1 where they gave none."""
    known = np.full(len(votes.subjects), -1)
    if who in votes.people:
        own = votes.person == votes.people.index(who)
        known[votes.subject[own]] = votes.answer[own]
    return known


def _two(probability: np.ndarray, yes: int, votes: Votes) -> np.ndarray:
    """(S, K) of the probability of one answer; the others share what is left.

    They share it as their votes do, each with one vote added.
    """
    others = votes.counts + 1.0
    others[:, yes] = 0
    others /= others.sum(axis=1, keepdims=True)
    posterior = others * (1 - probability)[:, None]
    posterior[:, yes] = probability
    return posterior


def _check(votes: Votes, method: Method) -> None:
    most = MOST_GLAD if method == "glad" else MOST_VOTES
    if len(votes.answer) > most:
        raise MorphError(
            f"there are {len(votes.answer):,} votes; {METHODS[method]} weighs at most "
            f"{most:,} here. Use vote fractions"
        )
    if method != "fractions" and len(votes.people) < 2:
        raise MorphError("skill is learnt from at least two people; there is one")
