"""Controls for an answer and a threshold on its vote fraction."""

from morph.analysis.fractions import HALF
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease
from pages.common.address import controls


def answer(release: LoadedRelease) -> str:
    """Choose the answer that the page is about."""
    tree = release.tree
    first = tree.labels.index(tree.first_answer)
    return controls.pick(
        "answer", "Answer", tree.labels, tree.words, index=first, width=200
    )


def threshold(release: LoadedRelease) -> float:
    """Choose the vote fraction above which a galaxy has the answer: t in P(ρ > t)."""
    return controls.slider(
        "threshold",
        "Vote-fraction threshold t",
        *thresholds(release),
        width=170,
        help="A galaxy has the answer if its vote fraction ρ is above this threshold.",
    )


def thresholds(release: LoadedRelease) -> tuple[float, float, float, float]:
    """Of t in P(ρ > t): lowest, highest and usual value, and the step."""
    if release.has_samples:
        return TAIL_THRESHOLDS[0], TAIL_THRESHOLDS[-1], HALF, 0.1
    return 0.05, 0.95, HALF, 0.05
