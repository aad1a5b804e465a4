"""The tables of the adaptation benchmark, and their goals."""

from collections.abc import Mapping

import numpy as np

from morph.posterior.intervals import wilson
from tests.benchmarks.adaptation_judged import MASS, QUESTIONS, Judged
from tests.benchmarks.adaptation_methods import (
    CONSTANT,
    DEFAULT,
    DIRECT,
    ORACLE,
    SOURCE,
)

GAP, GAP_LOW = 0.9, 0.7  # fraction to be closed, and the lower end of its interval
MOST_WORSE = 0.01  # of any question's error
ENOUGH_GALAXIES, ENOUGH_QUESTIONS = 100, 5  # volunteers are confident about
COVERED = 0.05  # largest difference from the coverage of an exact model
SOURCE_MARGIN = 0.15  # least relative gain of the source model over the constant
LIKE_SOURCE, UNLIKE_DIRECT = 1.05, 1.15  # limits of a valid pair

Predictions = Mapping[str, Judged]


def rows(found: Predictions) -> list[dict[str, object]]:
    """A row per prediction: its error and the fraction of the gap that it closes."""
    return [_row(name, found) for name in found]


def _row(name: str, found: Predictions) -> dict[str, object]:
    judged = found[name]
    error = judged.rmse.mean(axis=1)
    each = [f"{share:.0%}" for share in _gap_by_seed(judged, found)]
    low, high = gap_interval(judged, found)
    question, change = worst_question(judged, found)
    n, right = judged.confident.sum(axis=1)
    counts, inside, exact = judged.coverage.sum(axis=1)
    return {
        "prediction": name,
        "RMSE": f"{error.mean():.4f}",
        "± seeds": f"{error.std(ddof=1):.4f}" if len(error) > 1 else "-",
        "gap closed": f"{gap_closed(judged, found):.0%}",
        "95 %": f"{low:.0%} to {high:.0%}",
        "by seed": " ".join(each),
        "worst question": f"{question} {change:+.1%}",
        "confident right": f"{right / n:.2%} of {n:.0f}" if n else "-",
        f"{MASS:.0%} contain": f"{inside / counts:.1%}" if counts else "-",
        "if exact": f"{exact / counts:.1%}" if counts else "-",
    }


def gap_closed(judged: Judged, found: Predictions) -> float:
    """(direct − judged) / (direct − oracle), of errors averaged over the seeds."""
    direct, own, oracle = (
        each.rmse.mean() for each in (found[DIRECT], judged, found[ORACLE])
    )
    return float((direct - own) / (direct - oracle))


def gap_interval(judged: Judged, found: Predictions) -> tuple[float, float]:
    """95 % bootstrap interval of `gap_closed` over galaxies."""
    direct, own, oracle = (
        each.resampled().mean(axis=1) for each in (found[DIRECT], judged, found[ORACLE])
    )
    low, high = np.quantile((direct - own) / (direct - oracle), [0.025, 0.975])
    return float(low), float(high)


def _gap_by_seed(judged: Judged, found: Predictions) -> np.ndarray:
    direct, own, oracle = (
        each.rmse.mean(axis=1) for each in (found[DIRECT], judged, found[ORACLE])
    )
    return (direct - own) / (direct - oracle)


def worst_question(judged: Judged, found: Predictions) -> tuple[str, float]:
    """The question with the largest relative change of its error from direct."""
    change = judged.rmse.mean(axis=0) / found[DIRECT].rmse.mean(axis=0) - 1
    place = int(change.argmax())
    return QUESTIONS[place], float(change[place])


def confident_rows(found: Predictions) -> list[dict[str, object]]:
    """The measure of the paper: accuracy on galaxies with confident volunteers."""
    table = []
    for place, question in enumerate(QUESTIONS):
        row: dict[str, object] = {"question": question}
        row["N"] = int(found[SOURCE].confident[0, place])
        for name in (SOURCE, DIRECT, DEFAULT, ORACLE):
            n, right = found[name].confident[:, place]
            row[name] = _share(right, n) if n else "-"
        table.append(row)
    return table


def coverage_rows(found: Predictions) -> list[dict[str, object]]:
    """Fraction of vote counts in the 90 % intervals, and (if exact), per question."""
    table = []
    for place, question in enumerate(QUESTIONS):
        row: dict[str, object] = {"question": question}
        for name in (SOURCE, DIRECT, DEFAULT, ORACLE):
            n, inside, exact = found[name].coverage[:, place]
            row[name] = f"{inside / n:.1%} ({exact / n:.1%})" if n else "-"
        table.append(row)
    return table


def _share(right: float, n: float) -> str:
    low, high = wilson(right, n)
    return f"{right / n:.1%} ({low:.1%} to {high:.1%})"


def missed(found: Predictions) -> list[str]:
    """A message for each missed goal."""
    return [*_unfair(found), *_gap_missed(found), *_measures_missed(found)]


def _unfair(found: Predictions) -> list[str]:
    """Messages if the pair is no valid test of an adaptation."""
    constant, source, direct, oracle = (
        found[name].rmse.mean() for name in (CONSTANT, SOURCE, DIRECT, ORACLE)
    )
    misses = []
    if source > (1 - SOURCE_MARGIN) * constant:
        misses.append(f"{SOURCE} does not beat the constant by {SOURCE_MARGIN:.0%}")
    if oracle > LIKE_SOURCE * source:
        misses.append(f"oracle's error is over {LIKE_SOURCE} x that of {SOURCE}")
    if direct < UNLIKE_DIRECT * oracle:
        misses.append(f"direct's error is under {UNLIKE_DIRECT} x the oracle's")
    return misses


def _gap_missed(found: Predictions) -> list[str]:
    default = found[DEFAULT]
    closed, (low, _) = gap_closed(default, found), gap_interval(default, found)
    question, change = worst_question(default, found)
    misses = []
    if closed < GAP:
        misses.append(f"the default closes {closed:.0%} of the gap, not {GAP:.0%}")
    if low <= GAP_LOW:
        misses.append(f"the fraction closed may be as low as {low:.0%}")
    if change > MOST_WORSE:
        misses.append(f"the default makes {question} worse by {change:.1%}")
    return misses


def _measures_missed(found: Predictions) -> list[str]:
    """Goals of the accuracy, and of the coverage of intervals for the counts."""
    misses = []
    (n, before), (_, after), (_, best) = (
        found[name].confident for name in (SOURCE, DEFAULT, ORACLE)
    )
    enough = n >= ENOUGH_GALAXIES * len(found[SOURCE].squared)
    if enough.sum() < ENOUGH_QUESTIONS:
        misses.append(f"only {enough.sum()} questions have {ENOUGH_GALAXIES} galaxies")
    misses += [
        f"{QUESTIONS[i]}: {after[i]:.0f} of {n[i]:.0f} confident galaxies right, "
        f"{before[i]:.0f} on the source ({ORACLE}: {best[i]:.0f})"
        for i in np.flatnonzero(enough & (after < before))
    ]
    for name in (SOURCE, DEFAULT):
        counts, inside, exact = found[name].coverage.sum(axis=1)
        if abs(inside - exact) > COVERED * counts:
            misses.append(
                f"{name}: {MASS:.0%} intervals contain {inside / counts:.1%} of the "
                f"counts, those of an exact model {exact / counts:.1%}"
            )
    return misses
