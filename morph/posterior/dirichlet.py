"""Dirichlet posteriors of vote fractions, one for each question of each galaxy.

A row of concentrations α has the answers of all questions in ``tree.labels`` order. The
answers of a question follow a Dirichlet distribution, and the marginal of an answer is
Beta(α, Σα − α). References: Walmsley et al. 2022 (equations 6 and 7), Ye et al. 2025.

``concentration`` is an (N, L) array of α > 0, dimensionless. Functions raise ValueError
if an array has another shape or a concentration is not positive.
"""

import math

import numpy as np
from scipy.special import gammaln, psi, xlogy

from morph.posterior.answer_arrays import by_answer, checked_shape, sum_by_question
from morph.posterior.beta_tables import in_threads, upper_tail
from morph.trees.decision_tree import DecisionTree

# Output range of the network's head: α = 1 + 100 sigmoid.
CONCENTRATION_RANGE = (1.0, 101.0)

_BLOCK = 8_192  # galaxies whose numbers are in the cache of a core


def expected_probability(concentration: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Expected vote fractions (N, L), the mean of each posterior, ρ̂ = α / Σα."""
    alpha = _checked(concentration, tree)
    return in_threads(lambda alpha: _mean(alpha, tree), alpha)


def total_concentration(concentration: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Σα of each question, (N, Q): the effective number of votes."""
    alpha = _checked(concentration, tree)
    return in_threads(lambda alpha: sum_by_question(alpha, tree), alpha)


def variance(concentration: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Variance (N, L) of each vote fraction, σ² = ρ̂ (1 − ρ̂) / (Σα + 1)."""

    def of(alpha: np.ndarray) -> np.ndarray:
        mean = _mean(alpha, tree)
        return mean * (1 - mean) / (_total_by_answer(alpha, tree) + 1)

    return in_threads(of, _checked(concentration, tree))


def tail_probability(
    concentration: np.ndarray, tree: DecisionTree, threshold: float
) -> np.ndarray:
    """P(ρ > threshold) of each answer, (N, L), the upper tail of its Beta marginal.

    ``threshold`` is a vote fraction in [0, 1].
    """
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold is {threshold}; expected a fraction in [0, 1]")
    alpha = _checked(concentration, tree)
    others = in_threads(lambda a: _total_by_answer(a, tree) - a, alpha)
    return upper_tail(alpha, others, threshold)


def reachable_probability(
    answers: int, *, temperature: float = 1.0
) -> tuple[float, float]:
    """Smallest and largest ρ̂ of a question with concentrations in [1, 101].

    With α = 1 + 100 sigmoid, ρ̂ never reaches 0 or 1: for three answers the range is
    0.005 to 0.981 (Walmsley et al. 2022 use the same range). A calibration that raises
    fractions to the power of 1 / ``temperature`` and renormalises them changes the
    range; a scale of all concentrations does not.
    """
    lowest, highest = CONCENTRATION_RANGE
    rest = (answers - 1) * math.exp(math.log(highest / lowest) / temperature)
    rarest = (answers - 1) * math.exp(-math.log(highest / lowest) / temperature)
    return 1 / (1 + rest), 1 / (1 + rarest)


def entropy(concentration: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Differential entropy of each question's Dirichlet, (N, Q), in nats.

    ln B(α) + (A − K) ψ(A) − Σ (α − 1) ψ(α), with A = Σα and K answers. It is negative
    for narrow posteriors; 0 for two answers with α = (1, 1).
    """
    answers = np.array([len(question.answers) for question in tree.questions])

    def of(alpha: np.ndarray) -> np.ndarray:
        total = sum_by_question(alpha, tree)
        by_label = sum_by_question(gammaln(alpha) - (alpha - 1) * psi(alpha), tree)
        return by_label - gammaln(total) + (total - answers) * psi(total)

    return in_threads(of, _checked(concentration, tree))


def asked_probability(probability: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Probability (N, Q) that a galaxy reaches each question, from vote fractions.

    It is 1 for questions that are always asked, else the sum over the answers that lead
    to the question of their vote fraction times the probability of reaching theirs.
    Merging, asked after smooth or featured, has ρ_smooth + ρ_featured.
    """
    probability = checked_shape(probability, tree, "probability")
    asked: dict[str, np.ndarray] = {}
    for question in tree.questions:
        asked[question.name] = np.full(
            len(probability), float(not question.asked_after)
        )
        for label in question.asked_after:
            parent = asked[tree.question_of(label).name]
            asked[question.name] += parent * probability[:, tree.labels.index(label)]
    return np.stack(list(asked.values())).T  # the numbers of a question side by side


def largest_answer(probability: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Index of the most probable answer within each question, (N, Q) int8.

    Of equal answers, it is the first.
    """
    probability = checked_shape(probability, tree, "probability")
    largest = np.zeros((len(tree.questions), len(probability)), dtype=np.int8)
    for start in range(0, len(probability), _BLOCK):
        block = slice(start, start + _BLOCK)
        by_label = np.ascontiguousarray(probability[block].T)  # quicker than `argmax`
        for row, question in zip(largest[:, block], tree.questions, strict=True):
            most, *others = by_label[tree.columns(question)]
            for number, answer in enumerate(others, start=1):
                is_more = (answer > most).view(np.int8)
                np.maximum(row, is_more * np.int8(number), out=row)
                most = np.maximum(most, answer)
    return largest.T


def log_likelihood(
    concentration: np.ndarray, votes: np.ndarray, tree: DecisionTree
) -> np.ndarray:
    """Dirichlet-multinomial log-likelihood (N, Q) of (N, L) votes k ≥ 0, in nats.

    For each question, with A = Σα and N = Σk (Walmsley et al. 2022, equations 6-7):
    lnΓ(A) + lnΓ(N+1) − lnΓ(N+A) + Σ [lnΓ(k+α) − lnΓ(α) − lnΓ(k+1)], exactly 0 for
    questions without votes. This is the float64 reference for the training loss.
    """
    alpha = _checked(concentration, tree)
    votes = checked_shape(votes, tree, "votes")
    if votes.shape != alpha.shape or not (votes >= 0).all():
        raise ValueError(
            f"votes have shape {votes.shape} and concentration {alpha.shape}; expected "
            "the same shape and counts of 0 or more"
        )
    total, answered = sum_by_question(alpha, tree), sum_by_question(votes, tree)
    choices = gammaln(votes + alpha) - gammaln(alpha) - gammaln(votes + 1)
    whole = gammaln(total) + gammaln(answered + 1) - gammaln(answered + total)
    return np.where(answered > 0, whole + sum_by_question(choices, tree), 0.0)


def mixture_mean(samples: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Mean vote fractions over several passes or ensemble members, (N, L).

    ``samples`` are the concentrations of every pass, (P, N, L), here and below. The
    posterior is the equal mixture of the Dirichlet distributions of the passes.
    """
    return np.mean([expected_probability(one, tree) for one in samples], axis=0)


def total_variance(samples: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Variance of the mixture, (N, L): mean of variances + variance of means."""
    within = np.mean([variance(one, tree) for one in samples], axis=0)
    return within + np.var([expected_probability(one, tree) for one in samples], axis=0)


def mixture_tail(
    samples: np.ndarray, tree: DecisionTree, threshold: float
) -> np.ndarray:
    """P(ρ > threshold) of the mixture, (N, L): the mean of `tail_probability`."""
    # All passes at once use a table (`morph.posterior.beta_tables`), ten times faster.
    passes = samples.reshape(-1, samples.shape[-1])
    tails = tail_probability(passes, tree, threshold)
    return tails.reshape(samples.shape).mean(axis=0)


def mutual_information(samples: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Disagreement of the passes on each question, (N, Q), in nats.

    H(mean ρ̂) − mean H(ρ̂), an estimate of the epistemic uncertainty, as far as the
    passes differ as models of the same data would. H is the entropy of a volunteer's
    answer, −Σ ρ̂ ln ρ̂, so the mutual information is 0 where all passes agree, however
    ambiguous the galaxy (Walmsley et al. 2020). It is at most the logarithm of the
    number of answers.
    """

    def entropy_of_answer(mean: np.ndarray) -> np.ndarray:
        return -sum_by_question(xlogy(mean, mean), tree)

    means = [expected_probability(one, tree) for one in samples]
    within = np.mean([entropy_of_answer(mean) for mean in means], axis=0)
    return np.maximum(entropy_of_answer(np.mean(means, axis=0)) - within, 0)


def _mean(alpha: np.ndarray, tree: DecisionTree) -> np.ndarray:
    return alpha / _total_by_answer(alpha, tree)


def _total_by_answer(alpha: np.ndarray, tree: DecisionTree) -> np.ndarray:
    return by_answer(sum_by_question(alpha, tree), tree)


def _checked(concentration: np.ndarray, tree: DecisionTree) -> np.ndarray:
    alpha = checked_shape(concentration, tree, "concentration")
    if not (alpha > 0).all():
        raise ValueError(
            f"concentration has {(~(alpha > 0)).sum():,} values that are not positive; "
            "expected α > 0 everywhere"
        )
    return alpha
