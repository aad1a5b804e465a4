"""The evaluation section of a model card."""

import numpy as np
import pandas as pd

from morph.evaluation.accuracy import MORE_VOTES_THAN
from morph.evaluation.coverage import LEAST_VOTES
from morph.posterior.tree import DecisionTree
from morph.report.markdown import line, table
from morph.runs.evaluation_file import Evaluation

_INTERVAL = 0.9
_BY_VOTES = "Against vote fractions (at least two votes)"


def results(found: Evaluation | None, tree: DecisionTree) -> str:
    """Test data, metrics and tables of an evaluation."""
    if found is None:
        return "Not evaluated on galaxies with known answers."
    known = "true fractions of a simulation" if found.labels == "truth" else "votes"
    half = "" if found.half == "all" else f", half “{found.half}”"
    parts = [
        "### Testing data, factors and metrics",
        f"{found.galaxies:,} galaxies of {line(found.store + half)}, none used for "
        f"training, against their {known}. A question counts for galaxies of which "
        "more than half of the volunteers reach it.",
        "### Results",
        *_tables(found, tree),
    ]
    return "\n\n".join(parts)


def summary(found: Evaluation | None, tree: DecisionTree) -> str:
    """One sentence of numbers."""
    if found is None or found.mean_rmse is None:
        return "No numbers."
    text = f"Mean RMS error of vote fractions {found.mean_rmse:.4f}"
    if found.mean_constant_rmse is not None:
        text += f"; of a constant mean fraction {found.mean_constant_rmse:.4f}"
    learnt = len(tree.questions) - len(found.not_learnt)
    return f"{text}; {learnt} of {len(tree.questions)} questions learnt."


def _tables(found: Evaluation, tree: DecisionTree) -> list[str]:
    tables, parts = found.tables, []
    if "questions" in tables:
        heads = ("question", "N", "RMSE", "±", "MAE", "RMSE of a constant")
        columns = ("n", "rmse", "rmse_error", "mae", "constant_rmse")
        parts += [
            "Errors of vote fractions:",
            _rows(tables["questions"], columns, heads),
        ]
    if "vote_errors" in tables:
        heads = (
            "question",
            "N",
            "RMSE",
            "vote noise",
            "RMSE, corrected",
            "MAE",
        )
        columns = ("n", "rmse", "noise", "corrected_rmse", "mae")
        parts += [_BY_VOTES + ":", _rows(tables["vote_errors"], columns, heads)]
    for name, more in (("majority", "0.5"), ("confident", "0.8")):
        if name in tables:
            heads = ("question", "N", "accuracy", "from", "to", "precision", "F1")
            columns = ("n", "accuracy", "low", "high", "precision", "f1")
            words = (
                f"Galaxies with more than {MORE_VOTES_THAN} votes and a fraction above "
                f"{more} for one answer, at every level of the tree (95% interval; "
                "precision and F1 weighted by class size):"
            )
            parts += [words, _rows(tables[name], columns, heads)]
    if {"coverage", "nats"} <= tables.keys():
        parts += [_coverage_words(), _coverage(found)]
    if "answers" in tables:
        heads = ("answer", "N", "MAE", "RMSE", "RMSE, corrected", "bias")
        columns = ("n", "mae", "rmse", "corrected_rmse", "bias")
        words = f"{_BY_VOTES}, by answer:"
        parts += [words, _rows(tables["answers"], columns, heads)]
    return parts


def _coverage_words() -> str:
    return (
        f"Coverage of the {_INTERVAL:.0%} predictive intervals of vote counts (at "
        f"least {LEAST_VOTES} votes), negative log likelihood per galaxy and deviance:"
    )


def _coverage(found: Evaluation) -> str:
    covered = found.tables["coverage"]
    covered = covered[np.isclose(covered["mass"], _INTERVAL)]
    both = covered.merge(
        found.tables["nats"], on="question", suffixes=("", "_galaxies"), how="left"
    )
    heads = ("question", "counts", "coverage", "from", "to", "nats", "deviance")
    columns = ("n", "coverage", "low", "high", "nats", "deviance")
    return _rows(both, columns, heads)


def _rows(found: pd.DataFrame, columns: tuple[str, ...], heads: tuple[str, ...]) -> str:
    key = "label" if "label" in found.columns else "question"
    rows = [
        (row[key], *(_number(row[name]) for name in columns))
        for row in found.to_dict("records")
    ]
    return table(heads, rows)


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "–" if pd.isna(value) else f"{value:.4f}"
