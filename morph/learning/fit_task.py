"""A fit that another process carries out: what it gets, and the parts it sends back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from morph.errors import MorphError
from morph.learning.judging.evaluation_results import (
    Curve,
    Estimate,
    Evaluation,
    Judged,
)
from morph.learning.training_labels import LEAST, LEAST_OF_ANSWER, Problem

RANKS = "ranks.npz"
_TASK, _ARRAYS = "task.json", "labels.npz"


@dataclass(frozen=True)
class FitTask:
    """Problems, and of their n galaxies the rows in the release and other numbers.

    ``plain`` (n, P) are size, brightness and colours; None where the release has none.
    """

    features: Path
    space: Path
    problems: tuple[Problem, ...]
    rows: np.ndarray
    groups: np.ndarray
    at_random: np.ndarray
    plain: np.ndarray | None
    seed: int = 0


@dataclass(frozen=True)
class FitResult:
    """What is known of a fit so far; ``ranks`` as of `ranking.rank`.

    ``strengths`` are those of the penalties, one a problem; None for ratings.
    """

    ranks: Mapping[str, np.ndarray]
    strengths: tuple[float | None, ...]
    evaluations: tuple[Evaluation, ...] = ()
    curves: tuple[Curve, ...] = ()


def without(task: FitTask, known: np.ndarray) -> FitTask:
    """The task without the galaxies that are not ``known``, (n,) bool.

    MorphError if too few of a problem are left.
    """
    place = np.cumsum(known) - 1
    problems = []
    for one in task.problems:
        kept = known[one.rows]
        rows, given = place[one.rows[kept]], one.given[kept]
        fewest = len(given)
        if not one.is_rating:
            fewest = np.bincount(given, minlength=len(one.answers)).min()
        if len(given) < LEAST or fewest < LEAST_OF_ANSWER:
            raise MorphError(
                f"{(~known).sum():,} of {len(known):,} labelled galaxies have no image "
                "features, as they had no image, and too few are left. Label galaxies "
                "with images, or add features by a run"
            )
        problems.append(replace(one, rows=rows, given=given))
    plain = None if task.plain is None else task.plain[known]
    return replace(
        task,
        problems=tuple(problems),
        rows=task.rows[known],
        groups=task.groups[known],
        at_random=task.at_random[known],
        plain=plain,
    )


def write_task(folder: Path, task: FitTask) -> None:
    """Write a task into a folder, for `read_task` in the other process."""
    problems = [
        {"of": one.of, "answers": one.answers, "is_rating": one.is_rating}
        for one in task.problems
    ]
    about = {
        "features": str(task.features),
        "space": str(task.space),
        "seed": task.seed,
        "problems": problems,
        "has_plain": task.plain is not None,
    }
    (folder / _TASK).write_text(json.dumps(about), encoding="utf-8")
    arrays = {"rows": task.rows, "groups": task.groups, "at_random": task.at_random}
    if task.plain is not None:
        arrays["plain"] = task.plain
    for place, one in enumerate(task.problems):
        arrays |= {f"rows_{place}": one.rows, f"given_{place}": one.given}
    np.savez(folder / _ARRAYS, **arrays)


def read_task(folder: Path) -> FitTask:
    """The task in a folder."""
    about = json.loads((folder / _TASK).read_text(encoding="utf-8"))
    with np.load(folder / _ARRAYS) as arrays:
        problems = tuple(
            Problem(
                one["of"],
                tuple(one["answers"]),
                arrays[f"rows_{place}"],
                arrays[f"given_{place}"],
                one["is_rating"],
            )
            for place, one in enumerate(about["problems"])
        )
        return FitTask(
            Path(about["features"]),
            Path(about["space"]),
            problems,
            arrays["rows"],
            arrays["groups"],
            arrays["at_random"],
            arrays["plain"] if about["has_plain"] else None,
            about["seed"],
        )


def as_message(part: str, value: Any) -> str:
    """A part of a result as a line of JSON."""
    return json.dumps({"part": part, "value": value}) + "\n"


def with_part(result: FitResult | None, line: str, folder: Path) -> FitResult:
    """The result with the part that a line of `as_message` holds."""
    message = json.loads(line)
    part, value = message["part"], message["value"]
    if part == "ranks":
        with np.load(folder / RANKS) as arrays:
            return FitResult(dict(arrays), tuple(value))
    if result is None:
        raise ValueError(f"{part} comes before ranks")
    if part == "evaluation":
        return replace(result, evaluations=(*result.evaluations, _evaluation(value)))
    return replace(result, curves=(*result.curves, _curve(value)))


def _estimate(value: Mapping[str, float] | None) -> Estimate | None:
    return None if value is None else Estimate(**value)


def _evaluation(value: Mapping[str, Any]) -> Evaluation:
    judged = tuple(
        Judged(
            one["score"],
            Estimate(**one["model"]),
            one["chance"],
            *(_estimate(one[name]) for name in ("plain", "more", "at_random")),
        )
        for one in value["judged"]
    )
    by_answer = {name: Estimate(**one) for name, one in value["by_answer"].items()}
    return Evaluation(
        judged, value["galaxies"], value["of_answer"], by_answer, value["at_random"]
    )


def _curve(value: Mapping[str, Any]) -> Curve:
    return Curve(
        value["score"],
        tuple(value["labels"]),
        tuple(Estimate(**one) for one in value["measured"]),
        value["more"],
        _estimate(value["gain"]),
    )
