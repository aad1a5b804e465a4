"""A release with more questions, of which posteriors of some galaxies are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morph.atomic import new_folder, writing
from morph.errors import MorphError
from morph.home import checked_name
from morph.release.attach_answers import attach_answers
from morph.release.attach_features import release_names
from morph.release.manifest import Manifest, read_manifest
from morph.trees.own_questions import own_question, to_json, tree_with
from morph.trees.question import Question
from morph.wording import Tell, nobody

UNKNOWN = 1.0  # concentration of each answer of a galaxy of which nothing is known
MADE = "made"  # in the details of a release: how the posteriors of its questions were
_LEAST = 1e-3  # of a concentration


@dataclass(frozen=True)
class NewQuestion:
    """A question of K answers, and what is known of n galaxies."""

    title: str
    answers: Sequence[str]  # in words
    names: Sequence[str]  # (n,) iaunames
    concentrations: np.ndarray  # (n, K) of their Dirichlet posteriors
    votes: np.ndarray | None = None  # (n, K) counts, if people were asked


def from_probabilities(posterior: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """(n, K) concentrations with the means ``posterior``, for n galaxies' votes.

    They count as many votes as there were, and one for each answer, as the posterior
    of plain votes under a uniform prior does; ``votes`` is (n,).
    """
    total = votes[:, None] + posterior.shape[1]
    return np.maximum(posterior * total, _LEAST)


def release_with_questions(
    folder: Path,
    parent: Path,
    new: Sequence[NewQuestion],
    *,
    changes: Mapping[str, Any],
    provenance: Mapping[str, Any],
    documents: Mapping[str, str] | None = None,
    tell: Tell = nobody,
) -> Manifest:
    """Write ``folder``, the release ``parent`` with the questions as its last ones.

    Galaxies of the parent that are not in ``new`` have `UNKNOWN` for each answer, which
    is a flat posterior; a release of fractions has none for them.

    Parameters
    ----------
    changes : mapping
        Fields of the manifest that differ from the parent: at least ``release_id``.
    provenance : mapping
        How the posteriors were made; kept with the questions in the manifest.
    documents : mapping
        Name of an additional file -> its text.

    Raises
    ------
    DamagedRelease
        If a file of the parent does not match its manifest.
    MorphError
        If no galaxy is in the parent, one is there twice, or a number is not possible.
    """
    inherited = read_manifest(parent)
    own = inherited.details.own_questions or {}
    tree = tree_with(inherited.tree, inherited.details.own_questions)
    unknown = np.nan if inherited.posterior == "fraction" else UNKNOWN
    added: list[Question] = []
    concentrations: dict[str, np.ndarray] = {}
    counts: dict[str, dict[str, int]] = {}
    for one in new:
        question = own_question((*tree.questions, *added), one.title, one.answers)
        rows, alpha = _concentrations(one, parent, unknown)
        concentrations |= zip(question.labels, alpha.T.copy(), strict=True)
        counts |= _counts(question, one, rows)
        added.append(question)
    record = {"questions": [question.name for question in added], **provenance}
    return attach_answers(
        folder,
        parent,
        concentrations,
        own_questions={
            **own,
            "questions": to_json((*tree.own_questions, *added)),
            MADE: [*own.get(MADE, []), record],
        },
        counts=counts,
        changes={"parent_run": None, **changes},
        documents=documents or {},
        tell=tell,
    )


def _counts(
    question: Question, new: NewQuestion, rows: np.ndarray
) -> dict[str, dict[str, int]]:
    """Label -> iauname -> votes, of the galaxies in the parent."""
    known = [name for name, row in zip(new.names, rows, strict=True) if row >= 0]
    votes = np.zeros((len(known), len(question.labels)), dtype=np.int64)
    if new.votes is not None:
        votes = np.asarray(new.votes)[rows >= 0].astype(np.int64)
    return {
        label: dict(zip(known, of_label.tolist(), strict=True))
        for label, of_label in zip(question.labels, votes.T, strict=True)
    }


def _concentrations(
    new: NewQuestion, parent: Path, unknown: float
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) rows in the parent, -1 for none; (N, K) concentrations of its galaxies.

    MorphError if the numbers are not possible, or of other galaxies.
    """
    shape = (len(new.names), len(new.answers))
    if new.concentrations.shape != shape:
        raise MorphError(
            f"concentrations are {new.concentrations.shape}; expected {shape}"
        )
    if len(set(new.names)) < len(new.names):
        raise MorphError("a galaxy is there twice; give each one posterior")
    names = release_names(parent)
    rows = names.get_indexer(new.names)
    found = rows >= 0
    if not found.any():
        raise MorphError(
            f"none of the {len(new.names):,} galaxies is in {parent.name}; choose the "
            "release in which they were labelled"
        )
    alpha = np.full((len(names), len(new.answers)), unknown)
    alpha[rows[found]] = new.concentrations[found]
    return rows, alpha


def publish_with_question(
    releases_root: Path,
    parent_id: str,
    release_id: str,
    new: NewQuestion,
    *,
    title: str,
    note: str,
    provenance: Mapping[str, Any],
    tell: Tell = nobody,
) -> Manifest:
    """Publish a release with one question more; as `release_with_questions`.

    MorphError if a release has that name already.
    """
    target = releases_root / checked_name(release_id, what="release")
    taken = (
        f"there is a release {release_id} already; choose another name, or remove "
        "it first"
    )
    if target.exists():
        raise MorphError(taken)
    changes = {"release_id": release_id, "title": title, "note": note}
    try:
        with writing(releases_root), new_folder(target) as folder:
            return release_with_questions(
                folder,
                releases_root / parent_id,
                (new,),
                changes=changes,
                provenance=provenance,
                tell=tell,
            )
    except FileExistsError as error:
        raise MorphError(taken) from error
