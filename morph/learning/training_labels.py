"""The labels that a model is fitted to, and why some cannot be used.

Galaxies that were labelled several times are there once. A question of which several
answers may hold is one problem for each answer.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from morph.errors import MorphError
from morph.labels.answers_file import ANSWERS, Act
from morph.labels.in_force import counting, not_undone, one_per_galaxy
from morph.labels.label_question import RATINGS, LabelQuestion
from morph.labels.label_queue import AT_RANDOM

LEAST = 10  # labelled galaxies
LEAST_OF_ANSWER = 3  # galaxies with an answer, for it to be learnt


@dataclass(frozen=True)
class Problem:
    """What one model learns from n galaxies.

    ``rows`` (n,) are those of its galaxies among `TrainingLabels.names`; ``given`` (n,)
    are indices of ``answers``, or ratings. ``of`` is the answer, if several may hold:
    the answers are then that one and its absence.
    """

    of: str
    answers: tuple[str, ...]
    rows: np.ndarray
    given: np.ndarray
    is_rating: bool = False

    @property
    def strata(self) -> np.ndarray:
        """(n,) whose shares are similar in all folds: answers, or high ratings."""
        return self.given > np.median(self.given) if self.is_rating else self.given


@dataclass(frozen=True)
class TrainingLabels:
    """Labelled galaxies of a release, and sentences on what was left out.

    ``at_random`` (n,) tells which galaxies no model has chosen.
    """

    names: tuple[str, ...]
    at_random: np.ndarray
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def training_labels(
    one: LabelQuestion,
    acts: Sequence[Act],
    inside: Collection[str],
    *,
    release_id: str,
    who: str | None = None,
) -> TrainingLabels:
    """The labels of one person, or of the majority, of the galaxies ``inside``.

    Raises
    ------
    MorphError
        If there are too few, all are the same, or the question has free tags.
    """
    if one.kind == "tags":
        raise MorphError(
            "free tags are not learnt: a galaxy without a tag may just not have been "
            "tagged. Make a question with answers, such as “Ring” and “No ring”"
        )
    counted = counting(acts)
    answers, split = one_per_galaxy(counted, who)
    known = {name: answer for name, answer in answers.items() if answer}
    here = sorted(name for name in known if name in inside)
    notes = _notes(acts, who, answers, split, len(known) - len(here), release_id)
    _check_number(here, answers, known, release_id)
    given = [known[name] for name in here]
    problems, unlearnt = _problems(one, given)
    chosen = _chosen(counted, who)
    return TrainingLabels(
        tuple(here),
        np.array([chosen.get(name, True) for name in here]),
        problems,
        (*notes, *unlearnt),
    )


def contradicting(acts: Sequence[Act], who: str | None = None) -> int:
    """Galaxies of which a person has given two different answers, none undone."""
    given: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for act in not_undone(acts):
        if act.kind in ANSWERS and act.answer and who in (None, act.who):
            given.setdefault((act.who, act.iauname), set()).add(act.answer)
    return sum(len(answers) > 1 for answers in given.values())


def _chosen(counted: Mapping[tuple[str, str], Act], who: str | None) -> dict[str, bool]:
    """Name -> whether the galaxy was shown at random to all who labelled it."""
    found: dict[str, bool] = {}
    for (person, name), act in counted.items():
        if who in (None, person):
            found[name] = found.get(name, True) and AT_RANDOM in act.chosen
    return found


def _notes(
    acts: Sequence[Act],
    who: str | None,
    answers: Mapping[str, tuple[str, ...]],
    split: int,
    elsewhere: int,
    release_id: str,
) -> list[str]:
    unknown = sum(not answer for answer in answers.values())
    twice = contradicting(acts, who)
    said = (
        (unknown, "Left out as “don’t know”: {}."),
        (split, "Left out without a majority: {}."),
        (elsewhere, f"Left out, not in {release_id}: {{}}."),
        (
            twice,
            "Answered twice differently by one person: {}; the last answer counts.",
        ),
    )
    return [words.format(_galaxies(number)) for number, words in said if number]


def _check_number(
    here: Sequence[str],
    answers: Mapping[str, tuple[str, ...]],
    known: Mapping[str, tuple[str, ...]],
    release_id: str,
) -> None:
    if len(here) >= LEAST:
        return
    if answers and not known:
        raise MorphError(
            f"all {_galaxies(len(answers))} are “don’t know”; a model needs at least "
            f"{LEAST} with an answer. Show the images with another stretch or zoom, or "
            "draw another queue"
        )
    if len(known) >= LEAST:
        raise MorphError(
            f"the release {release_id} has {len(here):,} of the "
            f"{_galaxies(len(known))} with an answer; a model needs at least {LEAST}. "
            "Choose the release that was labelled at the top of the page, or label "
            "galaxies of this one"
        )
    raise MorphError(
        f"the release {release_id} has {_galaxies(len(here))} with an answer; a model "
        f"needs at least {LEAST}. Label {LEAST - len(here)} more"
    )


def _problems(
    one: LabelQuestion, given: Sequence[tuple[str, ...]]
) -> tuple[tuple[Problem, ...], list[str]]:
    """The problems that can be learnt, and sentences on those that cannot."""
    everyone = np.arange(len(given))
    if one.kind == "rating":
        ratings = np.array([float(answer[0]) for answer in given])
        if np.ptp(ratings) == 0:
            raise MorphError(_all_the_same(one, f"rated {given[0][0]}", len(given)))
        return (Problem("", RATINGS, everyone, ratings, is_rating=True),), []
    if one.kind == "one":
        return _one_problem(one, given)
    problems, notes = [], []
    for answer in one.answers:
        holds = np.array([answer in parts for parts in given])
        few = min(holds.sum(), (~holds).sum())
        if few < LEAST_OF_ANSWER:
            what = "with" if holds.sum() <= len(holds) / 2 else "without"
            notes.append(
                f"“{answer}” is not learnt: {_galaxies(int(few))} {what} it; at least "
                f"{LEAST_OF_ANSWER} are needed."
            )
            continue
        names = (answer, f"not {answer}")
        problems.append(Problem(answer, names, everyone, (~holds).astype(int)))
    if not problems:
        raise MorphError(_all_the_same(one, "the same in every answer", len(given)))
    return tuple(problems), notes


def _one_problem(
    one: LabelQuestion, given: Sequence[tuple[str, ...]]
) -> tuple[tuple[Problem, ...], list[str]]:
    held = Counter(answer for (answer,) in given)
    learnt = [answer for answer in one.answers if held[answer] >= LEAST_OF_ANSWER]
    notes = [
        f"“{answer}” is not learnt: {_galaxies(held[answer])} with it; at least "
        f"{LEAST_OF_ANSWER} are needed."
        for answer in one.answers
        if answer not in learnt
    ]
    if len(learnt) < 2:
        most = held.most_common(1)[0][0]
        raise MorphError(_all_the_same(one, f"“{most}”", held[most], len(given)))
    rows = np.array([row for row, (one_,) in enumerate(given) if one_ in learnt])
    places = np.array([learnt.index(given[row][0]) for row in rows])
    return (Problem("", tuple(learnt), rows, places),), notes


def _all_the_same(
    one: LabelQuestion, what: str, number: int, among: int | None = None
) -> str:
    those = f"all {number:,}" if among in (None, number) else f"{number:,} of {among:,}"
    return (
        f"{those} labelled galaxies are {what}; a model needs at least "
        f"{LEAST_OF_ANSWER} galaxies with another answer to “{one.text}”. Draw a queue "
        "from galaxies that have it, or from the whole release"
    )


def _galaxies(number: int) -> str:
    return "1 galaxy" if number == 1 else f"{number:,} galaxies"
