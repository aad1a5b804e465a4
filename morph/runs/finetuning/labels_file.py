"""``labels.parquet`` of a run: how many people gave each answer to a galaxy.

A snapshot, as the answers themselves are in the workspace, which only the dashboard
has open, and go on growing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from morph.atomic import replacing, sha256_of
from morph.errors import MorphError
from morph.trees.decision_tree import DecisionTree

LABELS = "labels.parquet"
LEAST = 10  # galaxies with a label and an image
LEAST_OF_ANSWER = 3  # one each to learn from, to hold out, and to judge on
_MOST = 1e6  # people

_AGAIN = "start the fine-tuning again on the page Label"


@dataclass(frozen=True)
class Labels:
    """The labels of n galaxies."""

    names: np.ndarray  # (n,) iaunames, sorted
    counts: np.ndarray  # (n, L) float32, people who gave each answer
    sha256: str = ""  # of the file


def write_labels(
    folder: Path, names: Sequence[str], counts: np.ndarray, tree: DecisionTree
) -> None:
    """Write the labels of n galaxies, ``counts`` (n, L), to the folder of a run."""
    table = pd.DataFrame(np.asarray(counts, np.int32), columns=list(tree.labels))
    table.insert(0, "iauname", np.asarray(names, dtype=object))
    with replacing(folder / LABELS) as temporary:
        table.sort_values("iauname").to_parquet(temporary, index=False)


def read_labels(folder: Path, tree: DecisionTree) -> Labels:
    """The labels in the folder of a run; MorphError if they are not of this tree."""
    path = folder / LABELS
    if not path.is_file():
        raise MorphError(
            f"{folder.name} has no labels ({path} is not there); {_AGAIN}, which takes "
            "a snapshot of them"
        )
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise MorphError(f"{path} cannot be read ({error}); {_AGAIN}") from error
    expected = ["iauname", *tree.labels]
    if list(table.columns) != expected:
        raise MorphError(
            f"{path} has the columns {', '.join(map(str, table.columns))}; expected "
            f"{', '.join(expected)}, those of the question “{tree.title}”. {_AGAIN}"
        )
    names = table["iauname"]
    if not all(isinstance(name, str) for name in names) or names.duplicated().any():
        raise MorphError(
            f"{path} has galaxies without a name, or twice; give each one row"
        )
    counts = table[expected[1:]].to_numpy(dtype=np.float32)
    if not (np.isfinite(counts) & (counts >= 0) & (counts <= _MOST)).all():
        raise MorphError(
            f"{path} has values that are no counts of people; expected 0 to "
            f"{_MOST:,.0f} in each row and answer"
        )
    return Labels(names.to_numpy(dtype=str), counts, sha256_of(path))


def given_answers(counts: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """(n, Q) place of the answer that most people gave to each question, or -1.

    That is of galaxies without a label, and of ties.
    """
    found = []
    for question in tree.questions:
        own = counts[:, tree.columns(question)]
        is_most = own == own.max(axis=1, keepdims=True)
        one = (is_most.sum(axis=1) == 1) & (own.max(axis=1) > 0)
        found.append(np.where(one, own.argmax(axis=1), -1))
    return np.stack(found, axis=1)


def too_few(counts: np.ndarray, tree: DecisionTree) -> str:
    """Why these labels, of galaxies with an image, are not learnt from, or ""."""
    labelled = int((counts.sum(axis=1) > 0).sum())
    if labelled < LEAST:
        galaxies = "1 galaxy has" if labelled == 1 else f"{labelled:,} galaxies have"
        return (
            f"{galaxies} a label and an image; a network needs at least {LEAST}, and "
            "learns more from a hundred. Label more, or name further cutout stores"
        )
    for question, given in zip(
        tree.questions, given_answers(counts, tree).T, strict=True
    ):
        numbers = np.bincount(given[given >= 0], minlength=len(question.answers))
        if (numbers >= LEAST_OF_ANSWER).sum() < 2:
            most = question.words[int(numbers.argmax())]
            return (
                f"“{question.title}”: “{most}” is the answer of {numbers.max():,} of "
                f"{numbers.sum():,} labelled galaxies with an image; a network needs "
                f"at least {LEAST_OF_ANSWER} galaxies with another answer too. Draw a "
                "queue from galaxies that have it"
            )
    return ""
