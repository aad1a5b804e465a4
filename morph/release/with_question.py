"""A release with a question more that people have answered about some galaxies."""

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
from morph.wording import Tell, nobody

UNKNOWN = 1.0  # concentration of each answer of a galaxy of which nothing is known
VOTED = "voted"  # of the details of own questions: how the votes were weighed
_LEAST = 1e-3  # of a concentration


@dataclass(frozen=True)
class NewQuestion:
    """A question of K answers, and what is known of n galaxies."""

    title: str
    answers: Sequence[str]  # in words
    names: Sequence[str]  # (n,) iaunames
    concentrations: np.ndarray  # (n, K) of their Dirichlet posteriors
    votes: np.ndarray  # (n, K) counts


def from_probabilities(posterior: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """(n, K) concentrations with the means ``posterior``, for n galaxies' votes.

    They count as many votes as there were, and one for each answer, as the posterior
    of plain votes under a uniform prior does; ``votes`` is (n,).
    """
    total = votes[:, None] + posterior.shape[1]
    return np.maximum(posterior * total, _LEAST)


def release_with_question(
    folder: Path,
    parent: Path,
    new: NewQuestion,
    *,
    changes: Mapping[str, Any],
    provenance: Mapping[str, Any],
    tell: Tell = nobody,
) -> Manifest:
    """Write ``folder``, the release ``parent`` with the question as its last one.

    Galaxies of the parent that are not in ``new`` have `UNKNOWN` for each answer, which
    is a flat posterior.

    Parameters
    ----------
    changes : mapping
        Fields of the manifest that differ from the parent: at least ``release_id``.
    provenance : mapping
        How the posteriors were made; kept with the question in the manifest.

    Raises
    ------
    DamagedRelease
        If a file of the parent does not match its manifest.
    MorphError
        If no galaxy is in the parent, one is there twice, or a number is not possible.
    """
    inherited = read_manifest(parent)
    own = dict(inherited.details.own_questions or {})
    tree = tree_with(inherited.tree, inherited.details.own_questions)
    question = own_question(tree, new.title, new.answers)
    rows = _rows(new, parent)
    alpha = np.full((inherited.galaxies, len(new.answers)), UNKNOWN)
    alpha[rows[rows >= 0]] = new.concentrations[rows >= 0]
    record = {"question": question.name, **provenance}
    return attach_answers(
        folder,
        parent,
        dict(zip(question.labels, alpha.T.copy(), strict=True)),
        own_questions={
            **own,
            "questions": to_json((*tree.own_questions, question)),
            VOTED: [*own.get(VOTED, []), record],
        },
        counts={
            label: dict(zip(new.names, map(int, new.votes[:, place]), strict=True))
            for place, label in enumerate(question.labels)
        },
        changes={"parent_run": None, **changes},
        documents={},
        tell=tell,
    )


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
    """Publish a release with the question; as `release_with_question`.

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
            return release_with_question(
                folder,
                releases_root / parent_id,
                new,
                changes=changes,
                provenance=provenance,
                tell=tell,
            )
    except FileExistsError as error:
        raise MorphError(taken) from error


def _rows(new: NewQuestion, parent: Path) -> np.ndarray:
    """(n,) rows of the galaxies in the parent, -1 where it lacks one."""
    shape = (len(new.names), len(new.answers))
    if new.concentrations.shape != shape:
        raise MorphError(
            f"concentrations are {new.concentrations.shape}; expected {shape}"
        )
    if len(set(new.names)) < len(new.names):
        raise MorphError("a galaxy is there twice; give each one posterior")
    rows = release_names(parent).get_indexer(list(new.names))
    if not (rows >= 0).any():
        raise MorphError(
            f"none of the {len(new.names):,} galaxies is in {parent.name}; choose the "
            "release in which they were labelled"
        )
    return rows
