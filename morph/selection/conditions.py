"""A selection as ordered steps: SQL with bound values, and words for each."""

import math
from typing import Any

from morph.catalogue.column_sql import plane_columns, quoted
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.geometry.regions import Plane, Region
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection import sky_condition, tree_conditions
from morph.selection.certainty import certainty_step
from morph.selection.masks import InRegions, Members, is_in
from morph.selection.own_limits import own_condition
from morph.selection.selection import InSubset, Limit, Selection
from morph.selection.step import Bounds, Step, all_of
from morph.trees.decision_tree import DecisionTree, Question

_MODE_WORDS = {"add": "or ", "remove": "but ", "intersect": "and "}


def steps(selection: Selection, release: LoadedRelease) -> tuple[Step, ...]:
    """Gates, votes, limits, certainty, measured columns, sky, regions, subsets,
    columns of lists.

    A percentage of the most certain is taken of the galaxies that the steps before it
    leave, of an earlier percentage too: the SQL of that step contains theirs, and needs
    their parameters too. It keeps every galaxy with the value of the last one, so ties
    leave more (`Funnel.ties`). Raises MorphError if the release lacks a column, or the
    uncertainty, that a step needs.
    """
    made = _gates(selection, release)
    if selection.least_votes:
        made += _votes(selection, release, prefix=f"s{len(made)}")
    for label, (low, high) in selection.limits.items():
        made.append(_limit(release, label, low, high, prefix=f"s{len(made)}"))
    for condition in selection.certainty:
        made.append(certainty_step.step(release, condition, before=made))
    for column, limit in selection.physical.items():
        made.append(_physical(release, column, limit, prefix=f"s{len(made)}"))
    if selection.sky is not None:
        prefix = f"s{len(made)}"
        made.append(Step(*sky_condition.step(release, selection.sky, prefix=prefix)))
    for number, plane in enumerate(selection.planes):
        drawn = tuple(r for r in selection.regions if r.plane == plane)
        made.append(_region(release, drawn, number, prefix=f"s{len(made)}"))
    for subset in selection.subsets:
        made.append(_subset(release, subset, prefix=f"s{len(made)}"))
    for own in selection.own:
        made.append(Step(*own_condition.step(release, own, prefix=f"s{len(made)}")))
    return tuple(made)


def where(selection: Selection, release: LoadedRelease) -> tuple[str, dict[str, Any]]:
    """The whole selection as one SQL condition and its parameters."""
    return all_of(steps(selection, release))


def describe(selection: Selection, release: LoadedRelease) -> str:
    """The selection as a sentence."""
    words = [step.in_full for step in steps(selection, release)]
    return "; ".join(words) if words else f"all galaxies of {release.release_id}"


def plane_words(plane: Plane, tree: DecisionTree) -> str:
    """The plane in words, to follow the name of a region on it."""
    if plane.kind == "map":
        return " ".join(("on the map", *plane.of[1:]))
    if plane.kind == "strip":
        return f"on the σ–ρ̂ plot of {tree.words(plane.of[0])}"
    return f"on the triangle of {plane.corners(tree).question.title}"


def _gates(selection: Selection, release: LoadedRelease) -> list[Step]:
    if selection.rule == "asked":
        return [
            _asked_gate(release, question, selection.asked, prefix=f"s{number}")
            for number, question in enumerate(
                q for q in selection.questions if q.asked_after
            )
        ]
    if selection.rule == "largest":
        gates = tree_conditions.gates(selection.questions, release.tree)
        return [Step("gate", words, short, "rule", sql) for words, short, sql in gates]
    return []


def _asked_gate(
    release: LoadedRelease, question: Question, asked: float, *, prefix: str
) -> Step:
    column = quoted(release, f"{question.name}_asked")
    return Step(
        "gate",
        f"{question.title} is reached with probability {asked:.2f} or more",
        f"{question.title} reached",
        "rule",
        f"{column} >= CAST(${prefix} AS FLOAT)",
        {prefix: asked},
        Bounds(column, asked, 1.0, f"{question.name}_asked"),
    )


def _votes(
    selection: Selection, release: LoadedRelease, *, prefix: str
) -> tuple[Step, ...]:
    """Enough votes on every question of the selection, if it has any.

    Raises MorphError for a release without votes, whatever the questions.
    """
    quoted(release, f"{release.tree.questions[0].name}_votes")
    columns = [quoted(release, f"{q.name}_votes") for q in selection.questions]
    if not columns:
        return ()
    fewest = f"least({', '.join(columns)})" if len(columns) > 1 else columns[0]
    titles = [question.title for question in selection.questions]
    asked = " and on ".join(titles)
    number = selection.least_votes
    return (
        Step(
            "votes",
            f"at least {number:,} vote{'s' * (number > 1)} on {asked}",
            f"votes on {asked}",
            "least_votes",
            f"{fewest} >= ${prefix}",
            {prefix: number},
            Bounds(fewest, float(number), math.inf),
        ),
    )


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
        Bounds(column, low, high, f"{label}_probability"),
    )


def _physical(
    release: LoadedRelease, column: str, limit: Limit, *, prefix: str
) -> Step:
    words, unit = MEASURED[column].words, MEASURED[column].unit
    name = quoted(release, column)
    condition = f"{name} BETWEEN ${prefix}_low AND ${prefix}_high"
    if limit.keep_missing:
        condition = f"({condition} OR {name} IS NULL)"
    missing = ", or unknown" if limit.keep_missing else ""
    return Step(
        "physical",
        f"{words} between {limit.low:g} and {limit.high:g} {unit}".rstrip() + missing,
        words,
        column,
        condition,
        {f"{prefix}_low": limit.low, f"{prefix}_high": limit.high},
        Bounds(name, limit.low, limit.high, column, limit.keep_missing),
    )


def _region(
    release: LoadedRelease, drawn: tuple[Region, ...], number: int, *, prefix: str
) -> Step:
    """One step for all regions of a plane, as they combine."""
    parts = []
    for region in drawn:
        _check_plane(release, region)
        removed = region.mode == "remove"
        side = "outside" if region.inverted else "not in"
        side = "in" if region.inverted == removed else side
        joined = _MODE_WORDS[region.mode] if parts else ""
        parts.append(f"{joined}{side} {region.name}")
    plane = plane_words(drawn[0].plane, release.tree)
    return Step(
        "region",
        f"{' '.join(parts)} {plane}",
        f"{len(drawn)} regions {plane}" if len(drawn) > 1 else f"{parts[0]} {plane}",
        f"regions_{number}",
        is_in(release, prefix),
        {prefix: InRegions(drawn)},
    )


def _check_plane(release: LoadedRelease, region: Region) -> None:
    try:
        for column in plane_columns(release, region.plane):
            quoted(release, column)
    except MorphError as error:
        raise MorphError(f"{region.name}: {error}") from error


def _subset(release: LoadedRelease, subset: InSubset, *, prefix: str) -> Step:
    """The step that keeps or removes a subset's galaxies."""
    words = f"in the subset “{subset.name or subset.subset_id}”"
    condition = is_in(release, prefix)
    if not subset.included:
        words, condition = f"not {words}", f"NOT {condition}"
    parameters = {prefix: Members(subset.subset_id)}
    return Step("subset", words, words, subset.subset_id, condition, parameters)
