"""What was learnt as a release: the parent's galaxies with one question more."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morph.labels.answers_file import Act
from morph.labels.in_force import counting
from morph.labels.label_question import SEPARATOR, LabelQuestion
from morph.learning.answers_card import answers_card
from morph.learning.fit_task import FitResult
from morph.learning.judging.evaluation_results import Evaluation
from morph.learning.training_labels import Problem
from morph.release.attach_answers import attach_answers
from morph.release.manifest import Manifest, read_manifest
from morph.tables.cells import guarded
from morph.trees.decision_tree import DecisionTree
from morph.trees.own_questions import extended, own_question, to_json, tree_with
from morph.trees.question import Question
from morph.wording import Tell, nobody, utc_now

HOW = {
    "answers": "Logistic regression on 64 principal components of the image features: "
    "the strength of its ridge penalty and the temperature of its probabilities have "
    "the smallest log loss in a cross-validation. Expected fractions are the mean of "
    "16 models fitted to random weights of the labelled galaxies (the Bayesian "
    "bootstrap); the sum of the concentrations is the one whose variances are those "
    "among these models, at most the number of labels plus that of answers.",
    "ratings": "Gaussian process (rational quadratic kernel and white noise) on 40 "
    "principal components of the image features. Expected fractions are those of its "
    "value plus noise, rounded to a rating; the sum of the concentrations is the one "
    "whose variances are those over the posterior of the value, at most the number of "
    "labels plus that of ratings.",
}
NO_FEATURES = "shares of the answers among the labels, as no image features are known"


@dataclass(frozen=True)
class Learnt:
    """A fitted question, as it becomes part of a release.

    ``problems`` are those that were fitted, each with its evaluation in ``result``;
    ``acts`` all answers, and ``who`` the person whose answers count, "" for all.
    """

    question: LabelQuestion
    problems: tuple[Problem, ...]
    result: FitResult
    acts: tuple[Act, ...]
    who: str
    names: tuple[str, ...]  # of the labelled galaxies


def write_answered_release(
    folder: Path,
    parent: Path,
    learnt: Learnt,
    *,
    release_id: str,
    short: str,
    tell: Tell = nobody,
) -> Manifest:
    """Write ``folder``: the release ``parent`` with the question in its tree.

    ``short`` is what the question is called in it. Raises as `attach_answers` does.
    """
    inherited = read_manifest(parent)
    own = inherited.details.own_questions or {}
    tree = tree_with(inherited.tree, inherited.details.own_questions)
    added: list[Question] = []
    for problem in learnt.problems:
        added.append(_question(extended(tree, added), problem, short))
    concentrations = {
        label: alpha
        for place, question in enumerate(added)
        for label, alpha in _concentrations(question, learnt, place).items()
    }
    record = _record(learnt, added, short)
    questions = to_json((*tree.own_questions, *added))
    not_learnt = [
        question.name
        for question, judged in zip(added, learnt.result.evaluations, strict=True)
        if not judged.learnt
    ]
    name = added[0].name
    said = f"“{learnt.question.text}” learnt from {record['labels']:,} labels"
    return attach_answers(
        folder,
        parent,
        concentrations,
        own_questions={
            **own,
            "questions": questions,
            "learnt": [*own.get("learnt", []), record],
        },
        counts=_counts(learnt, added),
        changes={
            "release_id": release_id,
            "title": f"{inherited.title}, with {said}",
            "note": f"{inherited.note} {_note(learnt, said)}".strip(),
            "not_learnt": (*inherited.not_learnt, *not_learnt),
            "parent_run": None,
        },
        documents={
            f"{name}_card.md": answers_card(record, learnt.result, parent.name),
            f"{name}_labels.csv": _labels(learnt),
        },
        tell=tell,
    )


def _question(tree: DecisionTree, problem: Problem, short: str) -> Question:
    """The question of a problem, as the tree asks it."""
    title = f"{problem.of} ({short})" if problem.of else short
    answers = list(problem.answers)
    if problem.is_rating:
        answers = [f"{short} {rating}" for rating in answers]
    return own_question(
        tree.questions, title, answers, short=f"{short} {problem.of}".strip()
    )


def _concentrations(
    question: Question, learnt: Learnt, place: int
) -> dict[str, np.ndarray]:
    """Label -> (N,); galaxies without features get the shares among the labels."""
    alpha = np.array(learnt.result.ranks[f"alpha_{place}"], np.float32)
    counts = np.array(list(learnt.result.evaluations[place].of_answer.values()))
    answers = len(question.answers)
    share = (counts + 0.5) / (counts.sum() + 0.5 * answers)
    alpha[np.isnan(alpha[:, 0])] = share * answers
    return dict(zip(question.labels, alpha.T.copy(), strict=True))


def _counts(learnt: Learnt, added: Sequence[Question]) -> dict[str, Mapping[str, int]]:
    """Label -> iauname -> number of people who gave the answer."""
    found: dict[str, dict[str, int]] = {}
    acts = _used(learnt)
    for problem, question in zip(learnt.problems, added, strict=True):
        for place, label in enumerate(question.labels):
            given = found.setdefault(label, {})
            for act in acts:
                holds = problem.answers[place] in act.answer
                if problem.of:
                    holds = (problem.of in act.answer) == (place == 0)
                if holds:
                    given[act.iauname] = given.get(act.iauname, 0) + 1
    return found


def _used(learnt: Learnt) -> list[Act]:
    """The answers that count, of the galaxies that the model was fitted to."""
    names = set(learnt.names)
    return [
        act
        for (person, name), act in sorted(counting(learnt.acts).items())
        if act.answer and name in names and learnt.who in ("", person)
    ]


def _labels(learnt: Learnt) -> str:
    """The labels used as CSV; people are numbers, as releases are passed on."""
    people: dict[str, int] = {}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("iauname", "answer", "person", "when", "chosen", "blind"))
    for act in _used(learnt):
        person = people.setdefault(act.who, len(people) + 1)
        answer = SEPARATOR.join(act.answer)
        row = (act.iauname, answer, str(person), act.when, act.chosen, str(act.blind))
        writer.writerow([guarded(cell) for cell in row])
    return text.getvalue()


def _record(learnt: Learnt, added: Sequence[Question], short: str) -> dict[str, Any]:
    """What the details of the release tell of a learnt question."""
    acts = _used(learnt)
    one = learnt.question
    return {
        "questions": [question.name for question in added],
        "text": one.text,
        "short": short,
        "kind": one.kind,
        "digest": one.digest,
        "labels": len({act.iauname for act in acts}),
        "people": len({act.who for act in acts}),
        "how": HOW["ratings" if one.kind == "rating" else "answers"],
        "strengths": list(learnt.result.strengths),
        "evaluation": [_evaluated(one) for one in learnt.result.evaluations],
        "learnt_at": utc_now("seconds"),
    }


def _evaluated(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation as JSON, in which there is no NaN."""

    def plain(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 5) if np.isfinite(value) else None
        if isinstance(value, Mapping):
            return {name: plain(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [plain(one) for one in value]
        return value

    return plain(asdict(evaluation)) | {"learnt": evaluation.learnt}


def _note(learnt: Learnt, said: str) -> str:
    """What users should know of the question."""
    unsure = [one for one in learnt.result.evaluations if not one.learnt]
    worse = " It is not better than chance by its evaluation." if unsure else ""
    lacking = np.isnan(learnt.result.ranks["alpha_0"][:, 0]).sum()
    without = f" {lacking:,} galaxies: {NO_FEATURES}." if lacking else ""
    return (
        f"{said}, by a model on the image features; its fractions are probabilities of "
        f"answers of those who labelled.{worse}{without}"
    )
