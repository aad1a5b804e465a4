"""Read the tables in the ``evaluation.json`` of a run.

The file may be from an earlier version, or edited: a table with missing or invalid
columns is omitted, without affecting the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from morph.errors import RunError
from morph.runs.run_files import read_json
from morph.trees.decision_tree import DecisionTree
from morph.wording import size

EVALUATION = "evaluation.json"
MOST_BYTES = 4_000_000

_ERRORS = ("n", "mae", "rmse")
_SHARE = ("n", "right", "accuracy", "low", "high", "precision", "f1")

# Key and numeric columns of each table.
_TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "questions": ("question", (*_ERRORS, "rmse_error", "constant_rmse", "skill")),
    "majority": ("question", _SHARE),
    "confident": ("question", _SHARE),
    "vote_errors": ("question", (*_ERRORS, "noise", "corrected_rmse")),
    "answers": ("label", (*_ERRORS, "bias", "noise", "corrected_rmse")),
    "well_voted": ("label", (*_ERRORS, "bias", "noise", "corrected_rmse")),
    "coverage": ("question", ("mass", "n", "coverage", "low", "high", "exact")),
    "nats": ("question", ("n", "nats", "deviance")),
    "reliability": (
        "label",
        (*("low", "high", "galaxies", "expected"), "voted", "voted_low", "voted_high"),
    ),
}
_COUNTS = ("n", "right", "galaxies")
_LATER = ("exact",)  # columns that earlier versions did not write; NaN then


@dataclass(frozen=True)
class Evaluation:
    """The data that a run was evaluated on, and the available tables."""

    store: str
    half: str
    labels: str  # "truth" of a simulation, or "votes"
    galaxies: int
    mean_rmse: float | None
    mean_constant_rmse: float | None
    not_learnt: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]


def read_evaluation(folder: Path, tree: DecisionTree) -> Evaluation | None:
    """The evaluation in ``folder``, of a run or a release; None if there is none.

    RunError if the file is too large or not a JSON object.
    """
    path = folder / EVALUATION
    if not path.is_file():
        return None
    if path.stat().st_size > MOST_BYTES:
        raise RunError(
            f"{path} is {size(path.stat().st_size)}, too large for an evaluation. "
            "Evaluate the model again in a new run"
        )
    return evaluation_of(read_json(path), tree)


def mean_rmse(folder: Path) -> float | None:
    """Mean RMS error in the evaluation of a run; None if there is none.

    RunError if the file is not a JSON object.
    """
    path = folder / EVALUATION
    return _number(read_json(path).get("mean_rmse")) if path.is_file() else None


def evaluation_of(value: Mapping[str, Any], tree: DecisionTree) -> Evaluation:
    """The evaluation from its JSON object."""
    names = {
        "question": [question.name for question in tree.questions],
        "label": list(tree.labels),
    }
    tables = {
        name: table
        for name, (key, columns) in _TABLES.items()
        if (table := _table(value.get(name), key, names[key], columns)) is not None
    }
    galaxies = value.get("galaxies")
    return Evaluation(
        store=_text(value.get("store")),
        half=_text(value.get("half")),
        labels="votes" if value.get("labels") == "votes" else "truth",
        galaxies=galaxies if isinstance(galaxies, int) else 0,
        mean_rmse=_number(value.get("mean_rmse")),
        mean_constant_rmse=_number(value.get("mean_constant_rmse")),
        not_learnt=_not_learnt(value.get("questions"), names["question"]),
        tables=tables,
    )


def _table(
    rows: Any, key: str, names: list[str], columns: tuple[str, ...]
) -> pd.DataFrame | None:
    """Rows of known questions or answers, or None if columns are missing."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    table = pd.DataFrame(rows)
    later = {name for name in _LATER if name in columns and name not in table}
    table = table.assign(**dict.fromkeys(later))
    if not {key, *columns} <= set(table.columns):
        return None
    table = table.loc[table[key].isin(names), [key, *columns]].reset_index(drop=True)
    for name in columns:
        table[name] = pd.to_numeric(table[name], errors="coerce").astype(float)
        if name in _COUNTS:
            table[name] = table[name].fillna(0).clip(0, 1e12).astype(int)
    return table


def _not_learnt(rows: Any, names: list[str]) -> tuple[str, ...]:
    if not isinstance(rows, list):
        return ()
    rows = [row for row in rows if isinstance(row, dict)]
    bad = [row.get("question") for row in rows if row.get("learnt") is False]
    return tuple(name for name in names if name in bad)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
