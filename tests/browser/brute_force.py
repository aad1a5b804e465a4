"""Who is selected, by plain arithmetic on a release's files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from morph.home import release_folder
from morph.tree import GZD5, Question

Limits = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Released:
    """A release's answers as its files have them, by iauname."""

    release_id: str
    shares: pd.DataFrame  # expected probability of each label

    @classmethod
    def read(cls, root: Path, release_id: str) -> "Released":
        path = release_folder(root, release_id) / "posteriors.parquet"
        alpha = pd.read_parquet(path).set_index("iauname")
        shares = pd.DataFrame(index=alpha.index)
        for question in GZD5.questions:
            own = alpha[[f"{label}_concentration" for label in question.labels]]
            rows = own.to_numpy(dtype=np.float64)
            shares[list(question.labels)] = rows / rows.sum(axis=1, keepdims=True)
        return cls(release_id, shares)

    def selected(self, limits: Limits) -> set[str]:
        """Names within all limits, where every answer on the way is the largest."""
        mask = pd.Series(True, index=self.shares.index)
        for label, (low, high) in limits.items():
            mask &= self.shares[label].between(low, high)
            mask &= self._reaches(GZD5.question_of(label))
        return set(self.shares.index[mask])

    def _reaches(self, question: Question) -> pd.Series:
        if not question.asked_after:
            return pd.Series(True, index=self.shares.index)
        ways = [self._largest(label) for label in question.asked_after]
        return pd.concat(ways, axis=1).any(axis=1)

    def _largest(self, label: str) -> pd.Series:
        question = GZD5.question_of(label)
        own = self.shares[list(question.labels)]
        return (own.idxmax(axis=1) == label) & self._reaches(question)


def query_of(limits: Limits) -> str:
    """The limits as a link has them."""
    ends = {label: [f"{end:g}" for end in both] for label, both in limits.items()}
    return urlencode(ends, doseq=True)
