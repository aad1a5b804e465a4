"""A queue of the galaxies whose answers teach a model most."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import at_rows, rows_of
from morph.catalogue.release_table import LoadedRelease
from morph.labels.label_queue import AT_RANDOM, LabelQueue, make_chosen_queue
from morph.learning.models.acquisition import batch
from morph.selection.listing.selected_rows import selected
from morph.selection.selection import Selection

# Ways to choose what to ask next: name -> what its number is.
OF_ANSWERS: Mapping[str, str] = {
    "information": "mutual information",
    "uncertainty": "entropy",
    "margin": "ambiguity",
}
OF_RATINGS: Mapping[str, str] = {
    "improvement": "expected improvement",
    "bound": "upper confidence bound",
    "error": "uncertainty",
}
UNITS: Mapping[str, str] = {"information": " bits", "uncertainty": " bits"}


@dataclass(frozen=True)
class Asked:
    """Galaxies to ask: their rows, names, and why each was chosen."""

    rows: np.ndarray
    names: tuple[str, ...]
    reasons: tuple[str, ...]
    is_random: np.ndarray


def ways(is_rating: bool) -> Mapping[str, str]:
    """The ways to choose that a question has."""
    return OF_RATINGS if is_rating else OF_ANSWERS


def choose(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    ranks: Mapping[str, np.ndarray],
    space: np.ndarray,
    *,
    way: str,
    answered: Collection[str],
    labels: int,
    number: int,
    at_random: float,
    seed: int,
) -> Asked:
    """Choose ``number`` galaxies of a selection that have no answer yet.

    Parameters
    ----------
    ranks : mapping
        As of `ranking.rank`; ``way`` is one of them.
    space : (N, K) array
        In which the galaxies of a batch are far from one another.
    answered : iaunames
        Not asked again.
    labels : int
        Of the model, for the words.
    at_random : float
        Fraction drawn at random.
    """
    scores = ranks[way]
    allowed = selected(con, release, selection).copy()
    done = list(rows_of(con, release, list(answered)).values())
    allowed[done] = False
    rows, is_random = batch(
        scores, allowed, space, number=number, at_random=at_random, seed=seed
    )
    places = _places(scores, allowed)
    words = {**OF_ANSWERS, **OF_RATINGS}[way]
    reasons = [
        f"{AT_RANDOM}, a share of {at_random:.0%}"
        if drawn
        else f"{words} {scores[row]:.3f}{UNITS.get(way, '')}, place {places[row]:,} of "
        f"{allowed.sum():,}; model of {labels:,} labels"
        for row, drawn in zip(rows, is_random, strict=True)
    ]
    names = at_rows(con, release, rows)["iauname"]
    return Asked(rows, tuple(names), tuple(reasons), is_random)


def make_queue(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    asked: Asked,
    *,
    question_id: str,
    way: str,
    at_random: float,
    seed: int,
    repeated: float = 0.0,
) -> LabelQueue:
    """Save the chosen galaxies as a queue."""
    words = {**OF_ANSWERS, **OF_RATINGS}[way]
    how = f"by {words} and k-centre, {at_random:.0%} {AT_RANDOM} (seed {seed})"
    return make_chosen_queue(
        con,
        release,
        selection,
        asked.names,
        asked.reasons,
        question_id=question_id,
        how=how,
        seed=seed,
        repeated=repeated,
    )


def _places(scores: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """(N,) the place, from 1, of each galaxy among those allowed by its score."""
    rows = np.flatnonzero(allowed & np.isfinite(scores))
    places = np.zeros(len(scores), dtype=int)
    places[rows[np.argsort(-scores[rows], kind="stable")]] = np.arange(len(rows)) + 1
    return places
