"""Vote counts of cutout stores, in the order of their pixels."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from morph.errors import MorphError
from morph.evaluation.vote_fraction_errors import mean_fractions
from morph.images.store import CutoutStore, read_table
from morph.posterior.vote_fractions import vote_fractions
from morph.trees.decision_tree import DecisionTree


def read_counts(stores: Sequence[CutoutStore], tree: DecisionTree) -> Tensor:
    """(N, L) float32 vote counts of all galaxies; MorphError if a store has none."""
    return torch.from_numpy(np.concatenate([store_counts(s, tree) for s in stores]))


def store_counts(store: CutoutStore, tree: DecisionTree) -> np.ndarray:
    """(N, L) float32 vote counts of one store's galaxies, see ``read_counts``."""
    path = store.folder / "votes.parquet"
    if not path.is_file():
        raise MorphError(
            f"{store.folder.name} has no votes ({path} is not there); name a cutout "
            "store with votes"
        )
    table = read_table(path).head(len(store.names))
    missing = [label for label in tree.labels if label not in table.columns]
    if missing:
        raise MorphError(
            f"{path} lacks {', '.join(missing[:3])}; expected a column of counts for "
            f"each of the {len(tree.labels)} answers of the tree {tree.name}. Make the "
            "store again, or set tree to that of its votes"
        )
    if not np.array_equal(table["iauname"], store.names):
        raise MorphError(
            f"{path} does not list the store's galaxies in the same order; "
            "make the store again"
        )
    counts = table[list(tree.labels)].to_numpy(dtype=np.float32)
    wrong = np.argwhere(~(np.isfinite(counts) & (counts >= 0)))
    if len(wrong):
        row, column = wrong[0]
        raise MorphError(
            f"{path} has {counts[row, column]:g} for {tree.labels[column]} of "
            f"{store.names[row]}; expected a vote count, 0 or more. Write 0 where the "
            "question was not asked, and make the store again"
        )
    return counts


def constant_prediction(counts: Tensor, tree: DecisionTree) -> tuple[float, ...]:
    """Mean vote fraction of each answer over galaxies that reach the question."""
    fractions = vote_fractions(counts.numpy(), tree)
    return tuple(mean_fractions(fractions, tree)[0].tolist())
