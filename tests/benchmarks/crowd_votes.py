"""Votes of simulated volunteers, whose skill and truth are known, and of real ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from morph.crowd.votes import Votes

REAL = Path(__file__).resolve().parents[3] / "shared" / "real" / "crowd"
# Of volunteers: the fraction of them, and how often they give the true answer; the
# others guess at random, and some of those always say the same.
KINDS = ((0.5, 0.85), (0.3, 0.65), (0.1, None), (0.1, "same"))


def simulated(
    seed: int, *, subjects: int, people: int, answers: int, per_subject: int
) -> tuple[Votes, np.ndarray]:
    """Votes of volunteers of mixed skill, in a random order, and the (S,) truth."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(answers, subjects, p=_prior(answers))
    confusion = np.stack([_confusion(rng, answers) for _ in range(people)])
    who = np.stack(
        [rng.choice(people, per_subject, replace=False) for _ in range(subjects)]
    )
    subject = np.repeat(np.arange(subjects), per_subject)
    person = who.ravel()
    limits = confusion[person, truth[subject]].cumsum(axis=1)
    answer = (rng.random(len(person))[:, None] > limits).sum(axis=1)
    order = rng.permutation(len(person))
    names = (_names("person", people), _names("subject", subjects))
    labels = _names("answer", answers)
    arrays = (person[order], subject[order], np.minimum(answer, answers - 1)[order])
    return Votes(*names, labels, *arrays), truth


def real(name: str) -> tuple[Votes, np.ndarray]:
    """The votes of a file in ``../shared/real/crowd``, and the truth, -1: unknown."""
    table = pd.read_parquet(REAL / f"{name}.parquet")
    table = table.drop_duplicates(["worker", "item"])
    answers, answer = np.unique(table["label"].astype(str), return_inverse=True)
    people, person = np.unique(table["worker"].astype(str), return_inverse=True)
    items, subject = np.unique(table["item"].astype(str), return_inverse=True)
    votes = Votes(tuple(people), tuple(items), tuple(answers), person, subject, answer)
    gold = table.groupby(table["item"].astype(str))["gold"].first().reindex(items)
    index = {label: place for place, label in enumerate(answers)}
    truth = [index.get(str(g), -1) if pd.notna(g) else -1 for g in gold]
    return votes, np.array(truth)


def thinned(votes: Votes, per_subject: int, seed: int) -> tuple[Votes, np.ndarray]:
    """At most so many votes of each subject, drawn at random; the subjects left."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(votes.subject))
    place = pd.Series(votes.subject[order]).groupby(votes.subject[order]).cumcount()
    kept = np.sort(order[place.to_numpy() < per_subject])
    return votes.rows(np.isin(np.arange(len(votes.subject)), kept)), np.unique(
        votes.subject[kept]
    )


def shuffled(votes: Votes, seed: int) -> Votes:
    """The votes in another order, as their times are not known."""
    order = np.random.default_rng(seed).permutation(len(votes.subject))
    arrays = {n: getattr(votes, n)[order] for n in ("person", "subject", "answer")}
    return replace(votes, **arrays)


def _prior(answers: int) -> np.ndarray:
    """A third of the subjects have the first answer, the others are alike."""
    prior = np.full(answers, (2 / 3) / (answers - 1))
    prior[0] = 1 / 3
    return prior


def _confusion(rng: np.random.Generator, answers: int) -> np.ndarray:
    kind = rng.choice(len(KINDS), p=[share for share, _ in KINDS])
    skill = KINDS[kind][1]
    if skill == "same":
        matrix = np.full((answers, answers), 0.05 / (answers - 1))
        matrix[:, rng.integers(answers)] = 0.95
    elif skill is None:
        matrix = np.full((answers, answers), 1 / answers)
    else:
        right = np.clip(skill + rng.normal(0, 0.05), 1 / answers, 0.98)
        matrix = np.full((answers, answers), (1 - right) / (answers - 1))
        np.fill_diagonal(matrix, right)
    return matrix / matrix.sum(axis=1, keepdims=True)


def _names(what: str, number: int) -> tuple[str, ...]:
    return tuple(f"{what} {place}" for place in range(number))
