"""A selection as ordered steps: SQL with bound values, and words for each."""

from collections.abc import Sequence
from typing import Any

from morph.catalogue.columns import quoted, tail_sql, uncertainty
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.tree import DecisionTree, Question
from morph.release.manifest import MEASURED
from morph.selection import tail_condition
from morph.selection.condition import Bounds, Step
from morph.selection.selection import Limit, Selection, Surest, Tail
from morph.selection.set_conditions import region_step, subset_step

# 55% of 3,000 galaxies are 1,650, though 0.55 * 3000 is a little more in a computer.
_ROUNDING = 1e-12


def steps(selection: Selection, release: LoadedRelease) -> tuple[Step, ...]:
    """Gates of the tree, limits, sureness, measured columns, regions, subsets.

    A share of the surest is taken of the galaxies that the steps before it leave, so a
    step's SQL may hold theirs, and needs their parameters too.

    Raises
    ------
    MorphError
        If the release lacks a column, or the uncertainty, that a step needs.
    """
    found = _gates(selection, release)
    for label, (low, high) in selection.limits.items():
        found.append(_limit(release, label, low, high, prefix=f"s{len(found)}"))
    if selection.sureness is not None:
        found.append(_sureness(selection.sureness, release, before=found))
    for column, limit in selection.physical.items():
        found.append(_physical(release, column, limit, prefix=f"s{len(found)}"))
    for place, plane in enumerate(selection.planes):
        drawn = tuple(r for r in selection.regions if r.plane == plane)
        found.append(region_step(release, drawn, place, prefix=f"s{len(found)}"))
    for subset in selection.subsets:
        found.append(subset_step(release, subset, prefix=f"s{len(found)}"))
    return tuple(found)


def where(selection: Selection, release: LoadedRelease) -> tuple[str, dict[str, Any]]:
    """The whole selection as one SQL condition and its parameters."""
    return all_of(steps(selection, release))


def describe(selection: Selection, release: LoadedRelease) -> str:
    """The selection as a sentence."""
    words = [step.words for step in steps(selection, release)]
    return "; ".join(words) if words else f"all galaxies of {release.release_id}"


def all_of(found: Sequence[Step]) -> tuple[str, dict[str, Any]]:
    """Steps as one SQL condition and its parameters."""
    parameters: dict[str, Any] = {}
    for step in found:
        parameters |= step.parameters
    return " AND ".join(f"({step.sql})" for step in found) or "TRUE", parameters


def is_reached(question: Question, tree: DecisionTree) -> str:
    """SQL: the largest answers above a question lead to it."""
    ways = [
        f"({_is_largest(parent, labels)} AND {is_reached(parent, tree)})"
        for parent, labels in tree.parents(question)
    ]
    return f"({' OR '.join(ways)})" if ways else "TRUE"


def _gates(selection: Selection, release: LoadedRelease) -> list[Step]:
    if selection.rule == "asked":
        return [
            _asked_gate(release, question, selection.asked, prefix=f"s{place}")
            for place, question in enumerate(
                q for q in selection.questions if q.asked_after
            )
        ]
    if selection.rule == "largest":
        return _largest_gates(selection, release.tree)
    return []


def _asked_gate(
    release: LoadedRelease, question: Question, asked: float, *, prefix: str
) -> Step:
    column = quoted(release, f"{question.name}_asked")
    return Step(
        "gate",
        f"{question.title} is asked with probability {asked:.2f} or more",
        f"{question.title} asked",
        "rule",
        f"{column} >= CAST(${prefix} AS FLOAT)",
        {prefix: asked},
        Bounds(column, asked, 1.0),
    )


def _largest_gates(selection: Selection, tree: DecisionTree) -> list[Step]:
    """Each answer on the way to a question is the largest of its own question."""
    gates: dict[tuple[str, tuple[str, ...]], Step] = {}
    for question in selection.questions:
        below = question
        while parents := tree.parents(below):
            if len(parents) > 1:  # several ways lead here; any of them will do
                gates[below.name, ()] = _any_way_gate(below, tree)
                break
            parent, labels = parents[0]
            gates[parent.name, labels] = _largest_gate(parent, labels, tree)
            below = parent
    kept = [
        key
        for key in gates
        if not any(
            other[0] == key[0] and set(other[1]) < set(key[1]) for other in gates
        )
    ]
    order = [question.name for question in tree.questions]
    return [gates[key] for key in sorted(kept, key=lambda key: order.index(key[0]))]


def _largest_gate(
    question: Question, labels: tuple[str, ...], tree: DecisionTree
) -> Step:
    answers = " or ".join(tree.words(label) for label in labels)
    return Step(
        "gate",
        f"{answers} is the largest answer of {question.title}",
        answers,
        "rule",
        _is_largest(question, labels),
    )


def _any_way_gate(question: Question, tree: DecisionTree) -> Step:
    return Step(
        "gate",
        f"{question.title} is reached by largest answers: {tree.asked_if(question)}",
        f"{question.title} reached",
        "rule",
        is_reached(question, tree),
    )


def _is_largest(question: Question, labels: tuple[str, ...]) -> str:
    places = ", ".join(str(question.labels.index(label)) for label in labels)
    return f'"{question.name}_answer" IN ({places})'


def _limit(
    release: LoadedRelease, label: str, low: float, high: float, *, prefix: str
) -> Step:
    answer = release.tree.words(label)
    column = quoted(release, f"{label}_probability")
    # Stored in four bytes: 0.7 there is above 0.7 in eight, so compare in four.
    return Step(
        "limit",
        f"{answer} between {low:.2f} and {high:.2f}",
        answer,
        label,
        f"{column} BETWEEN CAST(${prefix}_low AS FLOAT) "
        f"AND CAST(${prefix}_high AS FLOAT)",
        {f"{prefix}_low": low, f"{prefix}_high": high},
        Bounds(column, low, high),
    )


def _sureness(
    sureness: Tail | Surest, release: LoadedRelease, *, before: list[Step]
) -> Step:
    if isinstance(sureness, Tail):
        return _tail(sureness, release, prefix=f"s{len(before)}")
    measure, tree = uncertainty(release, sureness.by), release.tree
    end = measure.end(least=sureness.least)
    value = quoted(release, measure.column_of(sureness.label, tree))
    value = f"-{value}" if end == "highest" else value
    share = f"s{len(before)}"
    condition, _ = all_of(before)
    return Step(
        "sureness",
        f"{end} {sureness.percent:g}% of the {measure.title.lower()} of "
        f"{measure.subject(sureness.label, tree)}",
        f"{'least sure' if sureness.least else 'surest'} {sureness.percent:g}%",
        "sure",
        f"{value} <= (SELECT quantile_disc({value}, ${share}) "
        f"FROM {release.table} WHERE {condition})",
        {share: max(sureness.percent / 100 - _ROUNDING, 0.0)},
    )


def _tail(tail: Tail, release: LoadedRelease, *, prefix: str) -> Step:
    answer = release.tree.words(tail.label)
    sql, parameters = tail_condition.condition(release, tail, prefix=prefix)
    return Step(
        "sureness",
        f"{answer} above {tail.threshold:g} with probability {tail.at_least:g} or more",
        f"sure of {answer}",
        "sure",
        sql,
        parameters,
        Bounds(tail_sql(release, tail.label, tail.threshold), tail.at_least, 1.0),
    )


def _physical(
    release: LoadedRelease, column: str, limit: Limit, *, prefix: str
) -> Step:
    unit, words = MEASURED[column]
    name = quoted(release, column)
    condition = f"{name} BETWEEN ${prefix}_low AND ${prefix}_high"
    if limit.keep_missing:
        condition = f"({condition} OR {name} IS NULL)"
    missing = " or unknown" if limit.keep_missing else ""
    return Step(
        "physical",
        f"{words} between {limit.low:g} and {limit.high:g} {unit}".rstrip() + missing,
        words,
        column,
        condition,
        {f"{prefix}_low": limit.low, f"{prefix}_high": limit.high},
        Bounds(name, limit.low, limit.high),
    )
