"""Dirichlet posteriors from an ensemble, by its mean and its spread.

The expected fraction of an answer is the mean probability of the members. The sum of
the concentrations is the one whose variances, summed over the answers, are those among
the members: members that agree give a narrow posterior. One label per galaxy tells
nothing of how narrow it should be, so it is bounded by what as many votes as there are
labels would give.
"""

import numpy as np

LEAST_TOTAL = 1.0


def from_members(
    members: np.ndarray, labels: int, *, weights: np.ndarray | None = None
) -> np.ndarray:
    """Concentrations (n, A) from probabilities (B, n, A) of members.

    ``labels`` is the number of labelled galaxies; ``weights`` (B,) of the members sum
    to 1, equal ones by default.
    """
    if weights is None:
        weights = np.full(len(members), 1 / len(members))
    mean = np.einsum("b,bna->na", weights, members)
    spread = np.einsum("b,bna->na", weights, (members - mean) ** 2).sum(axis=1)
    binomial = (mean * (1 - mean)).sum(axis=1)
    with np.errstate(divide="ignore"):
        total = binomial / spread - 1
    answers = members.shape[2]
    total = np.clip(np.nan_to_num(total, posinf=np.inf), LEAST_TOTAL, labels + answers)
    return mean * total[:, None]
