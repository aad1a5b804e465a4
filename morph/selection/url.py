"""A selection as the parameters of a URL, and back, with notices of what is ignored.

One widget of the pages is one parameter (`morph.selection.parameters`): a range is the
parameter twice, and a value equal to the default is not written. Regions do not fit
into a URL: it holds an id, under which the workspace saves them.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from morph.catalogue.own_columns.own_column import OwnColumn
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.geometry.regions import Region, from_json, to_json
from morph.geometry.sky_regions import (
    CoverageMap,
    SkyRegion,
    region_from_text,
    region_text,
)
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.certainty import certainty, earlier_address
from morph.selection.certainty.certainty import Certainty
from morph.selection.certainty.earlier_address import earlier_parameters
from morph.selection.conditions import steps
from morph.selection.own_limits import own_limit
from morph.selection.own_limits.own_limit import OwnLimit
from morph.selection.parameters import as_text, parameters
from morph.selection.selection import InSubset, Limit, Selection
from morph.selection.step import Step
from morph.trees.decision_tree import GZD5, TREES, DecisionTree

Change = Callable[[Selection], Selection]

_SUBSETS = {"in_subset": True, "not_in_subset": False}  # name -> whether included


@dataclass(frozen=True)
class Recipe:
    """A selection that was read, and a sentence for each value that was ignored.

    ``steps`` are its conditions in the release it was read for, if there was one.
    """

    selection: Selection
    notices: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Kept:
    """Looks up the ids of a URL; MorphError for one that is unknown."""

    regions: Callable[[str], tuple[Region, ...]]
    subset_name: Callable[[str], str]
    map_name: Callable[[str], str] = str
    own_column: Callable[[str], OwnColumn] | None = None


def to_values(selection: Selection) -> dict[str, Any]:
    """The value of each parameter that differs from its default."""
    values: dict[str, Any] = dict(selection.limits)
    scalars = {"rule": selection.rule, "asked": float(selection.asked)}
    scalars |= {"least_votes": selection.least_votes}
    rows = parameters(selection.tree)
    values |= {k: v for k, v in scalars.items() if v != rows[k].default}
    if selection.certainty:
        values["certain"] = [certainty.to_text(one) for one in selection.certainty]
    for column, limit in selection.physical.items():
        values[column] = (float(limit.low), float(limit.high))
        if limit.keep_missing:
            values[f"{column}_missing"] = "keep"
    if selection.sky is not None:
        values["sky"] = region_text(selection.sky)
    if selection.regions:
        values["regions"] = regions_id(selection.regions)
    for name, included in _SUBSETS.items():
        ids = [s.subset_id for s in selection.subsets if s.included == included]
        values |= {name: ids} if ids else {}
    if selection.own:
        values["own"] = [own_limit.to_text(one) for one in selection.own]
    return values


def to_query(selection: Selection) -> dict[str, str | list[str]]:
    """Parameters of the selection; what equals the default is left out."""
    return {name: as_text(value) for name, value in to_values(selection).items()}


def to_query_string(selection: Selection) -> str:
    """The selection as the query of a URL, without the ``?``."""
    return urlencode(to_query(selection), doseq=True)


def regions_id(regions: Sequence[Region]) -> str:
    """An id of ten letters and digits, the same for the same regions."""
    plain = from_json(to_json(regions))  # 1 and 1.0 are the same corner
    text = json.dumps(to_json(plain), sort_keys=True)
    hashed = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(hashed).decode().lower()[:10]


def digest(selection: Selection) -> str:
    """An id of twelve hexadecimal digits, the same for the same selection."""
    text = json.dumps([selection.tree.name, to_query(selection)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def from_query(
    query: Mapping[str, str | Sequence[str]],
    release: LoadedRelease | None = None,
    *,
    others: Collection[str] | None = None,
    kept: Kept | None = None,
) -> Recipe:
    """Read a selection from the values of URL parameters; never fails.

    Filters that ``release`` cannot serve are left out and named. ``others`` are
    parameters that mean something else to the caller: where given, a name that is
    neither there nor the selection's own is named in a notice. ``kept`` is the
    workspace that knows regions and subsets by their ids.
    """
    tree = _tree_of(release)
    rows = {**parameters(tree), **earlier_parameters(tree)}
    texts = {name: parts for name, value in query.items() if (parts := _texts(value))}

    def value(name: str) -> Any:
        if name not in texts:
            return rows[name].default
        try:
            return rows[name].parse(texts[name])
        except MorphError as error:
            if name.startswith("sure_") or name.endswith("_missing"):  # of another one
                raise MorphError(f"{name} is {texts[name][-1]!r}; {error}") from error
            raise

    unknown = []
    if others is not None:
        unknown = [name for name in texts if name not in rows and name not in others]
    notices = tuple(_unknown(name, tree) for name in unknown)
    recipe = _read(texts, value, release, kept)
    return replace(recipe, notices=notices + recipe.notices)


def from_values(
    values: Mapping[str, Any], release: LoadedRelease, *, kept: Kept | None = None
) -> Recipe:
    """The selection of values as `to_values` gives them; never fails."""
    rows = parameters(release.tree)

    def value(name: str) -> Any:
        return values.get(name, rows[name].default)

    return _read(values, value, release, kept)


def _unknown(name: str, ours: DecisionTree) -> str:
    """What is said of a parameter that is not one, or is an answer of another tree."""
    for tree in TREES.values():
        if name in tree.labels:
            return (
                f"{name} ignored: “{tree.words(name)}” is an answer of {tree.title}; "
                f"this release has the tree of {ours.title}"
            )
    return f"{name} ignored: unknown parameter"


def _tree_of(release: LoadedRelease | None) -> DecisionTree:
    return release.tree if release else GZD5


def _read(
    present: Mapping[str, Any],
    value: Callable[[str], Any],
    release: LoadedRelease | None,
    kept: Kept | None,
) -> Recipe:
    """The selection of what is given, without the filters that cannot be read.

    Its steps are made once; only where they fail is each filter tried after another.
    """
    tree = _tree_of(release)
    changes = tuple(_changes(present, value, tree, kept))
    recipe = _applied(changes, Recipe(Selection(tree=tree)))
    if release is None:
        return recipe
    try:
        return replace(recipe, steps=steps(recipe.selection, release))
    except MorphError:
        return _applied(changes, Recipe(Selection(tree=tree)), release)


def _applied(
    changes: Sequence[tuple[str, Any, Change]],
    recipe: Recipe,
    release: LoadedRelease | None = None,
) -> Recipe:
    """Each change that succeeds, and that the release can serve where there is one."""
    for parameter, given, change in changes:
        try:
            selection = change(recipe.selection)
            made = steps(selection, release) if release is not None else ()
            recipe = Recipe(selection, recipe.notices, made)
        except MorphError as error:
            texts = " ".join(_texts(as_text(given)))
            notice = f"{parameter}={texts} ignored: {error}"
            recipe = replace(recipe, notices=(*recipe.notices, notice))
    return recipe


def _changes(
    present: Mapping[str, Any],
    value: Callable[[str], Any],
    tree: DecisionTree,
    kept: Kept | None,
) -> Iterator[tuple[str, Any, Change]]:
    """Parameter, what is given, and what that changes in a selection when called."""

    def given(*names: str) -> list[tuple[str, Any]]:
        return [(name, present[name]) for name in names if name in present]

    for n, text in given(*tree.labels):
        yield n, text, lambda to, n=n: replace(to, limits={**to.limits, n: value(n)})
    for n, text in given("rule", "asked", "least_votes"):
        yield n, text, lambda to, n=n: replace(to, **{n: value(n)})
    for n, text in given("sure"):
        yield n, text, lambda to: _and(to, *earlier_address.condition(value, tree))
    for text in value("certain"):
        yield "certain", text, lambda to, t=text: _and(to, certainty.from_text(t))
    for n, text in given(*MEASURED):
        yield (
            n,
            text,
            lambda to, n=n: replace(to, physical={**to.physical, n: _limit(value, n)}),
        )
    for n, text in given("sky"):
        yield n, text, lambda to: replace(to, sky=_sky(value, kept))
    for n, text in given("regions"):
        yield n, text, lambda to: replace(to, regions=_regions(value, kept))
    for name, included in _SUBSETS.items():
        for one in value(name):
            read = partial(_subset, one, kept, included=included)
            yield name, one, lambda to, r=read: replace(to, subsets=(*to.subsets, r()))
    for one in value("own"):
        read = partial(_own, one, kept)
        yield "own", one, lambda to, r=read: replace(to, own=(*to.own, r()))


def _and(selection: Selection, *conditions: Certainty) -> Selection:
    return replace(selection, certainty=(*selection.certainty, *conditions))


def _sky(value: Callable[[str], Any], kept: Kept | None) -> SkyRegion:
    region = region_from_text(value("sky"))
    if isinstance(region, CoverageMap) and kept:
        return replace(region, name=kept.map_name(region.map_id))
    return region


def _regions(value: Callable[[str], Any], kept: Kept | None) -> tuple[Region, ...]:
    if kept is None:
        raise MorphError("regions can be given only by their id in a workspace")
    return kept.regions(value("regions"))


def _subset(subset_id: str, kept: Kept | None, *, included: bool) -> InSubset:
    subset = InSubset(subset_id, included)  # refuses what is no id
    return replace(subset, name=kept.subset_name(subset_id)) if kept else subset


def _own(text: str, kept: Kept | None) -> OwnLimit:
    limit = own_limit.from_text(text)
    if kept is None or kept.own_column is None:
        return limit
    return own_limit.named(limit, kept.own_column(limit.ref))


def _limit(value: Callable[[str], Any], column: str) -> Limit:
    low, high = (end + 0.0 for end in value(column))  # -0.0 reads as 0
    return Limit(low, high, keep_missing=value(f"{column}_missing") == "keep")


def _texts(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else [str(part) for part in value]
