"""One question of a decision tree."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One question volunteers may be asked about a galaxy.

    Any of the labels in ``asked_after`` leads here; if empty, the question is always
    asked. ``words`` are the answers in plain English, ``corners`` the groups of answers
    that a triangle shows first, if there are not three answers. ``phrases`` are the
    answers as parts of a sentence about a galaxy, or empty. ``synonyms`` are other
    words by which the answers can be found.
    """

    name: str
    title: str
    answers: tuple[str, ...]
    words: tuple[str, ...]
    asked_after: tuple[str, ...] = ()
    corners: tuple[tuple[str, ...], ...] = ()
    phrases: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()
    is_own: bool = False  # added for one release: see `morph.trees.own_questions`

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{answer}" for answer in self.answers)

    @property
    def words_by_label(self) -> dict[str, str]:
        return dict(zip(self.labels, self.words, strict=True))
