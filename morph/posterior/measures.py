"""Measures of how certain the model is of an answer: one row each, used everywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from morph.posterior import dirichlet
from morph.trees.decision_tree import DecisionTree, Question


@dataclass(frozen=True)
class Measure:
    """An uncertainty measure of each answer, or of each question.

    Of two with one ``name`` a release with several passes has that of the passes.
    """

    name: str  # in addresses and saved selections
    column: str  # suffix in the catalogue
    title: str  # of controls, which also stands in addresses
    meaning: str  # of the column; {} is the answer or the question
    note: str  # for users
    compute: Callable[[np.ndarray, DecisionTree], np.ndarray]  # (N, L) or (N, Q)
    # The same in DuckDB, of the ρ̂ of its answers and Σα; of passes an aggregate.
    sql: Callable[[Sequence[str], str], str]
    symbol: str = ""
    unit: str = ""
    of_answer: bool = False  # else of the question
    of_passes: bool = False  # of (P, N, L) samples, else of (N, L) concentrations
    more_is_certain: bool = False

    def columns(self, question: Question) -> dict[str, tuple[str, ...]]:
        """Columns of a question, and the answers that each is of."""
        if self.of_answer:
            return {f"{label}_{self.column}": (label,) for label in question.labels}
        return {f"{question.name}_{self.column}": question.labels}

    def column_of(self, label: str, tree: DecisionTree) -> str:
        """The column that tells how certain an answer is."""
        question = tree.question_of(label)
        return f"{label if self.of_answer else question.name}_{self.column}"

    def subject(self, label: str, tree: DecisionTree) -> str:
        """The answer, or its question, in words."""
        return tree.words(label) if self.of_answer else tree.question_of(label).title

    def end(self, *, least: bool) -> str:
        """Which values the most certain galaxies have, or the ``least`` certain."""
        return "highest" if self.more_is_certain != least else "lowest"


def served(*, passes: bool) -> dict[str, Measure]:
    """Measures by name, of posteriors from one pass or from several ``passes``."""
    return {m.name: m for m in MEASURES if passes or not m.of_passes}


def _variance(means: Sequence[str], total: str) -> str:
    return f"{means[0]} * (1 - {means[0]}) / ({total} + 1)"


def _total_variance(means: Sequence[str], total: str) -> str:
    return f"avg({_variance(means, total)}) + var_pop({means[0]})"


def _total(means: Sequence[str], total: str) -> str:
    return total


def _information(means: Sequence[str], total: str) -> str:
    shared = _entropy([f"avg({mean})" for mean in means])
    return f"greatest({shared} - avg({_entropy(means)}), 0)"


def _entropy(means: Sequence[str]) -> str:
    return f"-({' + '.join(f'{mean} * ln({mean})' for mean in means)})"


_VARIANCE_NOTE = (
    "Lower is more certain. High values mostly mark ambiguous galaxies, with fractions "
    "near 0.5."
)
MEASURES = (
    Measure("variance", "variance", "Variance",
        "variance of the vote fraction of {}",
        _VARIANCE_NOTE,
        dirichlet.variance, _variance,
        symbol="σ²", of_answer=True),
    Measure("variance", "total_variance", "Total variance",
        "total variance of the vote fraction of {} over all passes",
        _VARIANCE_NOTE,
        dirichlet.total_variance, _total_variance,
        symbol="Total σ²", of_answer=True, of_passes=True),
    Measure("concentration", "total", "Total concentration",
        "total concentration of the question {}",
        "An effective number of votes on the question: higher is more certain.",
        dirichlet.total_concentration, _total,
        symbol="Σα", more_is_certain=True),
    Measure("information", "mutual_information", "Mutual information",
        "mutual information of answer and pass for the question {}, in nats",
        "How much the passes disagree on the question: lower is more certain.",
        dirichlet.mutual_information, _information, unit="nats", of_passes=True),
)  # fmt: skip

# By name, as controls and addresses call them.
UNCERTAINTIES = served(passes=True) | served(passes=False)
