"""Changes of predictions between two release folders, for galaxies in both."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from morph.errors import DamagedRelease
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.release.folder import posterior_columns
from morph.release.manifest import read_manifest
from morph.trees.decision_tree import DecisionTree

ASKED = 0.5  # a question counts for galaxies that reach it more probably, in both
BINS = np.linspace(0.0, 1.0, 21)  # of the largest change of a question's fractions


@dataclass(frozen=True)
class Changes:
    """What differs between two releases.

    ``questions``: ``question``, ``galaxies`` that reach it in both, the fraction
    ``same`` with the same most probable answer, ``rms`` change of its vote fractions;
    NaN without galaxies. ``histograms``: (Q, 20) counts of each galaxy's largest
    change, in ``BINS``.
    """

    new: int
    missing: int
    shared: int
    questions: pd.DataFrame
    histograms: np.ndarray


def changes(before: Path, after: Path, tree: DecisionTree) -> Changes:
    """Compare the posteriors of two release folders.

    Raises
    ------
    MorphError
        If a folder cannot be read as a release of this tree.
    """
    one, other = _fractions(before, tree), _fractions(after, tree)
    shared = one.index.intersection(other.index)
    first, second = one.loc[shared].to_numpy(), other.loc[shared].to_numpy()
    reached = np.minimum(
        asked_probability(first, tree), asked_probability(second, tree)
    )
    rows, histograms = [], []
    for number, question in enumerate(tree.questions):
        own, keep = tree.columns(question), reached[:, number] > ASKED
        a, b = first[keep][:, own], second[keep][:, own]
        rows.append(_row(question.name, a, b))
        histograms.append(np.histogram(np.abs(b - a).max(axis=1, initial=0), BINS)[0])
    return Changes(
        len(other) - len(shared),
        len(one) - len(shared),
        len(shared),
        pd.DataFrame(rows),
        np.array(histograms),
    )


def _row(question: str, before: np.ndarray, after: np.ndarray) -> dict[str, object]:
    row: dict[str, object] = {"question": question, "galaxies": len(before)}
    if not len(before):
        return row | {"same": np.nan, "rms": np.nan}
    same = float(np.mean(before.argmax(axis=1) == after.argmax(axis=1)))
    return row | {"same": same, "rms": float(np.sqrt(np.mean((after - before) ** 2)))}


def _fractions(folder: Path, tree: DecisionTree) -> pd.DataFrame:
    """Expected vote fractions of each answer, by iauname."""
    manifest = read_manifest(folder)
    columns = posterior_columns(tree, manifest.posterior)
    try:
        path = folder / "posteriors.parquet"
        table = pq.read_table(path, columns=["iauname", *columns]).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise DamagedRelease(
            f"{folder} has no posteriors of the tree {tree.name!r} ({error}); make the "
            "release again"
        ) from error
    values = table[columns].to_numpy(dtype=float)
    if manifest.posterior == "concentration":
        values = expected_probability(values, tree)
    return pd.DataFrame(values, index=table["iauname"], columns=list(tree.labels))
