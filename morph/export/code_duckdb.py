"""A selection as self-contained SQL over a release's files.

Conditions are those of `morph.selection.conditions` with literal values, so new kinds
of conditions need no code here. Only values that the catalogue binds after computing
them are written out: drawn regions, polygons and maps of the sky, subsets and tail
probabilities.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from morph.catalogue.column_sql import plane_columns
from morph.catalogue.derived_columns import HALF_A_VOTE
from morph.catalogue.release_table import LoadedRelease
from morph.export import code_own, code_sky
from morph.geometry.regions import Plane, Region
from morph.geometry.ternary import LEAST_SHARE
from morph.posterior.measures import MEASURES
from morph.release.maps import ReleaseMap, map_file
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.certainty.certainty import from_text
from morph.selection.conditions import steps
from morph.selection.masks import InRegions, Members, is_in
from morph.selection.own_limits.own_condition import InOwn
from morph.selection.selection import Selection
from morph.selection.sky_condition import InSky
from morph.selection.step import Step, all_of
from morph.trees.decision_tree import DecisionTree, Question

_MACROS = {
    "largest": """\
-- Index of the largest vote fraction, from 0; NULL where one is unknown
CREATE MACRO largest(p) AS
    CASE WHEN list_count(p) = len(p) THEN list_position(p, list_max(p)) - 1 END""",
    "at_most_one": """\
CREATE MACRO at_most_one(p) AS CASE WHEN p > 1 THEN 1 ELSE p END""",
    "fraction_of": f"""\
-- NULL where the three corners have too few of the votes
CREATE MACRO fraction_of(part, whole) AS
    CASE WHEN whole >= {LEAST_SHARE!r} THEN part / whole END""",
    "inside": """\
-- Point in polygon: does a ray to the right cross an odd number of sides?
CREATE MACRO inside(x, y, corners) AS (
    SELECT count(*) % 2 = 1
    FROM (SELECT unnest(corners) AS a, unnest(corners[2:] || corners[:1]) AS b)
    WHERE (a[2] > y) <> (b[2] > y)
    AND x < a[1] + (y - a[2]) * ((b[1] - a[1]) / (b[2] - a[2])))""",
}
# Views other than ``galaxies`` and those of maps, and their files.
_FILES = {"own": "posteriors", "mixture": "samples", "votes": "votes"}
_FRACTIONS = """\
-- Expected vote fractions{each}
CREATE VIEW {view} AS SELECT *,
    {columns}
FROM {file}"""
_MIXTURE = """\
-- The posterior is the equal mixture of the passes
CREATE VIEW mixture AS SELECT iauname,
    {columns}
FROM passes GROUP BY iauname"""
_CATALOGUE = """\
-- The columns that the conditions use, in the precision of the catalogue
CREATE TABLE catalogue AS SELECT iauname,
    {columns}
FROM galaxies{joins}"""
_COORDINATES = """\
-- Coordinates on the planes of the regions
CREATE OR REPLACE TABLE catalogue AS SELECT *,
    {columns}
FROM catalogue"""


def condition(release: LoadedRelease, selection: Selection) -> str:
    """SQL over a table ``catalogue`` with the catalogue's columns.

    P(ρ > t) of an answer is the column ``<label>_above_<t>``; coordinates on the
    selection's planes are ``x0``, ``y0``, ``x1`` and so on.
    """
    conditions = steps(selection, release)
    _, values = all_of(conditions)
    sql = "\nAND ".join(f"({step.sql})" for step in conditions) or "TRUE"
    for step in conditions:
        if step.kind == "tail":  # also within the percentages that follow
            sql = sql.replace(f"({step.sql})", f"({_tail_column(step)})")
    for name, value in values.items():
        if isinstance(value, InRegions):
            index = selection.planes.index(value.regions[0].plane)
            drawn = _in_regions(value.regions, x=f"x{index}", y=f"y{index}")
            sql = sql.replace(is_in(release, name), drawn)
        elif isinstance(value, Members):
            members = f"SELECT iauname FROM subset_{value.subset_id}"
            sql = sql.replace(is_in(release, name), f"iauname IN ({members})")
        elif isinstance(value, InSky):
            sql = sql.replace(is_in(release, name), code_sky.condition(value.region))
        elif isinstance(value, InOwn):
            sql = sql.replace(is_in(release, name), code_own.condition(value.limit))
    sql = sql.replace(f"FROM {release.table} ", "FROM catalogue ")
    return re.sub(r"\$(\w+)", lambda name: number(values[name[1]]), sql)


def _tail_column(step: Step) -> str:
    """The condition of a tail, of a column where the catalogue has a function."""
    tail = from_text(step.parameter)
    name = f"{tail.label}_above_{float(tail.threshold)!r}"
    return f'"{name}" >= {number(tail.at_least)}'


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


def catalogue_sql(
    release: LoadedRelease, condition: str, selection: Selection
) -> tuple[list[str], list[str]]:
    """Files to read, without suffix, and statements that create ``catalogue``.

    It has the columns that a `condition` uses.
    """
    tree, planes = release.tree, selection.planes
    axes = [plane_columns(release, p) for p in planes]
    coordinates = [name for pair in axes for name in pair]
    used = re.findall(r'"([^"]+)"', condition)
    names = list(dict.fromkeys(["ra", "dec", *used, *coordinates]))
    questions = tree.with_parents(
        q for q in tree.questions if any(n.startswith(f"{q.name}_") for n in names)
    )
    known = _columns(release, questions, names)
    columns = [f'{known[name]} AS "{name}"' for name in names]
    positions = [*_coordinates(planes, axes), *code_sky.columns(selection.sky, number)]
    text = " ".join([condition, *columns, *positions])
    files = {view: view for view in _map_views(release)} | _FILES
    sources = {name: file for name, file in files.items() if f"{name}." in text}
    made = [macro for name, macro in _MACROS.items() if f"{name}(" in text]
    fractions = list(_fractions(release, questions))
    if "own" in sources:
        parts = {"each": "", "view": "own", "file": "posteriors"}
        made.append(_filled(_FRACTIONS, fractions, **parts))
    if "mixture" in sources:
        parts = {"each": " in each pass", "view": "passes", "file": "samples"}
        made.append(_filled(_FRACTIONS, fractions, **parts))
        made.append(_filled(_MIXTURE, _averages(questions, names, tree)))
    # Some galaxies are not on the map, or have no votes; other files have all galaxies.
    joins = "".join(f" LEFT JOIN {name} USING (iauname)" for name in sources)
    made.append(_filled(_CATALOGUE, columns, joins=joins))
    if positions:
        made.append(_filled(_COORDINATES, positions))
    return ["galaxies", *sources.values()], made


def _map_views(release: LoadedRelease) -> dict[str, ReleaseMap]:
    """The maps of the release by their views, named as their files."""
    return {map_file(one.name).removesuffix(".parquet"): one for one in release.maps}


def _filled(statement: str, columns: Iterable[str], **parts: str) -> str:
    return statement.format(columns=",\n    ".join(columns), **parts)


def _fractions(release: LoadedRelease, questions: Sequence[Question]) -> Iterator[str]:
    prior = release.manifest.details.prior_per_answer
    for question in questions:
        if not release.has_uncertainty:
            for label in question.labels:
                yield f'nullif("{label}_fraction"::DOUBLE, \'nan\') AS "{label}"'
            continue
        alphas = [f'"{label}_concentration"::DOUBLE' for label in question.labels]
        yield f'{" + ".join(alphas)} AS "{question.name}_total"'
        for label, alpha in zip(question.labels, alphas, strict=True):
            fraction = f'{alpha} / "{question.name}_total"'
            if prior is not None:  # no fractions of a question without votes
                least = number(prior * len(alphas) + HALF_A_VOTE)
                known = f'"{question.name}_total" >= {least}'
                fraction = f"CASE WHEN {known} THEN {fraction} END"
            yield f'{fraction} AS "{label}"'


def _averages(
    questions: Sequence[Question], names: Sequence[str], tree: DecisionTree
) -> Iterator[str]:
    """Means over the passes, and the measures of the passes where they are used."""
    for question in questions:
        for label in question.labels:
            yield f'avg("{label}") AS "{label}"'
        for name, sql in _measures(question, of_passes=True).items():
            if name in names:
                yield f'{sql} AS "{name}"'
    for name in names:
        if "_above_" in name:
            yield f'avg({_tail(name, tree)}) AS "{name}"'


def _columns(
    release: LoadedRelease, questions: Sequence[Question], names: Sequence[str]
) -> dict[str, str]:
    """SQL of the catalogue's columns of galaxies and of these questions."""
    tree = release.tree
    mean = "mixture." if release.has_samples else "own."
    columns = {name: _measured(name) for name in MEASURED}
    columns["_healpix_29"] = "galaxies._healpix_29"
    for view, one in _map_views(release).items():
        columns |= {n: f"{view}.{n}::FLOAT" for n in one.columns}
    for question in questions:
        name = question.name
        means = [f'{mean}"{label}"' for label in question.labels]
        for label in question.labels:
            columns[f"{label}_probability"] = f'{mean}"{label}"::FLOAT'
        counts = " + ".join(f'votes."{label}"' for label in question.labels)
        columns[f"{name}_votes"] = f"coalesce({counts}, 0)"
        columns[f"{name}_answer"] = f"largest([{', '.join(means)}])"
        asked = _asked(question, tree, mean)
        columns[f"{name}_asked"] = f"at_most_one({asked})::FLOAT"
        own, mixed = (_measures(question, of_passes=passes) for passes in (False, True))
        columns |= {column: f"({sql})::FLOAT" for column, sql in own.items()}
        columns |= {column: f'mixture."{column}"::FLOAT' for column in mixed}
    for name in names:
        if "_above_" in name:
            above = f'mixture."{name}"::FLOAT'
            columns[name] = above if release.has_samples else _tail(name, tree, "own.")
    return columns


def _measured(name: str) -> str:
    """A measured column, NULL where it is unknown or impossible."""
    value = f'galaxies."{name}"::DOUBLE'
    low, high = MEASURED[name].possible
    if (low, high) == (-math.inf, math.inf):
        return f"nullif({value}, 'nan')"
    possible = f"{value} > {number(low)} AND {value} < {number(high)}"
    return f"CASE WHEN {possible} THEN {value} END"


def _tail(name: str, tree: DecisionTree, source: str = "") -> str:
    label, _, threshold = name.rpartition("_above_")
    own = f'{source}"{label}_concentration"'
    total = f'{source}"{tree.question_of(label).name}_total"'
    return f"beta_tail({own}, {total}, {number(float(threshold))})"


def _measures(question: Question, *, of_passes: bool) -> dict[str, str]:
    """SQL of the measures' columns of a question, of all passes or of their mean."""
    source = "" if of_passes else "own."
    total = f'{source}"{question.name}_total"'
    return {
        name: measure.sql([f'{source}"{label}"' for label in labels], total)
        for measure in MEASURES
        if measure.of_passes == of_passes
        for name, labels in measure.columns(question).items()
    }


def _asked(question: Question, tree: DecisionTree, mean: str) -> str:
    """The probability that a question is asked, summed over all paths to it."""
    ways = []
    for label in question.asked_after:
        parent = tree.question_of(label)
        above = f" * {_asked(parent, tree, mean)}" if parent.asked_after else ""
        ways.append(f'{mean}"{label}"{above}')
    return f"({' + '.join(ways)})" if ways else "1"


def _coordinates(
    planes: Sequence[Plane], columns: Sequence[Sequence[str]]
) -> Iterator[str]:
    for index, (plane, names) in enumerate(zip(planes, columns, strict=True)):
        for axis, sql in zip("xy", _axes(plane, names), strict=True):
            yield f"{sql} AS {axis}{index}"


def _axes(plane: Plane, names: Sequence[str]) -> tuple[str, str]:
    columns = [f'"{name}"' for name in names]
    if plane.kind == "map":
        x, y = (f"nullif({column}::DOUBLE, 'nan')" for column in columns)
        return x, y
    if plane.kind == "strip":
        mean, variance = columns
        return f"{mean}::DOUBLE", f"sqrt({variance})::FLOAT::DOUBLE"
    first, second, third = (
        "+".join(f'"{label}_probability"::DOUBLE' for label in group.split("+"))
        for group in plane.of
    )
    whole = f"({first}) + ({second}) + ({third})"
    return f"fraction_of({first}, {whole})", f"fraction_of({second}, {whole})"
