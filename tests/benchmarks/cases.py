"""A query repeated with different parameters, timed and checked."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks import figures
from tests.benchmarks.figures import Goal, Row


@dataclass(frozen=True)
class Instead:
    """What a user would do without morph: its description, and a function to time.

    ``at_most`` is the goal of the ratio of the medians. ``checked`` if its answers are
    those of the case.
    """

    words: str
    answer: Callable[[Any], object]
    at_most: float | None = None
    checked: bool = True
    repeats: int | None = None  # fewer than those of the case


@dataclass(frozen=True)
class Case:
    """One row of the table.

    ``parameters`` differ for each repeat, after one to warm up, so that no answer is
    cached. ``expected`` is the answer by brute force.
    """

    what: str
    parameters: Sequence[Any]
    answer: Callable[[Any], object]
    expected: Callable[[Any], object] | None = None
    goal: Goal | None = None
    instead: Instead | None = None
    problems: tuple[str, ...] = ()


def measured(case: Case) -> Row:
    """Time the case, then compare every answer with the expected one."""
    seconds = _seconds(case.answer, case.parameters)
    instead, at_most, problems = None, None, [*case.problems, *_wrong(case)]
    if case.instead is not None:
        other, at_most = case.instead, case.instead.at_most
        asked = case.parameters[: other.repeats and other.repeats + 1]
        instead = (other.words, 1000 * float(np.median(_seconds(other.answer, asked))))
        problems += _differs(case, asked)
    return figures.row(
        case.what,
        seconds,
        goal=case.goal,
        instead=instead,
        at_most=at_most,
        problems=problems,
    )


def _seconds(answer: Callable[[Any], object], parameters: Sequence[Any]) -> list[float]:
    answer(parameters[0])
    seconds = []
    for parameter in parameters[1:]:
        start = time.perf_counter()
        answer(parameter)
        seconds.append(time.perf_counter() - start)
    return seconds


def _wrong(case: Case) -> list[str]:
    if case.expected is None:
        return []
    wrong = [p for p in case.parameters if case.answer(p) != case.expected(p)]
    if not wrong:
        return []
    return [f"{len(wrong)} of {len(case.parameters)} answers differ from brute force"]


def _differs(case: Case, asked: Sequence[Any]) -> list[str]:
    """The alternative must answer the same question."""
    if not case.instead.checked or case.expected is None:
        return []
    wrong = [p for p in asked if case.instead.answer(p) != case.expected(p)]
    words = f"{len(wrong)} of {len(asked)} answers of {case.instead.words} differ"
    return [words] if wrong else []
