"""Folds for cross-validation: galaxies of one group are in one fold."""

from collections.abc import Iterator

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

FOLDS = 5


def folds(
    given: np.ndarray, groups: np.ndarray, *, number: int = FOLDS, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows to fit to and rows to test on, each galaxy tested once.

    The answers ``given`` (n,) have similar shares in all folds. There are fewer folds
    than ``number`` if the rarest answer has fewer groups, but at least two.
    """
    of_answer = [len(np.unique(groups[given == one])) for one in np.unique(given)]
    number = max(2, min(number, *of_answer))
    if min(of_answer) >= number:
        maker = StratifiedGroupKFold(number, shuffle=True, random_state=seed)
    else:  # an answer of one group, which is in one fold
        maker = GroupKFold(number, shuffle=True, random_state=seed)
    yield from maker.split(np.zeros(len(given)), given, groups)
