"""A query repeated with different parameters, timed and checked."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks import figures
from tests.benchmarks.figures import Goal, Row

_INSTEAD_REPEATS = 5


@dataclass(frozen=True)
class Instead:
    """What a user would do without morph: its description, and a function to time."""

    words: str
    answer: Callable[[Any], object]


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
    instead = None
    if case.instead is not None:
        few = case.parameters[: _INSTEAD_REPEATS + 1]
        ms = 1000 * float(np.median(_seconds(case.instead.answer, few)))
        instead = (case.instead.words, ms)
    problems = [*case.problems, *_wrong(case)]
    return figures.row(
        case.what, seconds, goal=case.goal, instead=instead, problems=problems
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
