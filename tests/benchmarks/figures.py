"""Rows of a benchmark with goals for the median and the 95th percentile.

A row has a message for each missed goal, for the table, --json and --check alike.
"""

from collections.abc import Sequence

import numpy as np

Goal = tuple[float | None, float | None]  # ms at most: median, 95th percentile
Row = dict[str, object]


def row(
    what: str,
    seconds: Sequence[float],
    *,
    goal: Goal | None = None,
    instead: tuple[str, float] | None = None,
    at_most: float | None = None,
    problems: Sequence[str] = (),
) -> Row:
    """One row of the table.

    Parameters
    ----------
    seconds : sequence of float
        Time of each repeat; empty if the row is not about time.
    goal : pair of float or None, optional
        The most milliseconds that the median and the 95th percentile may take.
    instead : (words, ms), optional
        What a user would do without morph, and how long that takes, in the median.
    at_most : float, optional
        The most that the median may be, times the one of ``instead``.
    problems : sequence of str
        Messages about other errors; each is a missed goal.
    """
    median, p95 = _percentiles(seconds)
    limits = zip(("median", "p95"), (median, p95), goal or (None, None), strict=True)
    late = [_late(name, ms, most) for name, ms, most in limits if most is not None]
    words, instead_ms = instead or ("-", "-")
    ratio = _ratio(median, instead_ms)
    return {
        "what": what,
        "median ms": median,
        "p95 ms": p95,
        "goal ms": _goal_words(goal),
        "instead ms": instead_ms,
        "ratio": ratio,
        "goal ratio": "-" if at_most is None else round(at_most, 3),
        "instead": words,
        "missed": "; ".join([*filter(None, [*late, _slow(ratio, at_most)]), *problems]),
    }


def missed(rows: Sequence[Row]) -> list[str]:
    """Every missed goal, with its row."""
    return [f"{found['what']}: {found['missed']}" for found in rows if found["missed"]]


def _percentiles(seconds: Sequence[float]) -> tuple[float | str, float | str]:
    if not len(seconds):
        return "-", "-"
    median, p95 = 1000 * np.percentile(seconds, [50, 95])
    return float(median), float(p95)


def _late(name: str, ms: float | str, most: float) -> str:
    """A message if a time exceeds its limit."""
    if isinstance(ms, str):
        return f"{name} not measured, at most {most:,.0f} ms"
    return "" if ms <= most else f"{name} {ms:,.0f} ms, at most {most:,.0f}"


def _ratio(median: float | str, instead_ms: float | str) -> float | str:
    if isinstance(median, str) or isinstance(instead_ms, str):
        return "-"
    return median / instead_ms


def _slow(ratio: float | str, at_most: float | None) -> str:
    """A message if it takes too long beside the alternative."""
    if at_most is None:
        return ""
    if isinstance(ratio, str):
        return f"not compared, at most {at_most:.3g} times as long"
    return "" if ratio <= at_most else f"ratio {ratio:.2f}, at most {at_most:.2g}"


def _goal_words(goal: Goal | None) -> str:
    if goal is None:
        return "-"
    return " / ".join("-" if most is None else f"{most:,.0f}" for most in goal)
