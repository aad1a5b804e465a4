"""Which acts count: not those undone, and of a person the last for each galaxy."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from morph.labels.answers_file import ANSWERS, Act
from morph.labels.label_question import LabelQuestion
from morph.posterior.intervals import wilson


def not_undone(acts: Iterable[Act]) -> list[Act]:
    """The acts without undo and what it undid, in their order."""
    acts = list(acts)
    gone = {act.undoes for act in acts if act.kind == "undo"}
    return [act for act in acts if act.kind != "undo" and act.act_id not in gone]


def counting(acts: Iterable[Act]) -> dict[tuple[str, str], Act]:
    """Person and iauname -> the last answer, or "don't know", that was not undone."""
    answers = [act for act in not_undone(acts) if act.kind in ANSWERS]
    answers.sort(key=lambda act: act.when)  # stable: those of one moment as they came
    return {(act.who, act.iauname): act for act in answers}


def at_places(acts: Iterable[Act]) -> dict[int, Act]:
    """Place -> the act that stands there, of the acts of one person in one queue.

    An answer stands though the galaxy was skipped when it was shown again.
    """
    found: dict[int, Act] = {}
    for act in not_undone(acts):
        before = found.get(act.number)
        if before is None or act.kind in ANSWERS or before.kind not in ANSWERS:
            found[act.number] = act
    return found


def coming(
    done: Mapping[int, Act], shown: int, after: int = -1, *, most: int = 6
) -> list[int]:
    """The next places of a queue of ``shown`` places, the nearest first.

    First those after the present one without an act, then any others without, then
    those that were skipped.
    """
    later = chain(range(after + 1, shown), range(min(after + 1, shown)))
    found = list(islice((n for n in later if n not in done), most))
    if len(found) < most:
        skipped = sorted(n for n, act in done.items() if act.kind == "skip")
        again = [n for n in skipped if n > after] + [n for n in skipped if n <= after]
        found += again[: most - len(found)]
    return found


def undoable(acts: Sequence[Act]) -> Act | None:
    """The last act that was not undone, of those of one person in one queue."""
    left = not_undone(acts)
    return left[-1] if left else None


@dataclass(frozen=True)
class AnswerCount:
    """Galaxies with an answer, and their fraction with its 95% Wilson interval.

    ``fraction``, ``low`` and ``high`` are of the galaxies that have an answer other
    than "don't know".
    """

    answer: str
    galaxies: int
    fraction: float
    low: float
    high: float


def one_per_galaxy(
    counted: Mapping[tuple[str, str], Act], who: str | None = None
) -> tuple[dict[str, tuple[str, ...]], int]:
    """iauname -> answer, () for "don't know", and how many galaxies were left out.

    Those of one person, or of all: the answer that more than half of the people gave
    who labelled the galaxy. Galaxies without such an answer are left out.
    """
    given: dict[str, Counter[tuple[str, ...]]] = {}
    for (person, iauname), act in counted.items():
        if who in (None, person):
            given.setdefault(iauname, Counter())[act.answer] += 1
    found, left_out = {}, 0
    for iauname, votes in given.items():
        answer, number = votes.most_common(1)[0]
        if 2 * number > votes.total():
            found[iauname] = answer
        else:
            left_out += 1
    return found, left_out


def counts(
    one: LabelQuestion, answers: Mapping[str, tuple[str, ...]]
) -> list[AnswerCount]:
    """The number of galaxies with each answer; tags by frequency, the first first."""
    held = Counter(part for answer in answers.values() for part in answer)
    known = sum(bool(answer) for answer in answers.values())
    names = one.offered or tuple(name for name, _ in held.most_common())
    numbers = np.array([held[name] for name in names])
    low, high = wilson(numbers, np.full(len(names), known))
    fractions = numbers / known if known else np.full(len(names), np.nan)
    rows = zip(names, numbers, fractions, low, high, strict=True)
    return [
        AnswerCount(name, int(number), *map(float, rest))
        for name, number, *rest in rows
    ]


def with_answer(answers: Mapping[str, tuple[str, ...]], answer: str) -> list[str]:
    """iaunames of the galaxies that have an answer, sorted."""
    return sorted(name for name, given in answers.items() if answer in given)


def people(acts: Iterable[Act]) -> list[str]:
    """Who has answered, the last one first."""
    return list(_last_first(act.who for act in acts))


def _last_first(names: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(reversed(list(names))))
