"""Time all quantities of 248,088 posteriors, compared with vectorised scipy.

``python -m tests.benchmarks.posteriors``; with --check it exits 1 unless all quantities
together take less than 2 s, also the first time, when tables are made, and equal those
of scipy.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import betainc, gammaln, psi

from morph.posterior import dirichlet
from morph.posterior.beta_tables import TOLERANCE
from morph.trees.decision_tree import GZD5, Question
from tests.benchmarks import figures, report
from tests.benchmarks.figures import Row

GOAL_MS = 2000
REPEATS = 5
SCIPY = "scipy and numpy, whole arrays"

Quantity = Callable[[np.ndarray], np.ndarray]


def concentrations(galaxies: int) -> np.ndarray:
    """(N, L) concentrations like a trained network's, between 1 and 101."""
    random = np.random.default_rng(0)
    logit = random.normal(-2.5, 2, (galaxies, len(GZD5.labels)))
    return 1 + 100 / (1 + np.exp(-logit))


QUANTITIES: dict[str, Quantity] = {
    "expected probability": lambda a: dirichlet.expected_probability(a, GZD5),
    "variance": lambda a: dirichlet.variance(a, GZD5),
    "P(rho > 0.5)": lambda a: dirichlet.tail_probability(a, GZD5, 0.5),
    "entropy": lambda a: dirichlet.entropy(a, GZD5),
    "total concentration": lambda a: dirichlet.total_concentration(a, GZD5),
    "probability asked": lambda a: dirichlet.asked_probability(a / 101, GZD5),
    "largest answer": lambda a: dirichlet.largest_answer(a, GZD5),
}


def each_question(of: Callable[[np.ndarray], np.ndarray]) -> Quantity:
    """Apply ``of`` to the concentrations (N, A) of one question after another."""
    columns = [GZD5.columns(question) for question in GZD5.questions]
    return lambda a: np.column_stack([of(a[:, one]) for one in columns])


def _total(a: np.ndarray) -> np.ndarray:
    return a.sum(axis=1, keepdims=True)


def _variance(a: np.ndarray) -> np.ndarray:
    mean = a / _total(a)
    return mean * (1 - mean) / (_total(a) + 1)


def _entropy(a: np.ndarray) -> np.ndarray:
    total = a.sum(axis=1)
    by_answer = gammaln(a) - (a - 1) * psi(a)
    return by_answer.sum(axis=1) - gammaln(total) + (total - a.shape[1]) * psi(total)


def _asked(a: np.ndarray) -> np.ndarray:
    """The sum, over the answers that lead to a question, of the ways to it."""
    share = dict(zip(GZD5.labels, (a / 101).T, strict=True))

    def reached(question: Question) -> np.ndarray:
        if not question.asked_after:
            return np.ones(len(a))
        parents = ((GZD5.question_of(label), label) for label in question.asked_after)
        return sum(reached(parent) * share[label] for parent, label in parents)

    return np.column_stack([reached(question) for question in GZD5.questions])


ALTERNATIVES: dict[str, Quantity] = {
    "expected probability": each_question(lambda a: a / _total(a)),
    "variance": each_question(_variance),
    "P(rho > 0.5)": each_question(lambda a: betainc(_total(a) - a, a, 0.5)),
    "entropy": each_question(_entropy),
    "total concentration": each_question(_total),
    "probability asked": _asked,
    "largest answer": each_question(lambda a: a.argmax(axis=1)),
}


def everything(alpha: np.ndarray) -> None:
    for quantity in QUANTITIES.values():
        quantity(alpha)


def rows(alpha: np.ndarray, repeats: int) -> list[Row]:
    """One row a quantity, and two for all together."""
    start = time.perf_counter()
    everything(alpha)
    first = [time.perf_counter() - start]
    found = [_row(name, alpha, repeats) for name in QUANTITIES]
    own = report.measure(partial(everything, alpha), repeats)
    instead = (SCIPY, sum(row["instead ms"] for row in found))
    goal = (GOAL_MS, None)
    return [
        *found,
        figures.row("all together", own, goal=goal, instead=instead),
        figures.row("all, the first time", first, goal=goal, instead=instead),
    ]


def _row(name: str, alpha: np.ndarray, repeats: int) -> Row:
    own, other = QUANTITIES[name], ALTERNATIVES[name]
    instead_ms = report.median_ms(partial(other, alpha), 1)
    error = float(np.abs(own(alpha) - other(alpha)).max())
    wrong = [] if error <= TOLERANCE else [f"{error:.1e} off {SCIPY}"]
    return figures.row(
        f"{name}, largest difference {error:.0e}",
        report.measure(partial(own, alpha), repeats),
        instead=(SCIPY, instead_ms),
        problems=wrong,
    )


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=report.GALAXIES)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    found = rows(concentrations(options.rows), options.repeats)
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
