"""A worked example of the posterior formulas for a galaxy of a release."""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import arrays, at_rows
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.beta_tables import upper_tail
from morph.posterior.dirichlet import log_likelihood
from morph.trees.decision_tree import DecisionTree, Question

THRESHOLD = ASKED = 0.5
UNCERTAIN = 0.6  # neither certain nor even
VOLUNTEERS = 5


@dataclass(frozen=True)
class WorkedExample:
    """One question of one galaxy, with all derived quantities.

    ``concentration`` (A,), ``mean`` (A,) and ``votes`` (A,) are in the order of the
    answers; ``largest`` is the index of the most probable one, for ``variance`` and
    ``tail``. ``path`` are the answers that lead to the question with their expected
    fractions, and ``asked`` their product.
    """

    iauname: str
    question: Question
    concentration: np.ndarray
    mean: np.ndarray
    largest: int
    variance: float
    tail: float
    path: tuple[tuple[str, float], ...]
    asked: float
    votes: np.ndarray
    votes_probability: float

    @property
    def total(self) -> float:
        return float(self.concentration.sum())


def worked_example(
    con: DuckDBPyConnection, release: LoadedRelease
) -> WorkedExample | None:
    """A galaxy and a question below others, the first of its answers uncertain.

    Its expected fraction is the closest to ``UNCERTAIN`` among galaxies that reach the
    question with probability above 0.5. The question has three answers if one has;
    None if there is no question with a single path to it. The release must have
    posteriors.
    """
    tree = release.tree
    below = [q for q in tree.questions if q.asked_after and len(tree.ways(q)) == 1]
    if not below:
        return None
    question = min(below, key=lambda q: abs(len(q.answers) - 3))
    first = f"{question.labels[0]}_probability"
    asked, fraction = arrays(con, release, [f"{question.name}_asked", first])
    labels = [label for q in tree.with_parents([question]) for label in q.labels]
    columns = [f"{label}_concentration" for label in labels]
    off = np.abs(fraction - UNCERTAIN) + 2 * (asked <= ASKED)
    row = at_rows(con, release, [int(np.argmin(off))], columns=columns).iloc[0]
    alpha = {label: float(row[f"{label}_concentration"]) for label in labels}
    return of_row(str(row["iauname"]), alpha, question, tree)


def of_row(
    iauname: str, alpha: dict[str, float], question: Question, tree: DecisionTree
) -> WorkedExample:
    """The example from the concentrations of a question and its parents."""
    concentration = np.array([alpha[label] for label in question.labels])
    total = concentration.sum()
    mean = concentration / total
    largest = int(mean.argmax())
    highest = concentration[largest]
    path = _path(alpha, question, tree)
    votes = _votes_like(mean, VOLUNTEERS)
    return WorkedExample(
        iauname=iauname,
        question=question,
        concentration=concentration,
        mean=mean,
        largest=largest,
        variance=float(mean[largest] * (1 - mean[largest]) / (total + 1)),
        tail=float(upper_tail(highest, total - highest, THRESHOLD)),
        path=path,
        asked=float(np.prod([fraction for _, fraction in path])),
        votes=votes,
        votes_probability=_probability_of(votes, concentration, question, tree),
    )


def _path(
    alpha: dict[str, float], question: Question, tree: DecisionTree
) -> tuple[tuple[str, float], ...]:
    """The answers that lead to a question with their fractions, first one first."""
    steps = []
    for above, labels in tree.way_to(question):
        whole = sum(alpha[label] for label in above.labels)
        leading = sum(alpha[label] for label in labels)
        words = " or ".join(tree.words(label) for label in labels)
        steps.append((words, leading / whole))
    return tuple(steps)


def _votes_like(mean: np.ndarray, number: int) -> np.ndarray:
    """Integer votes nearest to the fractions, by largest remainder."""
    votes = np.floor(mean * number).astype(int)
    rest = np.argsort(votes - mean * number, kind="stable")[: number - votes.sum()]
    votes[rest] += 1
    return votes


def _probability_of(
    votes: np.ndarray, own: np.ndarray, question: Question, tree: DecisionTree
) -> float:
    concentration = np.ones((1, len(tree.labels)))
    counts = np.zeros_like(concentration)
    concentration[:, tree.columns(question)] = own
    counts[:, tree.columns(question)] = votes
    index = tree.questions.index(question)
    return float(np.exp(log_likelihood(concentration, counts, tree)[0, index]))
