"""How much a person's vote tells, from their confusion matrix."""

import numpy as np


def bits(confusion: np.ndarray) -> np.ndarray:
    """(...) bits that a vote tells of the true answer, before anything is known of it.

    The mutual information of truth and vote where all answers are equally likely
    (Marshall et al. 2016, eq. 6 for two answers): 0 for a guess, log2 K for a vote that
    is always right, or always wrong in the same way.

    Parameters
    ----------
    confusion : (..., K, K) array
        P(vote | truth), truth along the last but one axis; rows sum to 1.
    """
    answers = confusion.shape[-1]
    joint = confusion / answers
    voted = joint.sum(axis=-2)
    return (
        _plogp(joint).sum(axis=(-2, -1)) - _plogp(voted).sum(axis=-1) + np.log2(answers)
    )


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """(...) probability that a vote is right, where all answers are equally likely."""
    return np.diagonal(confusion, axis1=-2, axis2=-1).mean(axis=-1)


def _plogp(p: np.ndarray) -> np.ndarray:
    return p * np.log2(p, out=np.zeros_like(p), where=p > 0)
