"""The votes of many people on one question with discrete answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

import numpy as np

from morph.errors import MorphError
from morph.labels.answers_file import Act
from morph.labels.label_question import LabelQuestion
from morph.labels.zooniverse.export import AGGREGATED

YES, NO = "yes", "no"


@dataclass(frozen=True)
class Votes:
    """V votes of P people on S subjects with K answers, in the order of their time."""

    people: tuple[str, ...]
    subjects: tuple[str, ...]
    answers: tuple[str, ...]
    person: np.ndarray  # (V,) index into people
    subject: np.ndarray  # (V,) index into subjects
    answer: np.ndarray  # (V,) index into answers

    @cached_property
    def counts(self) -> np.ndarray:
        """(S, K) number of votes for each answer."""
        shape = (len(self.subjects), len(self.answers))
        flat = self.subject * shape[1] + self.answer
        return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)

    @cached_property
    def fractions(self) -> np.ndarray:
        """(S, K) fraction of the votes of a subject; every subject has a vote."""
        return self.counts / self.counts.sum(axis=1, keepdims=True)

    def smoothed(self, added: float = 1.0) -> np.ndarray:
        """(S, K) fractions with ``added`` votes for each answer, as probabilities."""
        raised = self.counts + added
        return raised / raised.sum(axis=1, keepdims=True)

    def rows(self, kept: np.ndarray) -> "Votes":
        """The votes that a mask keeps; people and subjects without any are left out."""
        person, people = _used(self.person[kept], self.people)
        subject, subjects = _used(self.subject[kept], self.subjects)
        return Votes(people, subjects, self.answers, person, subject, self.answer[kept])


def votes_of(
    acts: Iterable[Act], one: LabelQuestion, *, answer: str | None = None
) -> Votes:
    """The votes among the acts that count; "don't know" is none.

    A question of several answers needs one of them, ``answer``, and is then asked
    whether it holds. MorphError for tags, which have no list of answers.
    """
    if one.kind == "tags" or (one.kind == "several" and answer not in one.offered):
        raise MorphError(
            f"“{one.text}” has no single answer per person; votes can be weighed for "
            "questions with one answer, ratings, and each answer of several"
        )
    given = sorted((a for a in acts if a.kind == "answer"), key=attrgetter("when"))
    answers = one.offered if one.kind != "several" else (YES, NO)
    index = {name: place for place, name in enumerate(answers)}
    told = [
        (YES if answer in act.answer else NO)
        if one.kind == "several"
        else act.answer[0]
        for act in given
    ]
    people, person = np.unique([act.who for act in given], return_inverse=True)
    names, subject = np.unique([act.iauname for act in given], return_inverse=True)
    return Votes(
        tuple(map(str, people)),
        tuple(map(str, names)),
        tuple(answers),
        person.astype(np.int64),
        subject.astype(np.int64),
        np.array([index[name] for name in told], dtype=np.int64),
    )


def with_people(votes: Votes) -> Votes:
    """The votes without those of aggregated tables, which have no people."""
    known = np.array([not who.startswith(AGGREGATED) for who in votes.people], bool)
    return votes.rows(known[votes.person] if len(known) else np.zeros(0, bool))


def _used(
    values: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Indices into the names that occur, and these."""
    kept, index = np.unique(values, return_inverse=True)
    return index.astype(np.int64), tuple(names[place] for place in kept)
