"""The release of a fine-tuning: that of the parent, with the question it has learnt."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from morph.errors import MorphError
from morph.home import cutouts_folder, release_folder
from morph.images.store_manifest import read_store_manifest
from morph.release.folder import MANIFEST, Manifest, verify_release
from morph.release.manifest import read_manifest
from morph.release.with_question import (
    NewQuestion,
    from_probabilities,
    release_with_questions,
)
from morph.report.card import CARD
from morph.runs.active_run import Run
from morph.runs.finetuning.config import FinetuneConfig
from morph.runs.finetuning.labels_file import Labels, read_labels
from morph.runs.finetuning.results_file import JUDGED, Judged, read_judged
from morph.trees.decision_tree import DecisionTree
from morph.trees.own_questions import tree_with
from training.apply.predict import Prediction
from training.network.checkpoints import FittedModel


def refuse_parent(run: Run, config: FinetuneConfig) -> None:
    """Raise MorphError for a parent that would be refused after the fit."""
    if config.release is None:
        return
    release = config.release
    if release.release_id == release.parent:
        raise MorphError(
            f"release.release_id is the parent's, {release.parent!r}; the release with "
            "the question needs a new name"
        )
    manifest = read_manifest(release_folder(run.root, release.parent))
    for name in release.stores:
        store = read_store_manifest(cutouts_folder(run.root, name))
        for what in ("survey", "origin"):
            its, expected = getattr(store, what), getattr(manifest, what)
            if its != expected:
                raise MorphError(
                    f"the {what} of {name} is {its}, but that of the release "
                    f"{release.parent} is {expected}; name a cutout store of its "
                    "galaxies"
                )
    tree = tree_with(manifest.tree, manifest.details.own_questions)
    names = {question.name for question in tree.questions}
    for question in config.question.tree.questions:
        if question.name in names:
            raise MorphError(
                f"the release {release.parent} has the question “{question.title}” "
                "already; name its parent, or ask with other words"
            )


def write_release_with_answers(
    run: Run,
    config: FinetuneConfig,
    prediction: Prediction,
    card: FittedModel,
    tree: DecisionTree,
) -> Manifest:
    """Write the run's release, or return it if it exists.

    Several answers that may hold are a question each.
    """
    folder = run.folder / "release"
    if (folder / MANIFEST).exists():
        return verify_release(folder)
    parent = release_folder(run.root, config.release.parent)
    inherited, judged = read_manifest(parent), read_judged(run.folder)
    labels = read_labels(run.folder, tree)
    new = [
        _new_question(part, prediction, labels, tree.columns(question))
        for part, question in zip(config.question.parts, tree.questions, strict=True)
    ]
    not_learnt = [
        question.name
        for place, question in enumerate(tree.questions)
        if judged is not None and not judged.questions[place].is_learnt
    ]
    return release_with_questions(
        folder,
        parent,
        new,
        changes=_changes(run, config, inherited, tree, judged)
        | {"not_learnt": (*inherited.not_learnt, *not_learnt)},
        provenance=_provenance(run, config, card, labels, judged),
        documents=_documents(run),
    )


def _new_question(
    part: tuple[str, tuple[str, ...]],
    prediction: Prediction,
    labels: Labels,
    columns: slice,
) -> NewQuestion:
    """The posteriors, as wide as the votes of as many people as labelled a galaxy.

    Labels of one person tell what the mean is, and nothing of its certainty.
    """
    title, answers = part
    counts = labels.counts[:, columns]
    people = counts.sum(axis=1)
    typical = float(people[people > 0].mean())
    alpha = prediction.concentration[:, columns].astype(float)
    mean = alpha / alpha.sum(axis=1, keepdims=True)
    names = prediction.names.astype(str)
    row = {name: place for place, name in enumerate(labels.names)}
    votes = np.zeros(mean.shape)
    for place, name in enumerate(names):
        if name in row:
            votes[place] = counts[row[name]]
    concentrations = from_probabilities(mean, np.full(len(mean), typical))
    return NewQuestion(title, answers, names, concentrations, votes)


def _changes(
    run: Run,
    config: FinetuneConfig,
    parent: Manifest,
    tree: DecisionTree,
    judged: Judged | None,
) -> dict[str, Any]:
    """Differences of the release's manifest from its parent's."""
    release = config.release
    said = f"“{tree.title}”, answered by a fine-tuned network"
    told = " ".join(filter(None, (judged and judged.words, release.note)))
    note = (
        f"The release {release.parent} with the question {said}. Galaxies without an "
        f"image in {', '.join(release.stores)} have a flat posterior for it. {told}"
    )
    return {
        "release_id": release.release_id,
        "parent_run": run.folder.name,
        "title": release.title or f"{parent.title}, with {said}",
        "note": note.strip(),
        "cutouts": tuple(dict.fromkeys([*parent.cutouts, *release.stores])),
    }


def _provenance(
    run: Run,
    config: FinetuneConfig,
    card: FittedModel,
    labels: Labels,
    judged: Judged | None,
) -> dict[str, Any]:
    """How the posteriors were made: model, labels, and what they are worth."""
    found: dict[str, Any] = {
        "method": "fine-tuned network",
        "run": run.folder.name,
        "config": run.config,
        "model": card.description,
        "question": config.question.text,
        "votes": int(labels.counts.sum()),
        "galaxies": len(labels.names),
        "labels_sha256": labels.sha256,
    }
    if judged is not None:
        found["judged"] = judged.words
        found["evaluation"] = {q.title: q.sentence for q in judged.questions}
    return found


def _documents(run: Run) -> Mapping[str, str]:
    """The card and the evaluation, under names that no parent's files have."""
    paths = {
        f"{run.folder.name}_card.md": run.folder / CARD,
        f"{run.folder.name}_evaluation.json": run.folder / JUDGED,
    }
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in paths.items()
        if path.is_file()
    }
