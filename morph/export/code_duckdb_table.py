"""The catalogue's columns that a selection needs, as SQL over a release's files."""

from collections.abc import Iterator

from morph.catalogue.columns import uncertainty_column
from morph.catalogue.release_table import LoadedRelease
from morph.geometry.regions import Plane
from morph.geometry.ternary import LEAST_SHARE
from morph.posterior.tree import DecisionTree, Question
from morph.selection.selection import Selection, Surest, Tail


def files_of(release: LoadedRelease, selection: Selection) -> list[str]:
    """Files that the table is made of, by their names without suffix."""
    files = ["galaxies"]
    if selection.questions:
        files.append("posteriors")
        files += ["samples"] * release.has_samples
    files += ["projection"] * _has_map(selection)
    return files + [f"subset_{subset.subset_id}" for subset in selection.subsets]


def table_sql(release: LoadedRelease, selection: Selection) -> str:
    """SQL that makes a table of the release's name in the catalogue."""
    tree = release.tree
    needed = tree.with_parents(selection.questions)
    columns = ["iauname", *(_physical(name) for name in selection.physical)]
    for question in needed:
        columns += _of_question(question, tree, asked=selection.rule == "asked")
    columns += _sureness(release, selection)
    for place, plane in enumerate(selection.planes):
        x, y = _coordinates(plane, tree)
        columns += [f"{x} AS x{place}", f"{y} AS y{place}"]
    shown = ",\n    ".join(columns)
    made = f"CREATE TABLE {release.table} AS"
    if not needed:
        map_ = " LEFT JOIN projection USING (iauname)" * _has_map(selection)
        return f"{made} SELECT\n    {shown}\nFROM galaxies{map_}"
    passes = ",\n    ".join(_of_passes(release, selection, needed))
    source = "samples" if release.has_samples else "posteriors"
    own = ",\n    ".join(["iauname", *_of_own(release, needed)])
    return (
        f"{made} WITH passes AS (SELECT\n    iauname,\n    {passes}\n"
        f"FROM {source} GROUP BY iauname), own AS (SELECT\n    {own}\n"
        f"FROM posteriors) SELECT\n    {shown}\nFROM galaxies "
        "JOIN passes USING (iauname) JOIN own USING (iauname)"
        + " LEFT JOIN projection USING (iauname)"
        * _has_map(selection)
    )


def _has_map(selection: Selection) -> bool:
    return any(plane.kind == "map" for plane in selection.planes)


def _physical(name: str) -> str:
    return f'nullif("{name}"::DOUBLE, \'nan\'::DOUBLE) AS "{name}"'


def _of_passes(
    release: LoadedRelease, selection: Selection, needed: tuple[Question, ...]
) -> Iterator[str]:
    """Means over the passes of the model, or of the one posterior there is."""
    for question in needed:
        for label in question.labels:
            yield f'avg({_fraction(release, label)}) AS "{label}_mean"'
    for plane in selection.planes:
        if plane.kind == "strip":
            (label,) = plane.of
            yield f'{_total_variance(release, label)} AS "{label}_spread"'
    sure = selection.sureness
    if isinstance(sure, Tail):
        question = release.tree.question_of(sure.label)
        own, total = _alpha(sure.label), _total(question)
        yield f"avg(beta_tail({own}, {total}, {sure.threshold!r}::DOUBLE)) AS tail"
    elif isinstance(sure, Surest):
        question = release.tree.question_of(sure.label)
        yield f"{_total_variance(release, sure.label)} AS spread"
        terms = (_fraction(release, label) for label in question.labels)
        yield f"avg(-({' + '.join(f'{t} * ln({t})' for t in terms)})) AS entropy"


def _of_own(release: LoadedRelease, needed: tuple[Question, ...]) -> Iterator[str]:
    """What is computed of the one posterior that stands for all passes."""
    if not release.has_uncertainty:
        return
    for question in needed:
        total = _total(question)
        yield f'({total})::FLOAT AS "{question.name}_own_total"'


def _total_variance(release: LoadedRelease, label: str) -> str:
    p, total = _fraction(release, label), _total(release.tree.question_of(label))
    return f"avg({p} * (1 - {p}) / ({total} + 1)) + var_pop({p})"


def _alpha(label: str) -> str:
    return f'"{label}_concentration"::DOUBLE'


def _total(question: Question) -> str:
    return f"({' + '.join(_alpha(label) for label in question.labels)})"


def _fraction(release: LoadedRelease, label: str) -> str:
    if not release.has_uncertainty:
        return f"nullif(\"{label}_fraction\"::DOUBLE, 'nan'::DOUBLE)"
    return f"({_alpha(label)} / {_total(release.tree.question_of(label))})"


def _of_question(
    question: Question, tree: DecisionTree, *, asked: bool
) -> Iterator[str]:
    means = [f'"{label}_mean"' for label in question.labels]
    for label in question.labels:
        yield f'"{label}_mean"::FLOAT AS "{label}_probability"'
    unknown = " OR ".join(f"{mean} IS NULL" for mean in means)
    listed = ", ".join(means)
    yield (
        f"CASE WHEN NOT ({unknown}) THEN list_position([{listed}], "
        f'greatest({listed})) - 1 END AS "{question.name}_answer"'
    )
    if asked and question.asked_after:
        chance = _asked(question, tree)
        most = f"CASE WHEN {chance} > 1 THEN 1 ELSE {chance} END"
        yield f'({most})::FLOAT AS "{question.name}_asked"'


def _asked(question: Question, tree: DecisionTree) -> str:
    ways = []
    for label in question.asked_after:
        parent = tree.question_of(label)
        above = f" * {_asked(parent, tree)}" if parent.asked_after else ""
        ways.append(f'"{label}_mean"{above}')
    return f"({' + '.join(ways)})"


def _sureness(release: LoadedRelease, selection: Selection) -> Iterator[str]:
    sure = selection.sureness
    if isinstance(sure, Tail):
        yield "tail::FLOAT::DOUBLE AS tail" if release.has_samples else "tail"
    elif isinstance(sure, Surest):
        question = release.tree.question_of(sure.label)
        value = {
            "variance": "spread",
            "concentration": f'"{question.name}_own_total"',
            "information": f"greatest({_entropy(question)} - entropy, 0)",
        }[sure.by]
        name = uncertainty_column(release, sure.by, sure.label)
        yield f'({value})::FLOAT AS "{name}"'


def _entropy(question: Question) -> str:
    terms = (f'"{label}_mean" * ln("{label}_mean")' for label in question.labels)
    return f"-({' + '.join(terms)})"


def _coordinates(plane: Plane, tree: DecisionTree) -> tuple[str, str]:
    if plane.kind == "map":
        return tuple(
            f"nullif(umap_{axis}::FLOAT::DOUBLE, 'nan'::DOUBLE)" for axis in "xy"
        )
    if plane.kind == "strip":
        label = plane.of[0]
        deviation = f'sqrt("{label}_spread"::FLOAT::DOUBLE)::FLOAT::DOUBLE'
        return f'"{label}_mean"::FLOAT::DOUBLE', deviation
    first, second, third = (
        f"({' + '.join(_stored(label) for label in group.split('+'))})"
        for group in plane.of
    )
    whole = f"({first} + {second} + {third})"
    shown = f"CASE WHEN {whole} >= {LEAST_SHARE!r} THEN {{}} / {whole} END"
    return shown.format(first), shown.format(second)


def _stored(label: str) -> str:
    return f'"{label}_mean"::FLOAT::DOUBLE'
