"""Galaxies that somebody has answered to be artifacts, in any question."""

from collections.abc import Iterable

from morph.labels.answers_file import Act
from morph.labels.in_force import counting, one_per_galaxy

_WORDS = ("artifact", "artefact")


def artifacts(files: Iterable[Iterable[Act]]) -> set[str]:
    """Their iaunames; ``files`` are the acts of each question.

    An answer or a tag that has the word, of more than half of the people who answered
    the question for the galaxy.
    """
    found: set[str] = set()
    for acts in files:
        answers, _ = one_per_galaxy(counting(acts))
        found |= {
            name
            for name, given in answers.items()
            if any(word in one.casefold() for one in given for word in _WORDS)
        }
    return found
