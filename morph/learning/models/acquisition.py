"""Which galaxies teach most, and batches of them that differ from one another."""

import numpy as np
from scipy.special import entr
from scipy.stats import norm

XI = 0.5  # of the expected improvement, in ratings (Walmsley et al. 2022)
KAPPA = 2.0  # of the upper confidence bound
POOL = 10  # the best galaxies, in batches, among which different ones are chosen


def entropy(probability: np.ndarray) -> np.ndarray:
    """Entropy (n,) of probabilities (n, A), in bits."""
    return entr(probability).sum(axis=-1) / np.log(2)


def margin(probability: np.ndarray) -> np.ndarray:
    """1 minus the difference of the two largest probabilities, (n, A) to (n,)."""
    two = np.partition(probability, -2, axis=-1)[..., -2:]
    return 1 - (two[..., 1] - two[..., 0])


def mutual_information(members: np.ndarray) -> np.ndarray:
    """Of one answer and the model, (B, n, A) to (n,) bits (Houlsby et al. 2011).

    The entropy of the mean of the members, minus the mean of their entropies: large
    where members are certain of different answers.
    """
    information = entropy(members.mean(axis=0)) - entropy(members).mean(axis=0)
    return np.maximum(information, 0)


def expected_improvement(
    mean: np.ndarray, error: np.ndarray, best: float, *, xi: float = XI
) -> np.ndarray:
    """By how much a rating is expected to exceed ``best`` + ``xi`` (n,)."""
    error = np.maximum(error, 1e-9)
    z = (mean - best - xi) / error
    return (mean - best - xi) * norm.cdf(z) + error * norm.pdf(z)


def upper_bound(
    mean: np.ndarray, error: np.ndarray, *, kappa: float = KAPPA
) -> np.ndarray:
    """``mean`` + ``kappa`` ``error`` (n,)."""
    return mean + kappa * error


def batch(
    scores: np.ndarray,
    allowed: np.ndarray,
    space: np.ndarray,
    *,
    number: int,
    at_random: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ``number`` galaxies to ask, in random order, and which are random.

    A share ``at_random`` is drawn from all that are ``allowed`` (N,) bool, for unbiased
    checks. The others are chosen among the `POOL` times as many with the largest
    scores: the best one, then each time the one farthest in ``space`` (N, K) from those
    chosen (greedy k-centre, Sener & Savarese 2018).
    """
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(allowed & np.isfinite(scores))
    number = min(number, len(rows))
    random = rng.choice(rows, round(at_random * number), replace=False)
    rest = np.setdiff1d(rows, random)
    wanted = number - len(random)
    best = rest[np.argsort(-scores[rest], kind="stable")[: POOL * wanted]]
    chosen = best[k_centre(np.asarray(space[best], np.float64), wanted)]
    both = np.concatenate([chosen, random])
    drawn = np.concatenate([np.zeros(len(chosen), bool), np.ones(len(random), bool)])
    order = rng.permutation(len(both))
    return both[order], drawn[order]


def k_centre(points: np.ndarray, number: int) -> np.ndarray:
    """Places of ``number`` of the points (P, K), from the first, each the farthest."""
    number = min(number, len(points))
    chosen = np.zeros(number, dtype=int)
    apart = np.full(len(points), np.inf)
    for step in range(number):
        if step:
            chosen[step] = int(apart.argmax())
        apart = np.minimum(apart, ((points - points[chosen[step]]) ** 2).sum(axis=1))
        apart[chosen[step]] = -1
    return chosen
