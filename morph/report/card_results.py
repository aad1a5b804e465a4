"""The evaluation section of a model card."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from morph.evaluation.accuracy import MORE_VOTES_THAN
from morph.evaluation.coverage import LEAST_VOTES
from morph.report.markdown import line, table
from morph.runs.evaluation_file import Evaluation
from morph.trees.decision_tree import DecisionTree

_INTERVAL = 0.9
_BY_VOTES = "Against vote fractions (at least two votes)"
_AGREED = (
    f"Galaxies with more than {MORE_VOTES_THAN} votes and a fraction above {{}} for "
    "one answer, at every level of the tree (95% interval; precision and F1 weighted "
    "by class size)"
)
_ACCURACY = (
    ("N", "accuracy", "from", "to", "precision", "F1"),
    ("n", "accuracy", "low", "high", "precision", "f1"),
)

# Table of an evaluation -> its caption, heads and columns.
_TABLES = {
    "questions": (
        "Errors of vote fractions",
        ("N", "RMSE", "±", "MAE", "RMSE of the mean fraction"),
        ("n", "rmse", "rmse_error", "mae", "constant_rmse"),
    ),
    "vote_errors": (
        _BY_VOTES,
        ("N", "RMSE", "vote noise", "RMSE, corrected", "MAE"),
        ("n", "rmse", "noise", "corrected_rmse", "mae"),
    ),
    "majority": (_AGREED.format("0.5"), *_ACCURACY),
    "confident": (_AGREED.format("0.8"), *_ACCURACY),
    "coverage": (
        f"Coverage of the {_INTERVAL:.0%} predictive intervals of vote counts (at "
        f"least {LEAST_VOTES} votes), that of an exact model with the same posteriors, "
        "negative log likelihood per galaxy and deviance",
        ("counts", "coverage", "from", "to", "exact model", "nats", "deviance"),
        ("n", "coverage", "low", "high", "exact", "nats", "deviance"),
    ),
    "answers": (
        f"{_BY_VOTES}, by answer",
        ("N", "MAE", "RMSE", "RMSE, corrected", "bias"),
        ("n", "mae", "rmse", "corrected_rmse", "bias"),
    ),
}


def results(evaluation: Evaluation | None) -> str:
    """Test data, metrics and tables of an evaluation."""
    if evaluation is None:
        return "Not evaluated on galaxies with known answers."
    truth = evaluation.labels == "truth"
    known = "true fractions of a simulation" if truth else "votes"
    half = "" if evaluation.half == "all" else f", {evaluation.half} half"
    parts = [
        "### Testing data, factors and metrics",
        f"{evaluation.galaxies:,} galaxies of {line(evaluation.store + half)}, none "
        f"of them used for training; predictions are compared with their {known}. "
        "Each question is evaluated on galaxies for which more than half of the "
        "volunteers reach it.",
        "### Results",
    ]
    tables = dict(evaluation.tables)
    covered, nats = tables.pop("coverage", None), tables.get("nats")
    if covered is not None and nats is not None:
        covered = covered[np.isclose(covered["mass"], _INTERVAL)]
        tables["coverage"] = covered.merge(
            nats, on="question", suffixes=("", "_galaxies"), how="left"
        )
    for name, (words, heads, columns) in _TABLES.items():
        if name in tables:
            parts += [f"{words}:", _rows(tables[name], heads, columns)]
    return "\n\n".join(parts)


def summary(evaluation: Evaluation | None, tree: DecisionTree) -> str:
    """The mean errors and the number of questions learnt, in one sentence."""
    if evaluation is None or evaluation.mean_rmse is None:
        return "No numbers."
    text = f"Mean RMS error of vote fractions {evaluation.mean_rmse:.4f}"
    if evaluation.mean_constant_rmse is not None:
        text += (
            f"; that of a constant mean fraction is {evaluation.mean_constant_rmse:.4f}"
        )
    learnt = len(tree.questions) - len(evaluation.not_learnt)
    return f"{text}; {learnt} of {len(tree.questions)} questions learnt."


def _rows(values: pd.DataFrame, heads: Sequence[str], columns: Sequence[str]) -> str:
    key, head = "question", "question"
    if "label" in values:
        key, head = "label", "answer"
    rows = [
        (row[key], *(_number(row[name]) for name in columns))
        for row in values.to_dict("records")
    ]
    return table((head, *heads), rows)


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "–" if pd.isna(value) else f"{value:.4f}"
