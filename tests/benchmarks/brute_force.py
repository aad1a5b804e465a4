"""The catalogue's queries by brute force: pandas masks, computed anew for every answer.

It uses only a release's files, nothing of the catalogue or of a selection's SQL.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from scipy.special import betainc

from morph.selection.certainty.certainty import Surest, Tail, to_text
from morph.selection.listing.order import Order
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5, Question

_MEASURED = ["iauname", "ra", "dec", "mag_r", "radius_arcsec", "redshift"]
_CONTRAST = "bar_strong"  # the answer whose variance and concentrations are needed too

# The answers that must be the largest of their own question, by the question they lead
# to: written out from Walmsley et al. (2022), figure 4.
_FEATURED = {"smooth-or-featured": 1}
_FACE_ON = _FEATURED | {"disk-edge-on": 1}
ABOVE = {
    "bar": _FACE_ON,
    "how-rounded": {"smooth-or-featured": 0},
    "spiral-winding": _FACE_ON | {"has-spiral-arms": 0},
}


def read_table(folder: Path, questions: Iterable[Question]) -> pd.DataFrame:
    """A release's galaxies with the probabilities of some questions' answers.

    Rows are in the files' order; each question's most probable answer is ``_answer``.
    """
    galaxies = pd.read_parquet(folder / "galaxies.parquet", columns=_MEASURED)
    columns: dict[str, np.ndarray] = {}
    for question in questions:
        names = [f"{label}_concentration" for label in question.labels]
        own = pq.read_table(folder / "posteriors.parquet", columns=names)
        alpha = np.column_stack([own[name].to_numpy() for name in names])
        columns |= _derived(question, alpha.astype(float))
    return galaxies.assign(**columns)


def _derived(question: Question, alpha: np.ndarray) -> dict[str, np.ndarray]:
    total = alpha.sum(axis=1)
    mean = alpha / total[:, None]
    found = {f"{question.name}_answer": mean.argmax(axis=1).astype(np.int8)}
    for place, label in enumerate(question.labels):
        own = mean[:, place]
        found[f"{label}_probability"] = own.astype(np.float32)
        if label == _CONTRAST:
            variance = own * (1 - own) / (total + 1)
            found[f"{label}_variance"] = variance.astype(np.float32)
            found[f"{label}_concentration"] = alpha[:, place]
            found[f"{question.name}_others"] = total - alpha[:, place]
    return found


def masks(table: pd.DataFrame, selection: Selection) -> list[np.ndarray]:
    """Which galaxies are left after each step of a selection of one question."""
    steps = list(conditions(table, selection).values())
    return list(np.logical_and.accumulate(np.array(steps)))


def conditions(table: pd.DataFrame, selection: Selection) -> dict[str, pd.Series]:
    """Which galaxies meet each step, in their order: gates of the tree by their
    question, limits by their label or column, certainty by its text.
    """
    found = {
        name: table[f"{name}_answer"] == place
        for name, place in ABOVE[question_of(selection)].items()
    }
    for label, (low, high) in selection.limits.items():
        column = table[f"{label}_probability"]
        found[label] = column.between(np.float32(low), np.float32(high))
    for condition in selection.certainty:
        if isinstance(condition, Tail):
            found[to_text(condition)] = tails(table, condition)
        else:
            left = np.logical_and.reduce(list(found.values()))
            found[to_text(condition)] = _surest(table, condition, left)
    for name, limit in selection.physical.items():
        inside = table[name].between(limit.low, limit.high)
        found[name] = inside | table[name].isna() if limit.keep_missing else inside
    return found


def tails(table: pd.DataFrame, tail: Tail) -> pd.Series:
    """Which galaxies have a large enough P(ρ > threshold)."""
    own, others = (table[name] for name in (f"{_CONTRAST}_concentration", "bar_others"))
    return betainc(others, own, 1 - tail.threshold) >= tail.at_least


def first_page(
    table: pd.DataFrame, mask: np.ndarray, order: Order, *, count: int = 48
) -> list[str]:
    """Names of the first galaxies of a selection in an order."""
    by, upwards = sort_column(order)
    found = table[mask].sort_values([by, "iauname"], ascending=[upwards, True])
    return found["iauname"].head(count).tolist()


def sort_column(order: Order) -> tuple[str, bool]:
    """The column that an order sorts by, and whether its smallest comes first."""
    return {
        "highest": (f"{order.label}_probability", False),
        "surest_variance": (f"{order.label}_variance", True),
        "lowest_mag_r": ("mag_r", True),
        "highest_radius_arcsec": ("radius_arcsec", False),
        "iauname": ("iauname", True),
    }[order.kind]


def histograms(table: pd.DataFrame, mask: np.ndarray, *, bins: int) -> np.ndarray:
    """(34 · bins, 2) counts of the whole release and of the selection."""
    parts = []
    for label in GZD5.labels:
        values = table[f"{label}_probability"].to_numpy()
        cells = np.minimum((values * bins).astype(int), bins - 1)
        both = [np.bincount(c, minlength=bins) for c in (cells, cells[mask])]
        parts.append(np.stack(both, axis=1))
    return np.concatenate(parts)


def crossfiltered(
    table: pd.DataFrame, selection: Selection, *, bins: int
) -> np.ndarray:
    """(34, bins) counts of the galaxies that meet every step but the answer's own."""
    steps = conditions(table, selection)
    counts = []
    for label in GZD5.labels:
        others = [step for name, step in steps.items() if name != label]
        values = table[f"{label}_probability"][np.logical_and.reduce(others)]
        cells = np.minimum((values * bins).astype(int), bins - 1)
        counts.append(np.bincount(cells, minlength=bins))
    return np.array(counts)


def question_of(selection: Selection) -> str:
    """The one question that a selection is about."""
    certain = (condition.label for condition in selection.certainty)
    labels = [*selection.limits, *certain]
    (question,) = {GZD5.question_of(label).name for label in labels}
    return question


def _surest(table: pd.DataFrame, surest: Surest, left: np.ndarray) -> np.ndarray:
    """The ``percent`` of galaxies with the lowest variance, and ties."""
    if not left.any():
        return left
    variance = table[f"{surest.label}_variance"].to_numpy()
    wanted = int(np.ceil(round(surest.percent * left.sum() / 100, 6)))
    return variance <= np.sort(variance[left])[wanted - 1]
