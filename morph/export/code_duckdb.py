"""The condition of a selection as self-contained SQL, with literal values.

It is the SQL of `morph.selection.conditions`, so new kinds of conditions need no code
here. Only values that the catalogue binds after computing them are written out: drawn
regions, subsets and tail probabilities.
"""

import re
from collections.abc import Sequence

from morph.catalogue.release_table import LoadedRelease
from morph.geometry.regions import Region
from morph.selection.condition import Step
from morph.selection.conditions import all_of, steps
from morph.selection.masks import InRegions, Members, is_in
from morph.selection.selection import Selection, Tail


def condition(release: LoadedRelease, selection: Selection) -> str:
    """SQL over a table ``catalogue`` with the catalogue's columns.

    P(ρ > t) of an answer is the column ``<label>_above_<t>``; coordinates on the
    selection's planes are ``x0``, ``y0``, ``x1`` and so on.
    """
    found = steps(selection, release)
    _, values = all_of(found)
    sql = "\nAND ".join(f"({_sql(step, selection)})" for step in found) or "TRUE"
    for name, value in values.items():
        if isinstance(value, InRegions):
            place = selection.planes.index(value.regions[0].plane)
            drawn = _in_regions(value.regions, x=f"x{place}", y=f"y{place}")
            sql = sql.replace(is_in(release, name), drawn)
        elif isinstance(value, Members):
            members = f"SELECT iauname FROM subset_{value.subset_id}"
            sql = sql.replace(is_in(release, name), f"iauname IN ({members})")
    sql = sql.replace(f"FROM {release.table} ", "FROM catalogue ")
    return re.sub(r"\$(\w+)", lambda name: number(values[name[1]]), sql)


def columns_of(condition: str) -> list[str]:
    """The columns that a condition uses."""
    return list(dict.fromkeys(re.findall(r'"([^"]+)"', condition)))


def _sql(step: Step, selection: Selection) -> str:
    sure = selection.sureness
    if step.kind == "sureness" and isinstance(sure, Tail):
        return (
            f'"{sure.label}_above_{float(sure.threshold)!r}" >= {number(sure.at_least)}'
        )
    return step.sql


def number(value: float) -> str:
    """A literal that SQL reads as exactly this float64, not as a decimal."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def _in_regions(drawn: Sequence[Region], *, x: str, y: str) -> str:
    """Regions of one plane, combined in the order they were drawn."""
    sql = ""
    for region in drawn:
        corners = [[float(a), float(b)] for a, b in region.corners]
        inside = f"inside({x}, {y}, '{corners}'::DOUBLE[][])"
        if region.inverted:
            inside = f"(NOT {inside} AND {x} IS NOT NULL AND {y} IS NOT NULL)"
        if region.mode == "remove":
            inside = f"NOT {inside}"
        if sql:
            sql = f"({sql})\n    {'OR' if region.mode == 'add' else 'AND'} {inside}"
        else:
            sql = inside
    return sql
