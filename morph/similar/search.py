"""A search for galaxies similar to examples, among candidates, optionally shifted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from morph.errors import MorphError
from morph.similar import query
from morph.similar.index import (
    Similar,
    VectorIndex,
    drawn,
    most_similar,
    unit_vectors,
)
from morph.similar.near_examples import near_in_value, near_on_sky
from morph.trees.decision_tree import DecisionTree

MIDDLE_OF = 1000  # galaxies, drawn at random, whose mean represents a set
SAMPLE = 4_000  # galaxies to which a direction is fitted
TOLERANCE = 0.1  # of the fraction that a course leads to


@dataclass(frozen=True)
class Examples:
    """Similar and dissimilar example galaxies, and possibly an uploaded image."""

    like: tuple[int, ...]  # rows of the release
    unlike: tuple[int, ...]
    positives: np.ndarray  # (P, D) float64, vectors of similar examples
    negatives: np.ndarray  # (M, D) float64
    answers: np.ndarray  # (P, L) vote fractions of similar examples, NaN: unknown

    @property
    def vector(self) -> np.ndarray:
        """The query vector of the examples, (D,)."""
        return query.query_vector(self.positives, self.negatives)

    def and_picture(self, vector: np.ndarray, probability: np.ndarray) -> "Examples":
        """Add an image: its vector (D,) and expected vote fractions (L,)."""
        return replace(
            self,
            positives=np.vstack([self.positives, vector]),
            answers=np.vstack([self.answers, probability]),
        )

    def mean_fraction(self, label: str, tree: DecisionTree) -> float:
        """Mean vote fraction of an answer over the examples where it is known.

        Raises MorphError if it is known for none.
        """
        mean = _mean_of_known(self.answers)[tree.labels.index(label)]
        if np.isnan(mean):
            raise MorphError(
                f"the vote fraction of {tree.words(label)!r} is unknown for the "
                "examples; choose another answer"
            )
        return float(mean)


@dataclass(frozen=True)
class Course:
    """A shift of the query towards another vote fraction of an answer."""

    label: str
    now: float  # mean of the examples
    wanted: float
    direction: np.ndarray  # (D,), from `direction`

    @property
    def bounds(self) -> tuple[float, float]:
        """Vote fractions at the end of the course or beyond, ± ``TOLERANCE``."""
        if self.wanted < self.now:
            return 0.0, min(self.wanted + TOLERANCE, 1.0)
        return max(self.wanted - TOLERANCE, 0.0), 1.0


@dataclass(frozen=True)
class Limits:
    """The candidates of a search; None where there is no limit."""

    inside: np.ndarray | None = None  # (N,) bool
    values: np.ndarray | None = None  # (N,), near the mean of the similar examples
    reach: float = 0.0  # largest difference from that mean
    positions: tuple[np.ndarray, np.ndarray] | None = None  # ra, dec in degrees, (N,)
    fractions: np.ndarray | None = None  # (N,), within `Course.bounds`; NaN: unknown


@dataclass(frozen=True)
class SearchResult:
    """The galaxies found, and the query and candidates of the search."""

    similar: Similar
    like: np.ndarray  # (D,) query vector of the examples
    vector: np.ndarray  # (D,) the query: the same, or shifted along a course
    course: Course | None
    allowed: np.ndarray  # (N,) bool, those that are in the index, of any fraction
    candidates: np.ndarray  # (N,) bool, those of them whose fraction is within bounds
    bounds: tuple[float, float] | None  # of the fraction of the course's answer
    skipped: int  # galaxies near an example on the sky
    answers: np.ndarray  # (P, L) vote fractions of the similar examples

    @property
    def mean_answers(self) -> np.ndarray:
        """(L,) mean vote fractions of the similar examples where known."""
        return _mean_of_known(self.answers)


def examples(
    vectors: np.ndarray,
    probability: np.ndarray,
    like: Sequence[int],
    unlike: Sequence[int] = (),
) -> Examples:
    """Galaxies of a release as examples, by their distinct rows.

    Parameters
    ----------
    vectors : (P + M, D) array
        Those of ``like``, then those of ``unlike``.
    probability : (P + M, L) array
        Their expected vote fractions; NaN where unknown.
    """
    vectors, similar = np.asarray(vectors, dtype=float), len(like)
    return Examples(
        tuple(like),
        tuple(unlike),
        vectors[:similar],
        vectors[similar:],
        probability[:similar],
    )


def find(
    index: VectorIndex,
    wanted: Examples,
    limits: Limits,
    *,
    course: Course | None = None,
    count: int,
) -> SearchResult:
    """The galaxies most similar to the examples, optionally shifted along a course."""
    vector = common = wanted.vector
    if course is not None:
        vector = query.moved(
            common, course.direction, now=course.now, wanted=course.wanted
        )
    allowed, skipped = may_be_found(wanted, limits, galaxies=len(index.known))
    allowed = allowed & index.known
    candidates, bounds = allowed, None
    if course is not None and limits.fractions is not None:
        low, high = bounds = course.bounds
        candidates = allowed & (limits.fractions >= low) & (limits.fractions <= high)
    return SearchResult(
        most_similar(index, vector, allowed=candidates, count=count),
        common,
        vector,
        course,
        allowed,
        candidates,
        bounds,
        skipped,
        wanted.answers,
    )


def may_be_found(
    wanted: Examples, limits: Limits, *, galaxies: int
) -> tuple[np.ndarray, int]:
    """Candidates, (N,) bool, and how many galaxies near an example are skipped.

    Examples are no candidates. Skipped galaxies are counted regardless of other limits.
    """
    allowed = np.ones(galaxies, dtype=bool) if limits.inside is None else limits.inside
    if limits.values is not None:
        allowed = allowed & near_in_value(
            limits.values, list(wanted.like), reach=limits.reach
        )
    rows = [*wanted.like, *wanted.unlike]
    near = np.zeros(galaxies, dtype=bool)
    if limits.positions is not None:
        near = near_on_sky(*limits.positions, rows)
    near[rows] = True
    return allowed & ~near, int(near.sum()) - len(rows)


def direction(
    index: VectorIndex,
    fractions: Callable[[np.ndarray], np.ndarray],
    label: str,
    tree: DecisionTree,
    *,
    sample: int = SAMPLE,
    seed: int = 0,
) -> np.ndarray:
    """How vectors change with an answer (`query.answer_direction`), (D,).

    Fitted to a random sample of the galaxies whose vectors are known, without those
    that have unknown fractions of a question of which others have some; ``fractions``
    gives (K, L) of the galaxies in rows.
    """
    rows = drawn(np.flatnonzero(index.known), sample, seed=seed)
    probability = fractions(rows)
    finite = np.isfinite(probability)
    known = finite[:, finite.any(axis=0)].all(axis=1)
    return query.answer_direction(
        index.of(rows[known]), probability[known], label, tree
    )


def most_typical(
    index: VectorIndex,
    rows: np.ndarray,
    *,
    count: int,
    middle_of: int = MIDDLE_OF,
    seed: int = 0,
) -> np.ndarray:
    """The ``count`` galaxies of ``rows`` nearest to their mean direction, in order.

    If none of them has a vector, the first ones.

    Parameters
    ----------
    rows : (K,) int array
    middle_of : int
        The mean of a larger set is that of a random sample of this size.

    Returns
    -------
    (at most ``count``,) int array of rows with a vector
    """
    known = rows[index.known[rows]]
    if not len(known):
        return rows[:count]
    sample = drawn(known, middle_of, seed=seed)
    middle = unit_vectors(index.of(sample))[0].mean(axis=0)
    allowed = np.zeros(len(index.known), dtype=bool)
    allowed[rows] = True
    return most_similar(index, middle, allowed=allowed, count=count).rows


def _mean_of_known(fractions: np.ndarray) -> np.ndarray:
    """(L,) mean of (P, L) over the rows where each is known; NaN where in none."""
    known = np.isfinite(fractions)
    count = known.sum(axis=0)
    total = np.where(known, fractions, 0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
