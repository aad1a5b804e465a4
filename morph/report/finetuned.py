"""What a fine-tuning was worth, for its report, its model card and its card on Runs."""

from functools import partial

import pandas as pd

from morph.figures import finetuned_figures
from morph.report.markdown import line, table
from morph.report.panel import Panel
from morph.runs.finetuning.results_file import (
    METHODS,
    SCORE_WORDS,
    Judged,
    JudgedQuestion,
)

_HOW = (
    "All methods are judged on the same galaxies, whose labels none has learnt from. "
    "“Frozen features” is a logistic regression on the features of the model that the "
    "fine-tuning began with, its strength chosen by cross-validation, with the labels "
    "that the fine-tuning learnt from and held out; “shares of the labels” gives every "
    "galaxy the fractions of the labels. Intervals: 95%, a bootstrap over the galaxies."
)


def panels(judged: Judged) -> list[Panel]:
    """A plot of the scores of each question."""
    return [
        Panel(
            f"finetuned_{question.name}",
            f"Fine-tuned: {question.title}",
            f"{question.sentence} {judged.words} {_HOW}",
            partial(finetuned_figures.scores, question.scores),
            _titled(question.scores),
        )
        for question in judged.questions
    ]


def sentence(judged: Judged) -> str:
    """The outcome of each question."""
    several = len(judged.questions) > 1
    return " ".join(
        f"{question.title}: {question.sentence}" if several else question.sentence
        for question in judged.questions
    )


def markdown(judged: Judged) -> str:
    """The evaluation section of a model card."""
    parts = [
        "### Testing data, factors and metrics",
        line(judged.words),
        _HOW,
        "### Results",
    ]
    for question in judged.questions:
        counts = zip(question.answers, question.galaxies, strict=True)
        told = ", ".join(f"{answer}: {number:,}" for answer, number in counts)
        parts += [
            f"{line(question.title)} ({line(told)}):",
            table(("method", *SCORE_WORDS.values()), _rows(question)),
            line(question.sentence),
        ]
    return "\n\n".join(parts)


def limits(judged: Judged) -> list[str]:
    """What the predictions do not tell."""
    found = [
        "The labels are those of the people who gave them, a few hundred at most; the "
        "posterior describes their answers, as wide as the votes of so few people.",
        "Galaxies that were chosen for labelling may have an answer more often than "
        "those of the catalogue: counts of predicted answers inherit the shares of "
        "the labels.",
    ]
    unsure = [line(one.title) for one in judged.questions if not one.is_learnt]
    if unsure:
        names = ", ".join(unsure)
        found.append(f"Not shown to be better than the shares of the labels: {names}.")
    return found


def _rows(question: JudgedQuestion) -> list[tuple[str, ...]]:
    rows = []
    for method, words in METHODS.items():
        own = question.scores[question.scores["method"] == method]
        if len(own):
            rows.append((words, *map(_with_interval, own.itertuples())))
    return rows


def _with_interval(row: tuple) -> str:
    if pd.isna(row.value):
        return "–"
    return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"


def _titled(scores: pd.DataFrame) -> pd.DataFrame:
    return scores.assign(
        method=scores["method"].map(METHODS), score=scores["score"].map(SCORE_WORDS)
    )
