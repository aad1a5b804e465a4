"""A selection as DuckDB SQL over a release's own files, in a short Python program.

It makes a table with the columns that the catalogue has, so that the conditions are
those that the catalogue was asked.
"""

from collections.abc import Sequence
from typing import Any

from morph.catalogue.release_table import LoadedRelease
from morph.export import code_templates as templates
from morph.export.code_duckdb_table import files_of, table_sql
from morph.geometry.regions import Region
from morph.selection.condition import Step
from morph.selection.conditions import steps
from morph.selection.selection import Selection, Tail


def with_duckdb(release: LoadedRelease, selection: Selection) -> str:
    """The program after its docstring."""
    found = steps(selection, release)
    conditions = [_condition(step, selection) for step in found]
    values = {name: value for step in found for name, value in _values(step).items()}
    files = files_of(release, selection)
    sure = isinstance(selection.sureness, Tail)
    return "".join(
        [
            (templates.DUCKDB_WITH_TAIL if sure else templates.DUCKDB).format(
                folder=release.release_id
            ),
            *(f'{f} = con.read_parquet(f"{{FOLDER}}/{f}.parquet")\n' for f in files),
            f'\nTABLE = """\n{table_sql(release, selection)}\n"""\n',
            f'CONDITION = """\n{_joined(conditions)}\n"""\n',
            f"VALUES = {values!r}\n",
            templates.DUCKDB_END.format(table=release.table),
        ]
    )


def _joined(conditions: Sequence[str]) -> str:
    return "\nAND ".join(f"({condition})" for condition in conditions) or "TRUE"


def _values(step: Step) -> dict[str, Any]:
    """The step's numbers; masks of galaxies and tables are none."""
    return {name: v for name, v in step.parameters.items() if not callable(v)}


def _condition(step: Step, selection: Selection) -> str:
    if step.kind == "region":
        place = int(step.parameter.removeprefix("regions_"))
        plane = selection.planes[place]
        drawn = [region for region in selection.regions if region.plane == plane]
        return _in_regions(drawn, x=f"x{place}", y=f"y{place}")
    if step.kind == "subset":
        (subset,) = [s for s in selection.subsets if s.subset_id == step.parameter]
        sign = "" if subset.included else "NOT "
        return f"iauname {sign}IN (SELECT iauname FROM subset_{subset.subset_id})"
    if step.kind == "sureness" and isinstance(selection.sureness, Tail):
        (name,) = _values(step)
        return f"tail >= ${name}"
    return step.sql


def _in_regions(drawn: Sequence[Region], *, x: str, y: str) -> str:
    """Regions of one plane, combined in the order they were drawn."""
    condition = ""
    for region in drawn:
        inside = f"coalesce({_inside(region, x=x, y=y)}, FALSE)"
        if region.inverted:
            inside = f"(NOT {inside} AND {x} IS NOT NULL AND {y} IS NOT NULL)"
        if not condition:
            condition = f"NOT {inside}" if region.mode == "remove" else inside
        elif region.mode == "add":
            condition = f"({condition} OR {inside})"
        else:
            sign = "NOT " if region.mode == "remove" else ""
            condition = f"({condition} AND {sign}{inside})"
    return condition


def _inside(region: Region, *, x: str, y: str) -> str:
    """The even-odd rule: how many sides a ray to the right crosses."""
    sides = []
    corners = [(float(a), float(b)) for a, b in region.corners]
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y0 == y1:
            continue
        low, high = sorted((y0, y1))
        crossed = f"{y} >= {_number(low)} AND {y} < {_number(high)}"
        left = f"{x} < {_number(x0)} + ({y} - {_number(y0)}) * "
        sides.append(f"({crossed} AND {left}{_number((x1 - x0) / (y1 - y0))})::INT")
    return f"({' + '.join(sides)}) % 2 = 1" if sides else "FALSE"


def _number(value: float) -> str:
    """A number that SQL reads as the very same eight bytes."""
    return f"'{value!r}'::DOUBLE"
