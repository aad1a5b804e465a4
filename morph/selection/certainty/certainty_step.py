"""The step of a selection for each condition of certainty."""

from collections.abc import Sequence

from morph.catalogue.column_sql import quoted, tail_sql, uncertainty
from morph.catalogue.release_table import LoadedRelease
from morph.selection.certainty import tail_condition
from morph.selection.certainty.certainty import (
    Certainty,
    Spread,
    Surest,
    Tail,
    to_text,
)
from morph.selection.step import Bounds, Ranked, Step, all_of

# 55% of 3,000 galaxies are 1,650, though 0.55 * 3000 is a little more in a computer.
_ROUNDING = 1e-12


def step(
    release: LoadedRelease, condition: Certainty, *, before: Sequence[Step]
) -> Step:
    """The step after those ``before`` it.

    Raises MorphError if the release has no posteriors, or not what the condition needs.
    """
    match condition:
        case Tail():
            return _tail(release, condition, prefix=f"s{len(before)}")
        case Spread():
            return _spread(release, condition, prefix=f"s{len(before)}")
        case Surest():
            return _surest(release, condition, before=before)


def _tail(release: LoadedRelease, tail: Tail, *, prefix: str) -> Step:
    answer = release.tree.words(tail.label)
    sql, parameters = tail_condition.condition(release, tail, prefix=prefix)
    return Step(
        "tail",
        f"{answer} above {tail.threshold:g} with probability {tail.at_least:g} or more",
        f"P({answer} > {tail.threshold:g})",
        to_text(tail),
        sql,
        parameters,
        Bounds(tail_sql(release, tail.label, tail.threshold), tail.at_least, 1.0),
    )


def _spread(release: LoadedRelease, spread: Spread, *, prefix: str) -> Step:
    answer = release.tree.words(spread.label)
    column = uncertainty(release, "variance").column_of(spread.label, release.tree)
    sigma = f"sqrt({quoted(release, column)})"
    return Step(
        "spread",
        f"standard deviation of {answer} at most {spread.at_most:g}",
        f"{answer} σ",
        to_text(spread),
        f"{sigma} <= ${prefix}",
        {prefix: spread.at_most},
        Bounds(sigma, 0.0, spread.at_most),
    )


def _surest(release: LoadedRelease, surest: Surest, *, before: Sequence[Step]) -> Step:
    measure, tree = uncertainty(release, surest.by), release.tree
    end = measure.end(least=surest.least)
    column = measure.column_of(surest.label, tree)
    value = quoted(release, column)
    value = f"-{value}" if end == "highest" else value
    fraction, subject = f"s{len(before)}", measure.subject(surest.label, tree)
    condition, _ = all_of(before)
    which = "least" if surest.least else "most"
    return Step(
        "surest",
        f"the {surest.percent:g}% of galaxies with the {end} "
        f"{measure.title.lower()} of {subject}",
        f"{which} certain {surest.percent:g}% ({subject})",
        to_text(surest),
        f"{value} <= (SELECT quantile_disc({value}, ${fraction}) "
        f"FROM {release.table} WHERE {condition})",
        {fraction: max(surest.percent / 100 - _ROUNDING, 0.0)},
        fraction=surest.percent / 100,
        ranked=Ranked(column, end),
    )
