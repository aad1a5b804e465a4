"""``finetuned.json`` of a run: how a fine-tuned network compares with other methods."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from morph.errors import MorphError, RunError
from morph.runs.run_files import read_json

JUDGED = "finetuned.json"

FINE_TUNED, FROZEN, SCRATCH = "fine_tuned", "frozen", "scratch"
MAJORITY, CHANCE = "majority", "chance"
METHODS = {
    FINE_TUNED: "Fine-tuned",
    FROZEN: "Frozen features, logistic regression",
    SCRATCH: "From random weights",
    MAJORITY: "Shares of the labels",
    CHANCE: "Chance",
}
SCORE_WORDS = {
    "balanced_accuracy": "Balanced accuracy",
    "log_loss": "Log loss (nats)",
    "roc_auc": "ROC AUC",
}
_HIGHER_IS_BETTER = {"balanced_accuracy": True, "log_loss": False, "roc_auc": True}


@dataclass(frozen=True)
class JudgedQuestion:
    """One question: scores, differences and McNemar's test, on the same galaxies."""

    name: str
    title: str
    answers: tuple[str, ...]
    galaxies: tuple[int, ...]  # judged on, by answer
    scores: pd.DataFrame  # method, score, value, low, high
    differences: pd.DataFrame  # of the fine-tuned network to a method; as scores
    only_fine_tuned: int  # galaxies that it alone has right, of two methods
    only_frozen: int
    p: float  # of McNemar's test

    @property
    def is_learnt(self) -> bool:
        """Whether its log loss is below that of the shares of the labels, surely."""
        return self._sure("log_loss", MAJORITY) > 0

    @property
    def sentence(self) -> str:
        """The comparison with frozen features in words; no claim across zero."""
        value, low, high = self._difference("balanced_accuracy", FROZEN)
        if value is None:
            return (
                f"{sum(self.galaxies):,} galaxies to judge on do not tell fine-tuning "
                "and frozen features apart."
            )
        sure = self._sure("balanced_accuracy", FROZEN)
        what = {
            1: "Fine-tuning is better than frozen features",
            -1: "Fine-tuning is worse than frozen features",
            0: "No difference to frozen features is shown",
        }[sure]
        return (
            f"{what}: balanced accuracy {value:+.3f} ({low:+.3f} to {high:+.3f}) on "
            f"{sum(self.galaxies):,} galaxies; McNemar p = {self.p:.2g} "
            f"({self.only_fine_tuned:,} right by fine-tuning alone, "
            f"{self.only_frozen:,} by frozen features alone)."
        )

    def _difference(
        self, score: str, method: str
    ) -> tuple[float | None, float | None, float | None]:
        rows = self.differences
        row = rows[(rows["score"] == score) & (rows["method"] == method)]
        if row.empty or row[["value", "low", "high"]].isna().any(axis=None):
            return None, None, None
        return tuple(row[["value", "low", "high"]].iloc[0].astype(float))

    def _sure(self, score: str, method: str) -> int:
        """1 if it is better and its interval excludes 0, -1 if worse, otherwise 0."""
        _, low, high = self._difference(score, method)
        if low is None or low <= 0 <= high:
            return 0
        return 1 if (low > 0) == _HIGHER_IS_BETTER[score] else -1


@dataclass(frozen=True)
class Judged:
    """All questions of a fine-tuning, and numbers of galaxies."""

    labelled: int
    without_image: int
    learnt: int
    held_out: int
    tested: int
    labels: int  # answers of people
    labels_sha256: str
    questions: tuple[JudgedQuestion, ...]

    @property
    def words(self) -> str:
        """How many galaxies were for what."""
        gone = (
            f"; {self.without_image:,} without an image" if self.without_image else ""
        )
        return (
            f"{self.labels:,} labels of {self.labelled:,} galaxies{gone}: learnt from "
            f"{self.learnt:,}, {self.held_out:,} held out to choose the epoch and "
            f"calibrate, judged on {self.tested:,} others."
        )


def read_judged(folder: Path) -> Judged | None:
    """The results in the folder of a run; None if there are none.

    RunError if the file is damaged.
    """
    if not (folder / JUDGED).is_file():
        return None
    value = read_json(folder / JUDGED)
    try:
        numbers = {name: int(number) for name, number in value["galaxies"].items()}
        return Judged(
            **numbers,
            labels=int(value["labels"]),
            labels_sha256=str(value["labels_sha256"]),
            questions=tuple(map(_question, value["questions"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, MorphError) as error:
        raise RunError(
            f"{folder / JUDGED} is not the result of a fine-tuning ({error!r}); make "
            "the run again under another name"
        ) from error


def _question(value: Mapping[str, Any]) -> JudgedQuestion:
    test = value["mcnemar"] or {"fine_tuned": 0, "frozen": 0, "p": 1.0}
    return JudgedQuestion(
        str(value["question"]),
        str(value["title"]),
        tuple(map(str, value["answers"])),
        tuple(map(int, value["galaxies"])),
        _table(value["methods"]),
        _table(value["differences"]),
        int(test["fine_tuned"]),
        int(test["frozen"]),
        float(test["p"]),
    )


def _table(methods: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    rows = [
        (method, score, *methods[method][score])
        for method in METHODS
        if method in methods
        for score in SCORE_WORDS
    ]
    columns = ["method", "score", "value", "low", "high"]
    table = pd.DataFrame(rows, columns=columns)
    for column in columns[2:]:
        table[column] = pd.to_numeric(table[column]).astype(float)
    return table
