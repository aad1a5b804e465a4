"""The plots of a run, each with its heading, its words and its numbers.

The page ``report.html`` of a run's folder and the dashboard show the same ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd
import plotly.graph_objects as go

from morph.evaluation.accuracy import MORE_VOTES_THAN
from morph.evaluation.coverage import LEAST_VOTES
from morph.figures import evaluation_figures
from morph.figures.agreement_figures import ACCENT
from morph.figures.reliability_figures import reliability_curves
from morph.posterior.intervals import FEW
from morph.posterior.tree import DecisionTree
from morph.report.record import MEASURES, RunRecord
from morph.runs.evaluation_file import Evaluation


@dataclass(frozen=True)
class Panel:
    """One plot of a run; ``draw`` makes it, some tenths of a second."""

    key: str
    heading: str
    words: str
    draw: Callable[[], go.Figure]
    table: pd.DataFrame


def panels(record: RunRecord, tree: DecisionTree) -> list[Panel]:
    """Every plot that the run's files have numbers for."""
    found = []
    if len(record.epochs):
        found.append(_losses(record.epochs))
    if len(record.watched):
        found.append(_watched(record.watched))
    if record.evaluation is not None:
        found += _judged(record.evaluation, tree)
        found += _reliability(record.evaluation, tree)
    return found


def _losses(epochs: pd.DataFrame) -> Panel:
    return Panel(
        "losses",
        "How it was fitted",
        "Loss after each epoch, lower is better: of votes, what a galaxy’s cost in "
        "nats; steps of an adaptation without votes have losses of their own.",
        partial(evaluation_figures.losses, epochs),
        epochs,
    )


def _watched(epochs: pd.DataFrame) -> Panel:
    measures = {name: words for name, words in MEASURES.items() if name in epochs}
    return Panel(
        "watched",
        "What was measured without votes",
        "After each epoch, of the model as it would be in the end, beside what the "
        "source model says of the source survey. Disagreement (on galaxies that both "
        "surveys imaged) and shift (of mean vote fractions at equal magnitude and "
        "size) should fall; the first of them that is there decides. Surveys that "
        "cannot be told apart by the answers have 0.5. A collapse shows in a sudden "
        "change of information, or of how often galaxies that look alike to the source "
        "model are told alike.",
        partial(evaluation_figures.watched, epochs, measures),
        epochs,
    )


def _judged(found: Evaluation, tree: DecisionTree) -> Iterator[Panel]:
    titles = {question.name: question.title for question in tree.questions}
    if "questions" in found.tables:
        yield _errors(found, titles)
    if {"majority", "confident"} <= found.tables.keys():
        yield _accuracies(found, titles)
    if "coverage" in found.tables:
        yield _coverages(found, titles)


def _errors(found: Evaluation, titles: dict[str, str]) -> Panel:
    table, votes = found.tables["questions"], found.tables.get("vote_errors")
    known = "true" if found.labels == "truth" else "voted"
    words = (
        f"Expected against {known} fractions, root mean square over the answers of "
        "galaxies that more than half of the volunteers are asked about; their number "
        "stands at the right."
    )
    if votes is not None:
        words += (
            " Noise taken away: against the votes, less what so few volunteers scatter."
        )
    return Panel(
        "errors",
        "Errors of vote fractions",
        words,
        partial(evaluation_figures.fraction_errors, table, votes, titles),
        _titled(table, titles),
    )


def _accuracies(found: Evaluation, titles: dict[str, str]) -> Panel:
    majority, confident = found.tables["majority"], found.tables["confident"]
    both = [majority.assign(votes="> 0.5"), confident.assign(votes="> 0.8")]
    return Panel(
        "accuracies",
        "Accuracy where volunteers agree",
        f"Galaxies with more than {MORE_VOTES_THAN} votes on the question whose "
        "largest answer, and every one on the way to it, has more than that share of "
        "them; the model is right if its largest answers are the same all the way. "
        "Bars: 95% "
        f"intervals, at the right the number of galaxies; hollow below {FEW}.",
        partial(evaluation_figures.accuracies, majority, confident, titles),
        _titled(pd.concat(both, ignore_index=True), titles),
    )


def _coverages(found: Evaluation, titles: dict[str, str]) -> Panel:
    table = found.tables["coverage"]
    return Panel(
        "coverages",
        "Coverage of the intervals for counts",
        f"Share of the volunteers’ counts (questions with {LEAST_VOTES} votes or more) "
        "inside the beta-binomial intervals that the posterior gives for them. A model "
        "as sure as it should be is on the dotted line of each colour; left of it, it "
        "is too sure of itself. Counts at the right.",
        partial(evaluation_figures.coverages, table, titles),
        _titled(table, titles),
    )


def _reliability(found: Evaluation, tree: DecisionTree) -> Iterator[Panel]:
    table = found.tables.get("reliability", pd.DataFrame({"label": []}))
    for question in tree.questions:
        words = dict(zip(question.labels, question.words, strict=True))
        own = table[table["label"].isin(words)]
        if own.empty:
            continue
        yield Panel(
            f"reliability_{question.name}",
            f"Reliability: {question.title}",
            f"Mean of the votes ({LEAST_VOTES} or more) in bins of the expected "
            "fraction; on the dotted line it is what was expected. Bars: 95% "
            f"intervals of the mean; hollow below {FEW} galaxies.",
            partial(_curves, own, words),
            own.assign(label=own["label"].map(words)),
        )


def _curves(table: pd.DataFrame, words: dict[str, str]) -> go.Figure:
    figure = reliability_curves({"The model": (table, ACCENT)}, words)
    return figure.update_layout(showlegend=False, margin_t=30)


def _titled(table: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    return table.assign(question=table["question"].map(titles))
