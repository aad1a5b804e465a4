"""Count galaxies of a release by brute force, with pandas masks over its files.

As in the published Galaxy Zoo explorers. It shares no code with the catalogue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import pandas as pd

FEATURED, FACE_ON = "smooth-or-featured_featured-or-disk", "disk-edge-on_no"

# Answers that lead to a question, from the top of the tree.
WAYS: dict[str, tuple[str, ...]] = {
    "smooth-or-featured": (),
    "disk-edge-on": (FEATURED,),
    "bar": (FEATURED, FACE_ON),
    "has-spiral-arms": (FEATURED, FACE_ON),
    "bulge-size": (FEATURED, FACE_ON),
    "how-rounded": ("smooth-or-featured_smooth",),
    "t02-edgeon": ("t01-smooth-or-features_a02-features-or-disk",),  # Galaxy Zoo 2
}

Limits = Mapping[str, tuple[float, float]]  # label -> lowest and highest fraction


@dataclass(frozen=True)
class Plain:
    """One row per galaxy: name, fraction of each answer, position on the map."""

    shares: pd.DataFrame  # columns are labels, the index iaunames
    places: np.ndarray | None  # (N, 2)

    def chosen(self, limits: Limits) -> np.ndarray:
        """(N,) whether each galaxy is within ``limits``, following the tree."""
        return self._masks(limits)[-1]

    def names(self, limits: Limits) -> set[str]:
        """The names of those galaxies."""
        return set(self.shares.index[self.chosen(limits)])

    def steps(self, limits: Limits) -> list[int]:
        """Galaxies left after each parent answer, then after each limit."""
        return [int(mask.sum()) for mask in self._masks(limits)]

    def first(self, limits: Limits, number: int) -> pd.DataFrame:
        """The ``number`` galaxies with the most of the first limited answer."""
        found = self.shares[self.chosen(limits)]
        return found.sort_values(next(iter(limits)), ascending=False).head(number)

    def _masks(self, limits: Limits) -> list[np.ndarray]:
        ways = (answer for label in limits for answer in WAYS[_question(label)])
        masks = [self._is_largest(answer) for answer in dict.fromkeys(ways)]
        for label, (low, high) in limits.items():
            masks.append((self.shares[label] >= low) & (self.shares[label] <= high))
        return list(accumulate(masks, np.logical_and))

    def _is_largest(self, label: str) -> np.ndarray:
        own = f"{_question(label)}_"
        answers = [name for name in self.shares if name.startswith(own)]
        largest = self.shares[answers].to_numpy().argmax(axis=1)
        return largest == answers.index(label)


def read(folder: Path) -> Plain:
    """The release in ``folder``, in the precision of the catalogue."""
    alpha = pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")
    alpha.columns = [name.removesuffix("_concentration") for name in alpha.columns]
    questions = pd.Index([_question(label) for label in alpha.columns])
    shares = pd.DataFrame(index=alpha.index)
    for question in questions.unique():
        own = alpha.loc[:, questions == question].astype(float)
        shares[own.columns] = own.div(own.sum(axis=1), axis=0).astype(np.float32)
    places = None
    if (folder / "projection.parquet").exists():
        found = pd.read_parquet(folder / "projection.parquet").set_index("iauname")
        places = found.loc[alpha.index, ["umap_x", "umap_y"]].to_numpy(np.float32)
    return Plain(shares, places)


def inside(places: np.ndarray, x: Sequence[float], y: Sequence[float]) -> np.ndarray:
    """(N,) which positions are in a polygon: an odd number of sides to their right."""
    odd = np.zeros(len(places), dtype=bool)
    px, py = places.T.astype(float)
    for x0, y0, x1, y1 in zip(x, y, np.roll(x, -1), np.roll(y, -1), strict=True):
        if y0 != y1:
            level = (y0 > py) != (y1 > py)
            odd ^= level & (px < x0 + (py - y0) * (x1 - x0) / (y1 - y0))
    return odd


def _question(label: str) -> str:
    return label.rpartition("_")[0]
