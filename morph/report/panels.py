"""The plots of a run, each with its heading, caption and numbers.

The page ``report.html`` in the run's folder and the dashboard show the same plots.
"""

from collections.abc import Iterator
from functools import partial

import pandas as pd
import plotly.graph_objects as go

from morph.evaluation.accuracy import MORE_VOTES_THAN
from morph.evaluation.coverage import LEAST_VOTES
from morph.figures import evaluation_figures, run_figures
from morph.figures.reliability_figures import reliability_curves
from morph.figures.style import ACCENT
from morph.posterior.intervals import FEW
from morph.report import finetuned
from morph.report.panel import Panel
from morph.report.record import MEASURES, RunRecord
from morph.runs.evaluation_file import Evaluation
from morph.trees.decision_tree import DecisionTree


def panels(record: RunRecord, tree: DecisionTree) -> list[Panel]:
    """Every plot that the run's files have numbers for."""
    shown = [] if record.judged is None else finetuned.panels(record.judged)
    if len(record.steps):
        shown.append(_steps(record.steps))
    if len(record.epochs):
        shown.append(_losses(record.epochs))
    if len(record.watched):
        shown.append(_watched(record.watched))
    if len(record.labelled):
        shown.append(_labelled(record.labelled, tree))
    if record.evaluation is not None:
        shown += _judged(record.evaluation, tree)
        shown += _reliability(record.evaluation, tree)
    return shown


def _steps(steps: pd.DataFrame) -> Panel:
    return Panel(
        "steps",
        "Fit, step by step",
        "At the steps of each fit, the loss is the mean since the previous point, "
        "on training galaxies; the speed is the mean since the epoch began.",
        partial(run_figures.steps, steps),
        steps,
    )


def _losses(epochs: pd.DataFrame) -> Panel:
    return Panel(
        "losses",
        "Training loss",
        "Mean loss after each epoch; lower is better. In fits to votes it is the "
        "negative log likelihood per galaxy, in nats; adaptations without votes "
        "minimise other losses.",
        partial(evaluation_figures.losses, epochs),
        epochs,
    )


def _watched(epochs: pd.DataFrame) -> Panel:
    measures = {name: words for name, words in MEASURES.items() if name in epochs}
    return Panel(
        "watched",
        "Measures without votes",
        "Measures after each epoch that compare the adapted model with the source "
        "model on the source survey. Disagreement (on galaxies imaged by both surveys) "
        "and shift (of mean vote fractions at equal magnitude and size) should "
        "decrease; the first of these that is available decides whether the "
        "adaptation is kept. "
        "Separability is 0.5 where the answers do not distinguish the surveys. A "
        "collapse appears as a sudden change of mutual information or of the agreement "
        "of neighbours: how often galaxies that the source model finds similar receive "
        "similar answers.",
        partial(evaluation_figures.watched, epochs, measures),
        epochs,
    )


def _labelled(shares: pd.DataFrame, tree: DecisionTree) -> Panel:
    return Panel(
        "labelled",
        "Pseudo-labels",
        "Fraction of target galaxies with each answer as pseudo-label, by epoch. "
        "Answers that no galaxy has are no longer used for training.",
        partial(run_figures.labelled, shares, tree),
        shares.assign(
            question=[tree.question_of(label).title for label in shares["label"]],
            answer=[tree.words(label) for label in shares["label"]],
        )[["epoch", "question", "answer", "share"]],
    )


def _judged(evaluation: Evaluation, tree: DecisionTree) -> Iterator[Panel]:
    titles = {question.name: question.title for question in tree.questions}
    if "questions" in evaluation.tables:
        yield _errors(evaluation, titles)
    if {"majority", "confident"} <= evaluation.tables.keys():
        yield _accuracies(evaluation, titles)
    if "coverage" in evaluation.tables:
        yield _coverages(evaluation, titles)


def _errors(evaluation: Evaluation, titles: dict[str, str]) -> Panel:
    table, votes = evaluation.tables["questions"], evaluation.tables.get("vote_errors")
    known = "true" if evaluation.labels == "truth" else "observed"
    words = (
        f"Predicted against {known} fractions: root mean square over the answers, for "
        "galaxies where more than half of the volunteers reach the question. "
        "Right: number of galaxies."
    )
    if votes is not None:
        words += " Corrected: error against votes, minus their binomial noise."
    return Panel(
        "errors",
        "Errors of vote fractions",
        words,
        partial(evaluation_figures.fraction_errors, table, votes, titles),
        _titled(table, titles),
    )


def _accuracies(evaluation: Evaluation, titles: dict[str, str]) -> Panel:
    majority, confident = evaluation.tables["majority"], evaluation.tables["confident"]
    both = [majority.assign(votes="> 0.5"), confident.assign(votes="> 0.8")]
    return Panel(
        "accuracies",
        "Accuracy where volunteers agree",
        f"Galaxies with more than {MORE_VOTES_THAN} votes on the question, if its "
        "leading answer and every parent answer exceed the stated fraction of the "
        "votes. A prediction is correct if its most probable answers agree at every "
        "level of the tree. Whiskers: 95% intervals. Right: number of galaxies; "
        f"hollow: fewer than {FEW}.",
        partial(evaluation_figures.accuracies, majority, confident, titles),
        _titled(pd.concat(both, ignore_index=True), titles),
    )


def _coverages(evaluation: Evaluation, titles: dict[str, str]) -> Panel:
    table = evaluation.tables["coverage"]
    return Panel(
        "coverages",
        "Coverage of predictive intervals",
        f"Fraction of vote counts (questions with at least {LEAST_VOTES} votes) inside "
        "the beta-binomial intervals that the posterior predicts. Vertical ticks: the "
        "fraction if votes were drawn from these posteriors. It differs from the "
        "probability of the interval because counts are whole numbers. A model to the "
        "left of its tick is overconfident. Whiskers: 95% intervals. Right: number of "
        "counts.",
        partial(evaluation_figures.coverages, table, titles),
        _titled(table, titles),
    )


def _reliability(evaluation: Evaluation, tree: DecisionTree) -> Iterator[Panel]:
    table = evaluation.tables.get("reliability", pd.DataFrame({"label": []}))
    for question in tree.questions:
        words = question.words_by_label
        own = table[table["label"].isin(words)]
        if own.empty:
            continue
        yield Panel(
            f"reliability_{question.name}",
            f"Reliability: {question.title}",
            f"Mean vote fraction (at least {LEAST_VOTES} votes) in bins of the "
            "predicted fraction. Dotted: perfect calibration. Whiskers: 95% intervals "
            f"of the mean; hollow: fewer than {FEW} galaxies.",
            partial(_curves, own, words),
            own.assign(label=own["label"].map(words)),
        )


def _curves(table: pd.DataFrame, words: dict[str, str]) -> go.Figure:
    figure = reliability_curves({"Model": (table, ACCENT)}, words)
    return figure.update_layout(showlegend=False, margin_t=30)


def _titled(table: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    return table.assign(question=table["question"].map(titles))
