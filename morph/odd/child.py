"""Score galaxies in a process of its own, so that no page waits for another's scores.

It is started by `morph.odd.process`, with the files of features and of scores.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.odd.scores import odd_scores
from morph.sandbox import REFUSED


def main(argv: Sequence[str]) -> int:
    """Write the scores of the features in a file; its reason if it cannot."""
    source, target, method = argv
    try:
        scores = odd_scores(np.load(source, mmap_mode="r"), method)
    except MorphError as error:
        print(error)
        return REFUSED
    with Path(target).open("wb") as file:
        np.save(file, scores)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
