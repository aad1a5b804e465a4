"""A selection as a program in numpy, its tables read by pandas or by astropy."""

from collections.abc import Iterator

from morph.catalogue.release_table import LoadedRelease
from morph.export import code_templates as templates
from morph.geometry.regions import Plane, Region
from morph.posterior.tree import DecisionTree, Question
from morph.selection.selection import InSubset, Limit, Selection, Surest, Tail


def with_numpy(release: LoadedRelease, selection: Selection, language: str) -> str:
    """The program after its docstring."""
    parts = [templates.READ[language].format(folder=release.release_id)]
    parts += [templates.GALAXIES, *_posteriors(release, selection)]
    parts += [f"{line}\n" for line in _steps(release, selection)]
    return "".join([*parts, templates.END])


def _posteriors(release: LoadedRelease, selection: Selection) -> Iterator[str]:
    """What is read and computed once, as far as the steps need it."""
    needed = release.tree.with_parents(selection.questions)
    if needed:
        yield templates.POSTERIORS
        if release.has_uncertainty:
            yield templates.SAMPLES if release.has_samples else templates.NO_SAMPLES
        yield "ANSWERS = {  # in the order of the tree\n"
        yield from (f"    {q.name!r}: {list(q.answers)!r},\n" for q in needed)
        yield "}\n"
        yield templates.ALPHA if release.has_uncertainty else templates.FRACTIONS
        yield templates.MEAN
    if any(plane.kind == "map" for plane in selection.planes):
        yield 'projection = in_order(read("projection"))\n'
    if selection.regions:
        yield templates.INSIDE


def _steps(release: LoadedRelease, selection: Selection) -> Iterator[str]:
    for question in selection.questions:
        yield from _gate(question, selection, release.tree)
    for label, (low, high) in selection.limits.items():
        yield f"value = np.float32({_mean_of(label, release.tree)})"
        ends = f"np.float32({low!r}), np.float32({high!r})"
        yield f"low, high = {ends}"
        yield "keep &= (value >= low) & (value <= high)"
    if isinstance(selection.sureness, Tail):
        yield from _tail(selection.sureness, release)
    elif selection.sureness is not None:
        yield from _surest(selection.sureness, release)
    for column, limit in selection.physical.items():
        yield from _physical(column, limit)
    for place, plane in enumerate(selection.planes):
        drawn = [region for region in selection.regions if region.plane == plane]
        yield from _regions(drawn, place, release.tree)
    for subset in selection.subsets:
        yield from _subset(subset)


def _gate(
    question: Question, selection: Selection, tree: DecisionTree
) -> Iterator[str]:
    if not question.asked_after or selection.rule == "off":
        return
    if selection.rule == "largest":
        yield f"keep &= {_reached(question, tree)}"
    else:
        yield f"asked = np.float32(np.minimum({_asked(question, tree)}, 1))"
        yield f"keep &= asked >= np.float32({selection.asked!r})"


def _reached(question: Question, tree: DecisionTree) -> str:
    """Whether largest answers lead to a question, by any of its ways."""
    ways = []
    for parent, labels in tree.parents(question):
        places = [parent.labels.index(label) for label in labels]
        above = f" & {_reached(parent, tree)}" if parent.asked_after else ""
        ways.append(f"(np.isin(largest({parent.name!r}), {places}){above})")
    return f"({' | '.join(ways)})"


def _asked(question: Question, tree: DecisionTree) -> str:
    """The probability that a question is asked: up the tree, over all its ways."""
    ways = []
    for label in question.asked_after:
        parent = tree.question_of(label)
        above = f" * ({_asked(parent, tree)})" if parent.asked_after else ""
        ways.append(_mean_of(label, tree) + above)
    return " + ".join(ways)


def _mean_of(label: str, tree: DecisionTree) -> str:
    question = tree.question_of(label)
    return f"mean[{question.name!r}][:, {question.labels.index(label)}]"


def _tail(tail: Tail, release: LoadedRelease) -> Iterator[str]:
    question = release.tree.question_of(tail.label)
    place = question.labels.index(tail.label)
    yield "from scipy.special import betainc"
    yield ""
    yield ""
    yield "def tail(a):"
    yield f"    own, all_ = a[:, {place}], a.sum(axis=1)"
    yield f"    return betainc(all_ - own, own, 1 - {tail.threshold!r})"
    yield ""
    yield ""
    yield f"value = over_passes(lambda table: tail(alpha(table, {question.name!r})))"
    if release.has_samples:
        yield "value = np.float32(value).astype(float)"
    yield f"keep &= value >= {tail.at_least!r}"


def _surest(surest: Surest, release: LoadedRelease) -> Iterator[str]:
    question = release.tree.question_of(surest.label)
    name, place = question.name, question.labels.index(surest.label)
    if surest.by == "variance":
        yield templates.VARIANCE
        yield f"value = np.float32(total_variance({name!r})[:, {place}])"
    elif surest.by == "concentration":
        yield f"value = np.float32(alpha(posteriors, {name!r}).sum(axis=1))"
    else:
        yield templates.INFORMATION
        yield f"value = np.float32(information({name!r}))"
    if (surest.by == "concentration") != surest.least:
        yield "value = -value"
    yield "ranked = np.sort(value[keep & ~np.isnan(value)])"
    yield f"rank = max(1, int(np.ceil(len(ranked) * {surest.percent!r} / 100 - 1e-9)))"
    yield "keep &= value <= ranked[rank - 1] if len(ranked) else False"


def _physical(column: str, limit: Limit) -> Iterator[str]:
    yield f"value = galaxies[{column!r}].astype(float)"
    within = f"(value >= {limit.low!r}) & (value <= {limit.high!r})"
    missing = " | np.isnan(value)" if limit.keep_missing else ""
    yield f"keep &= ({within}){missing}"


def _regions(drawn: list[Region], place: int, tree: DecisionTree) -> Iterator[str]:
    yield from _coordinates(drawn[0].plane, tree)
    for number, region in enumerate(drawn):
        yield f"polygon = {[list(map(float, corner)) for corner in region.corners]!r}"
        yield "found = inside(x, y, polygon)"
        if region.inverted:
            yield "found = ~found & np.isfinite(x) & np.isfinite(y)"
        if number == 0:
            yield f"chosen = {'~' * (region.mode == 'remove')}found"
        else:
            yield f"chosen {_AFTER[region.mode]}found"
    yield "keep &= chosen"


_AFTER = {"add": "|= ", "remove": "&= ~", "intersect": "&= "}


def _coordinates(plane: Plane, tree: DecisionTree) -> Iterator[str]:
    if plane.kind == "map":
        yield 'x = np.float32(projection["umap_x"]).astype(float)'
        yield 'y = np.float32(projection["umap_y"]).astype(float)'
        return
    if plane.kind == "strip":
        label = plane.of[0]
        question = tree.question_of(label)
        place = question.labels.index(label)
        yield templates.VARIANCE
        yield f"x = np.float32({_mean_of(label, tree)}).astype(float)"
        yield f"variance = np.float32(total_variance({question.name!r})[:, {place}])"
        yield "y = np.sqrt(variance).astype(float)"
        return
    question = plane.corners(tree).question
    yield f"stored = np.float32(mean[{question.name!r}]).astype(float)"
    for name, group in zip(("first", "second", "third"), plane.of, strict=True):
        places = [question.labels.index(label) for label in group.split("+")]
        yield f"{name} = stored[:, {places}].sum(axis=1)"
    yield templates.SHARES


def _subset(subset: InSubset) -> Iterator[str]:
    sign = "" if subset.included else "~"
    yield f'members = set(read("subset_{subset.subset_id}")["iauname"])'
    yield (
        f"keep &= {sign}"
        'np.array([name in members for name in galaxies["iauname"]], dtype=bool)'
    )
