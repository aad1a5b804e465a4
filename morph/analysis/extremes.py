"""The most and least certain galaxies of an answer, with and without the tree.

Each group is a `Selection`, so that it can be counted, listed and exported (after
figures 4 and 5 of Ye et al. 2025).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import uncertainty
from morph.catalogue.in_memory.columns import column as kept_column
from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.certainty.certainty import Surest
from morph.selection.conditions import where
from morph.selection.listing import ordering, selected_rows
from morph.selection.listing.order import Order
from morph.selection.selection import Selection
from morph.trees.decision_tree import Question


@dataclass(frozen=True)
class Tails:
    """The most and least certain ``percent`` of galaxies with ρ̂ ≥ ``at_least``.

    ``by`` is the uncertainty measure.
    """

    by: str = "variance"
    at_least: float = 0.5
    percent: float = 15.0


@dataclass(frozen=True)
class Cell:
    """One group: its selection, number, range of uncertainty, and some galaxies."""

    selection: Selection
    galaxies: int
    low: float | None  # range of the uncertainty; None without galaxies
    high: float | None
    rows: pd.DataFrame  # drawn at random: iauname, then the columns asked for


@dataclass(frozen=True)
class Stray:
    """Galaxies that do not reach a question, by the answer that excludes them."""

    label: str
    galaxies: int


def sure_and_unsure(
    selection: Selection, label: str, tails: Tails
) -> tuple[Selection, Selection]:
    """The most and least certain galaxies with an answer, within a selection.

    The narrower limit on the answer applies; the selection's own conditions of
    certainty are replaced.
    """
    chosen = with_answer(selection, label, tails.at_least)
    surest = Surest(tails.by, label, tails.percent)
    least = replace(surest, least=True)
    return replace(chosen, certainty=(surest,)), replace(chosen, certainty=(least,))


def with_and_without_tree(
    selection: Selection,
    label: str,
    tails: Tails | None,
    *,
    at_least: float = 0.5,
    least: bool = False,
) -> tuple[Selection, Selection]:
    """The same cut on an answer, with and without the decision tree.

    With ``tails``, both keep only the most certain galaxies, or the ``least`` certain.
    """
    if tails is not None:
        chosen = sure_and_unsure(selection, label, tails)[least]
    else:
        chosen = replace(with_answer(selection, label, at_least), certainty=())
    rule = "largest" if selection.rule == "off" else selection.rule
    return replace(chosen, rule=rule), replace(chosen, rule="off")


def with_answer(selection: Selection, label: str, at_least: float) -> Selection:
    """The selection with an answer limited to at least ``at_least``."""
    low, high = selection.limits.get(label, (0.0, 1.0))
    low = max(low, at_least)
    return replace(selection, limits={**selection.limits, label: (low, max(low, high))})


def cell(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    *,
    about: tuple[str, str] | None,
    columns: Sequence[str] = (),
    pictures: int = 6,
    seed: int = 0,
) -> Cell:
    """Count a group, get its range of uncertainty and draw some galaxies.

    ``about`` are the measure and the label of the uncertainty. At most ``pictures``
    rows, with further ``columns``, are drawn; the same ``seed`` gives the same ones.
    """
    inside = selected_rows.rows(con, release, selection)
    order = Order("random", seed=seed)
    drawn = ordering.page(
        con,
        release,
        selection,
        order=order,
        limit=pictures,
        columns=columns,
        inside=inside,
    )
    low = high = None
    if about is not None:
        name = uncertainty(release, about[0]).column_of(about[1], release.tree)
        values = kept_column(con, release, name)[inside]
        known = values[np.isfinite(values)]
        if len(known):
            low, high = float(known.min()), float(known.max())
    return Cell(selection, len(inside), low, high, drawn)


def strays(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    question: Question,
) -> tuple[Stray, ...]:
    """Selected galaxies that do not reach a question, by answer, most frequent first.

    From the first question down, the first most probable answer that does not lead to
    the question counts: smooth, edge-on and so on.
    """
    way = release.tree.way_to(question)
    if not way:
        return ()
    cases = ""
    for step, (above, labels) in enumerate(way):
        leading = ", ".join(str(above.labels.index(label)) for label in labels)
        answer = f'"{above.name}_answer"'
        cases += f"WHEN {answer} NOT IN ({leading}) THEN {100 * step} + {answer} "
    condition, parameters = where(selection, release)
    sql = f"""
        SELECT CASE {cases}ELSE -1 END AS stray, count(*) AS galaxies
        FROM {release.table} WHERE {condition} GROUP BY stray ORDER BY galaxies DESC
    """
    return tuple(
        Stray(way[stray // 100][0].labels[stray % 100], galaxies)
        for stray, galaxies in query(con, release, sql, parameters).fetchall()
        if stray >= 0
    )
