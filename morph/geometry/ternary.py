"""Ternary coordinates of three answers: corners, plane, and shifts.

Vote fractions of three answers sum to 1, so they are a point in a triangle with a
corner for each answer: the first at the bottom right, the second at the top, the third
at the bottom left (Strong, Weak and No for the bar question, as in Ye et al. 2025,
figure 3). The side length is 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.errors import MorphError
from morph.trees.decision_tree import DecisionTree, Question

HEIGHT = np.sqrt(3) / 2
LEAST_SHARE = 0.5  # smallest total vote fraction of the three corners
LEAST_IN_HEXAGON = 10  # galaxies; the mean shift of fewer is uncertain


@dataclass(frozen=True)
class Corners:
    """The labels summed at each corner: bottom right, top, bottom left."""

    question: Question
    groups: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        labels = [label for group in self.groups for label in group]
        unknown = not set(labels) <= set(self.question.labels)
        if unknown or len(self.groups) != 3 or not all(self.groups):
            raise MorphError(
                f"the corners {self.groups} are not three groups of answers of "
                f"{self.question.name}; choose from: {', '.join(self.question.labels)}"
            )
        if len(set(labels)) < len(labels):
            raise MorphError(f"an answer is at two corners in {self.groups}")

    @property
    def words(self) -> tuple[str, ...]:
        """The answers of each corner in words: "Small or no bulge"."""
        words = dict(zip(self.question.labels, self.question.words, strict=True))
        return tuple(_either([words[label] for label in g]) for g in self.groups)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Labels of the question that are at no corner."""
        used = {label for group in self.groups for label in group}
        return tuple(label for label in self.question.labels if label not in used)


def suggested_corners(tree: DecisionTree) -> dict[str, Corners]:
    """Corners for every question of three or more answers, by its name."""
    return {
        question.name: Corners(question, _groups(question))
        for question in tree.questions
        if len(question.answers) >= 3
    }


def share_of_corners(
    probability: np.ndarray, corners: Corners
) -> tuple[np.ndarray, int]:
    """Vote fractions of the three corners, renormalised over their answers.

    Parameters
    ----------
    probability : (N, A) array
        Vote fractions of the question's A answers, in its order; NaN where unknown.

    Returns
    -------
    share : (N, 3) float64 array
        Rows sum to 1; NaN for hidden galaxies and those with unknown fractions.
    hidden : int
        Galaxies with less than ``LEAST_SHARE`` of their votes in the three corners.
    """
    sums = sums_at_corners(probability, corners)
    total = sums.sum(axis=1, keepdims=True)
    hidden = total < LEAST_SHARE
    share = sums / np.where(hidden, np.nan, total)
    return share, int(hidden.sum())


def sums_at_corners(values: np.ndarray, corners: Corners) -> np.ndarray:
    """Sums of fractions or concentrations over each corner's answers, (N, A) -> (N, 3).

    Sums of components of a Dirichlet distribution, and a renormalised subset, follow a
    Dirichlet distribution with the sums of the concentrations.
    """
    values = np.asarray(values, dtype=float)
    labels = corners.question.labels
    if values.ndim != 2 or values.shape[1] != len(labels):
        raise ValueError(
            f"values have shape {values.shape}; expected (N, {len(labels)}), a column "
            f"for each answer of {corners.question.name}"
        )
    columns = [[labels.index(label) for label in group] for group in corners.groups]
    return np.column_stack([values[:, group].sum(axis=1) for group in columns])


def to_plane(share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x and y of (..., 3) fractions: x = first + second / 2, y = second √3 / 2."""
    return share[..., 0] + share[..., 1] / 2, HEIGHT * share[..., 1]


def from_plane(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(..., 3) fractions of points in the plane; negative outside the triangle."""
    second = np.asarray(y, dtype=float) / HEIGHT
    first = np.asarray(x, dtype=float) - second / 2
    return np.stack([first, second, 1 - first - second], axis=-1)


def share_polygon(ranges: Sequence[tuple[float, float]]) -> np.ndarray:
    """The part of the triangle where the fraction of each corner is in its range.

    ``ranges`` are the smallest and largest fraction of each corner. The triangle is
    clipped by one line after another (Sutherland & Hodgman 1974) to a polygon of (K, 3)
    fractions; K is 0 if it is empty.
    """
    polygon = np.eye(3)
    for corner, (low, high) in enumerate(ranges):
        for sign, bound in ((1, low), (-1, high)):
            polygon = _cut(polygon, sign * (polygon[:, corner] - bound))
    return polygon


def _cut(polygon: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Clip a convex polygon where ``inside``, by corner, is negative."""
    kept = []
    for index, (point, value) in enumerate(zip(polygon, inside, strict=True)):
        before, other = polygon[index - 1], inside[index - 1]
        if value * other < 0:
            kept.append(before + (point - before) * (other / (other - value)))
        if value >= 0:
            kept.append(point)
    return np.array(kept).reshape(-1, 3)


def displacement(
    before: np.ndarray, after: np.ndarray, *, steps: int = 12
) -> pd.DataFrame:
    """Mean shift of the same galaxies between two releases, on a grid of hexagons.

    Parameters
    ----------
    before, after : (N, 3) arrays
        Fractions of the same galaxies; rows with NaN are ignored.
    steps : int
        Hexagons along a side of the triangle, minus one.

    Returns
    -------
    DataFrame
        For each hexagon of ``before`` with ``LEAST_IN_HEXAGON`` galaxies its centre
        ``x``, ``y``, the mean shift ``dx``, ``dy`` of its galaxies in the plane, and
        the number of ``galaxies``.
    """
    known = np.isfinite(before).all(axis=1) & np.isfinite(after).all(axis=1)
    before, after = before[known], after[known]
    dx, dy = to_plane(after - before)
    shifts = pd.DataFrame(nearest_node(before, steps)).assign(dx=dx, dy=dy)
    hexagons = shifts.groupby([0, 1, 2])
    table = hexagons.mean().assign(galaxies=hexagons.size()).reset_index()
    table = table[table["galaxies"] >= LEAST_IN_HEXAGON]
    table["x"], table["y"] = to_plane(table[[0, 1, 2]].to_numpy() / steps)
    return table[["x", "y", "dx", "dy", "galaxies"]]


def nearest_node(share: np.ndarray, steps: int) -> np.ndarray:
    """Nearest node of the triangular lattice, (N, 3) int, in units of 1 / ``steps``.

    Fractions are rounded so that rows sum to ``steps``.
    """
    scaled = np.asarray(share) * steps
    node = np.rint(scaled).astype(np.int64)
    worst = np.abs(node - scaled).argmax(axis=1)
    rows = np.arange(len(node))
    node[rows, worst] -= node.sum(axis=1) - steps
    return node


def cell_counts(*shares: np.ndarray, bins: int = 10) -> np.ndarray:
    """Galaxies of (N, 3) arrays in bins of two fractions, (bins, bins) int64."""
    counts = np.zeros(bins**2, dtype=np.int64)
    for share in shares:
        known = share[np.isfinite(share).all(axis=1)]
        cell = np.clip((known[:, :2] * bins).astype(np.int64), 0, bins - 1)
        counts += np.bincount(cell[:, 0] * bins + cell[:, 1], minlength=bins**2)
    return counts.reshape(bins, bins)


def count_table(counts: np.ndarray) -> pd.DataFrame:
    """The triangle as a table: the occupied bins of `cell_counts`."""
    first, second = np.nonzero(counts)
    bins = len(counts)
    return pd.DataFrame(
        {
            "first_low": first / bins,
            "first_high": (first + 1) / bins,
            "second_low": second / bins,
            "second_high": (second + 1) / bins,
            "galaxies": counts[first, second],
        }
    )


def draw_shares(concentration: np.ndarray, *, seed: int) -> np.ndarray:
    """One draw from each galaxy's posterior, (N, 3): together, the mean posterior."""
    gamma = np.random.default_rng(seed).standard_gamma(concentration)
    return gamma / gamma.sum(axis=1, keepdims=True)


def _either(words: Sequence[str]) -> str:
    """Answers joined by "or", with a common last word only once."""
    if len(words) == 1:
        return words[0]
    heads, spaces, tails = zip(*(one.rpartition(" ") for one in words), strict=True)
    shared = all(spaces) and len(set(tails)) == 1
    first, *others, last = heads if shared else words
    joined = f"{', '.join([first, *map(str.lower, others)])} or {last.lower()}"
    return f"{joined} {tails[0]}" if shared else joined


def _groups(question: Question) -> tuple[tuple[str, ...], ...]:
    if len(question.answers) == 3:
        return tuple((label,) for label in question.labels)
    first, second, *rest = question.answers
    groups = question.corners or ((first,), (second,), tuple(rest))
    return tuple(tuple(f"{question.name}_{answer}" for answer in g) for g in groups)
