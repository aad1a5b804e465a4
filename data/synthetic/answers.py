"""Random posteriors of galaxies with a hidden type, without images.

The type (round, inclined or edge-on, barred, spiral, merging, an artifact) determines
the answers, so that selections along the tree keep a realistic fraction of galaxies. No
model predicted these numbers.
"""

import numpy as np

from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.trees.decision_tree import GZD5, DecisionTree, Question

_PEAK = 0.75  # expected vote fraction of the answer of the hidden type
_SPREAD = 6.0  # smaller: galaxies of one type differ more
_MOST_CONCENTRATION = 101.0  # of a model's head: α = 1 + 100 sigmoid

# Fractions of the answers among galaxies that truly reach the question; equal where a
# question is not here.
_SHARES = {
    "smooth-or-featured": (0.60, 0.37, 0.03),
    "disk-edge-on": (0.22, 0.78),
    "has-spiral-arms": (0.70, 0.30),
    "bar": (0.12, 0.23, 0.65),
    "bulge-size": (0.02, 0.10, 0.40, 0.40, 0.08),
    "how-rounded": (0.35, 0.45, 0.20),
    "edge-on-bulge": (0.06, 0.24, 0.70),
    "spiral-winding": (0.30, 0.40, 0.30),
    "spiral-arm-count": (0.05, 0.50, 0.08, 0.04, 0.05, 0.28),
    "merging": (0.85, 0.08, 0.03, 0.04),
    "t01-smooth-or-features": (0.60, 0.37, 0.03),
    "t02-edgeon": (0.22, 0.78),
    "t03-bar": (0.30, 0.70),
    "t04-spiral": (0.70, 0.30),
    "t05-bulge-prominence": (0.10, 0.45, 0.40, 0.05),
    "t06-odd": (0.12, 0.88),
    "t07-rounded": (0.35, 0.45, 0.20),
    "t08-odd-feature": (0.30, 0.02, 0.10, 0.18, 0.12, 0.20, 0.08),
    "t09-bulge-shape": (0.70, 0.06, 0.24),
    "t10-arms-winding": (0.30, 0.40, 0.30),
    "t11-arms-number": (0.05, 0.50, 0.08, 0.04, 0.05, 0.28),
}


def concentrations(
    rng: np.random.Generator, count: int, tree: DecisionTree = GZD5
) -> np.ndarray:
    """(N, L) float32; a question the galaxy does not reach has a flat posterior."""
    alpha = np.empty((count, len(tree.labels)), dtype=np.float32)
    reached: dict[str, np.ndarray] = {}  # label -> whether the hidden type has it
    for question in tree.questions:
        asked = np.full(count, not question.asked_after)
        for label in question.asked_after:
            asked |= reached[label]
        shares = _SHARES.get(question.name)
        answer = rng.choice(len(question.answers), count, p=shares)
        for index, label in enumerate(question.labels):
            reached[label] = asked & (answer == index)
        alpha[:, tree.columns(question)] = _one_question(rng, question, answer, asked)
    return alpha


def passes_around(
    rng: np.random.Generator, alpha: np.ndarray, passes: int
) -> np.ndarray:
    """(N, P, L): concentrations of P passes, scattered around those given."""
    factor = rng.lognormal(0, 0.2, (len(alpha), passes, alpha.shape[1]))
    return np.clip(alpha[:, None] * factor, 1, _MOST_CONCENTRATION).astype(np.float32)


def masked_fractions(alpha: np.ndarray, tree: DecisionTree = GZD5) -> np.ndarray:
    """Vote fractions, NaN where fewer than half the volunteers reach the question."""
    fraction = expected_probability(alpha, tree).astype(np.float32)
    asked = asked_probability(fraction, tree)
    for index, question in enumerate(tree.questions):
        fraction[asked[:, index] < 0.5, tree.columns(question)] = np.nan
    return fraction


def _one_question(
    rng: np.random.Generator, question: Question, answer: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    answers = len(question.answers)
    share = np.full((len(answer), answers), (1 - _PEAK) / (answers - 1))
    share[np.arange(len(answer)), answer] = _PEAK
    share[~asked] = 1 / answers
    drawn = rng.standard_gamma(share * _SPREAD) + 1e-3
    votes = np.where(asked, rng.lognormal(np.log(30), 0.6, len(answer)), 4.0)
    mean = drawn / drawn.sum(axis=1, keepdims=True)
    return np.minimum(1 + votes[:, None] * mean, _MOST_CONCENTRATION)
