"""Galaxies as points of a plane: density image, sample, landmarks, special answers.

A plane is the map of the features, the strip of ρ̂ and σ, or the triangle. A density
image, a sample of points and a few landmarks are drawn; counts are of all galaxies.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.posterior import dirichlet
from morph.posterior.answer_arrays import by_answer, sum_by_question
from morph.trees.decision_tree import DecisionTree

LOW_TRUST = 0.3  # warn below this mean fraction of preserved neighbours


@dataclass(frozen=True)
class Window:
    """A rectangle of a plane: ``left`` to ``right`` and ``low`` to ``high``."""

    left: float
    right: float
    low: float
    high: float

    def holds(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Which points are inside, including the edges."""
        across = (x >= self.left) & (x <= self.right)
        return across & (y >= self.low) & (y <= self.high)


def window_around(x: np.ndarray, y: np.ndarray, *, margin: float = 0.03) -> Window:
    """The window with all known points and a margin, relative to its size."""
    if not (np.isfinite(x) & np.isfinite(y)).any():
        return Window(0.0, 1.0, 0.0, 1.0)
    left, right, low, high = np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)
    dx, dy = margin * (right - left) or 0.5, margin * (high - low) or 0.5
    return Window(*map(float, (left - dx, right + dx, low - dy, high + dy)))


def mean_trust(trust: np.ndarray) -> float:
    """Mean fraction of nearest neighbours preserved by the map; NaN if unknown."""
    known = trust[np.isfinite(trust)]
    return float(known.mean()) if len(known) else float("nan")


def density_image(
    x: np.ndarray, y: np.ndarray, window: Window, *, pixels: int = 300
) -> np.ndarray:
    """Galaxies in each pixel of a window, (pixels, pixels) int array, low y first.

    Points without coordinates or outside the window are ignored.
    """
    pixel, _ = _pixels(x, y, window, pixels)
    counts = np.bincount(pixel, minlength=pixels**2)
    return counts.reshape(pixels, pixels)


def mean_image(
    x: np.ndarray,
    y: np.ndarray,
    values: np.ndarray,
    window: Window,
    *,
    pixels: int = 100,
) -> np.ndarray:
    """Mean of ``values`` in each pixel, (pixels, pixels); NaN in empty pixels."""
    known = np.isfinite(values)
    pixel, rows = _pixels(x[known], y[known], window, pixels)
    counts = np.bincount(pixel, minlength=pixels**2)
    sums = np.bincount(pixel, values[known][rows], minlength=pixels**2)
    mean = np.full(pixels**2, np.nan)
    np.divide(sums, counts, out=mean, where=counts > 0)
    return mean.reshape(pixels, pixels)


def draw_sample(
    x: np.ndarray,
    y: np.ndarray,
    window: Window,
    *,
    size: int = 5000,
    seed: int = 0,
    even: float = 0.5,
) -> np.ndarray:
    """Rows of a sample of galaxies, thinned more in dense regions.

    Weighted sampling without replacement (Efraimidis & Spirakis 2006), with the weight
    of the pixel's count to the power of -``even``: 0 is a uniform random sample, 1
    covers the window evenly. The same galaxies and seed give the same rows, which are
    increasing, at most ``size``.
    """
    pixel, rows = _pixels(x, y, window, 60)
    if len(rows) <= size:
        return rows
    counts = np.bincount(pixel, minlength=60**2)
    # The random number of a row does not depend on the window: zooming keeps points.
    wait = np.random.default_rng(seed).standard_exponential(len(x))[rows]
    wait *= counts[pixel] ** even
    return np.sort(rows[np.argpartition(wait, size)[:size]])


def landmarks(
    x: np.ndarray, y: np.ndarray, window: Window, *, count: int = 16, cells: int = 24
) -> np.ndarray:
    """Rows of representative galaxies, whose images are drawn on the plane.

    Of the cells with at least a median number of galaxies, the fullest is selected
    first, then always the one farthest from those selected (Gonzalez 1985); of each
    cell, the galaxy nearest to the mean of its galaxies.
    """
    cell, rows = _pixels(x, y, window, cells)
    if not len(rows):
        return rows
    table = pd.DataFrame({"cell": cell, "row": rows, "x": x[rows], "y": y[rows]})
    cells = table.groupby("cell")
    means = cells[["x", "y"]].mean().assign(galaxies=cells.size())
    means = means[means["galaxies"] >= means["galaxies"].median()]
    size = [window.right - window.left, window.high - window.low]
    first = int(means["galaxies"].to_numpy().argmax())
    chosen = means.iloc[_far_apart(means[["x", "y"]].to_numpy() / size, first, count)]
    members = table.join(chosen, on="cell", how="inner", suffixes=("", "_mean"))
    away = np.hypot(members["x"] - members["x_mean"], members["y"] - members["y_mean"])
    nearest = away.groupby(members["cell"]).idxmin()
    return members.loc[nearest.loc[chosen.index], "row"].to_numpy()


def nearest_point(
    x: np.ndarray, y: np.ndarray, at: tuple[float, float], within: Window
) -> int | None:
    """Row of the galaxy nearest to a clicked point, None if none is ``within``.

    Distances are in units of the window, as they appear on the screen.
    """
    rows = np.flatnonzero(within.holds(x, y))
    if not len(rows):
        return None
    across = (x[rows] - at[0]) / (within.right - within.left)
    up = (y[rows] - at[1]) / (within.high - within.low)
    return int(rows[np.hypot(across, up).argmin()])


def count_table(
    x: np.ndarray,
    y: np.ndarray,
    window: Window,
    *,
    values: np.ndarray | None = None,
    bins: int = 8,
) -> pd.DataFrame:
    """A plane as a table: the galaxies in each rectangle, fullest first.

    Columns are ``left``, ``right``, ``low``, ``high`` of the rectangle, its number of
    ``galaxies`` and the ``mean`` of their ``values``, if given, ignoring NaN. Empty
    rectangles are omitted.
    """
    pixel, rows = _pixels(x, y, window, bins)
    table = pd.DataFrame({"pixel": pixel})
    wanted = {"galaxies": ("pixel", "size")}
    if values is not None:
        table["value"] = values[rows]
        wanted["mean"] = ("value", "mean")
    counts = table.groupby("pixel").agg(**wanted).reset_index()
    row, column = np.divmod(counts["pixel"], bins)
    x_edges = np.linspace(window.left, window.right, bins + 1)
    y_edges = np.linspace(window.low, window.high, bins + 1)
    counts["left"], counts["right"] = x_edges[column], x_edges[column + 1]
    counts["low"], counts["high"] = y_edges[row], y_edges[row + 1]
    order = ["left", "right", "low", "high", *wanted]
    counts = counts.sort_values(["galaxies", "pixel"], ascending=[False, True])
    return counts[order].reset_index(drop=True)


@dataclass(frozen=True)
class AnswerWeights:
    """Weights of galaxies in mean vote fractions of any part of them."""

    asked: np.ndarray  # (N, Q) float32, P(reached), 0 if unknown
    answered: np.ndarray  # (N, L) float32, P(reached) times the expected fraction


def answer_weights(probability: np.ndarray, tree: DecisionTree) -> AnswerWeights:
    """Weights of (N, L) expected vote fractions, NaN if unknown."""
    asked = dirichlet.asked_probability(probability, tree).astype(np.float32)
    known = sum_by_question(~np.isfinite(probability), tree) == 0
    asked = np.where(known, np.nan_to_num(asked), np.float32(0))
    answered = by_answer(asked, tree) * np.nan_to_num(probability)
    return AnswerWeights(asked, answered.astype(np.float32, copy=False))


def special_answers(
    weights: AnswerWeights, mask: np.ndarray, tree: DecisionTree, *, least: float = 10
) -> pd.DataFrame:
    """Answers that are most over- or under-represented in some galaxies.

    The galaxies of ``mask``, (N,) bool, are compared with all others, weighted by the
    probability of reaching the question, so that the meaningless bar of a smooth galaxy
    does not count. Answers are omitted if fewer galaxies than ``least`` on either side
    are expected to reach the question: their mean is uncertain.

    Returns
    -------
    DataFrame
        ``label``, its mean fraction ``here`` and ``elsewhere``, their ``difference``,
        and ``asked``, the expected number of galaxies here that reach the question,
        sorted by absolute difference. Of two complementary answers, only the one that
        is more frequent here.
    """
    sides = np.stack([mask, ~mask]).astype(np.float32)
    asked, answered = sides @ weights.asked, sides @ weights.answered
    rows = []
    for index, question in enumerate(tree.questions):
        total = np.where(asked[:, index] >= least, asked[:, index], np.nan)
        here, elsewhere = answered[:, tree.columns(question)] / total[:, None]
        for label, one, other in zip(question.labels, here, elsewhere, strict=True):
            if len(question.answers) > 2 or one > other:
                rows.append((label, one, other, one - other, asked[0, index]))
    columns = ["label", "here", "elsewhere", "difference", "asked"]
    table = pd.DataFrame(rows, columns=columns).dropna()
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _far_apart(points: np.ndarray, first: int, count: int) -> list[int]:
    """Rows of (N, 2) points: ``first``, then always the farthest from those chosen."""
    chosen = [first]
    apart = np.full(len(points), np.inf)
    while len(chosen) < min(count, len(points)):
        apart = np.minimum(apart, np.hypot(*(points - points[chosen[-1]]).T))
        chosen.append(int(apart.argmax()))
    return chosen


def _pixels(
    x: np.ndarray, y: np.ndarray, window: Window, pixels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pixel numbers of the points in the window, and their rows."""
    rows = np.flatnonzero(window.holds(x, y))
    across = pixels / (window.right - window.left)
    up = pixels / (window.high - window.low)
    column = ((x[rows] - window.left) * across).astype(np.int32)
    row = ((y[rows] - window.low) * up).astype(np.int32)
    return np.minimum(row, pixels - 1) * pixels + np.minimum(column, pixels - 1), rows
