"""A selection as the parameters of a URL, and back; what cannot be read is named.

One widget of the pages is one parameter, its key the parameter's name: a range is the
parameter twice, and a value equal to the widget's default is not written. Regions do
not fit into a URL: it holds an id, under which the workspace keeps them.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlencode

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.geometry.regions import Region, from_json, to_json
from morph.posterior.tree import GZD5, DecisionTree
from morph.release.manifest import MEASURED
from morph.selection.conditions import steps
from morph.selection.selection import (
    InSubset,
    Limit,
    Selection,
    Surest,
    Tail,
)

Query = Mapping[str, str | Sequence[str]]

MISSING = ("drop", "keep")

KEPT_PARAMETERS = ("regions", "in_subset", "not_in_subset")

_SUBSETS = {"in_subset": True, "not_in_subset": False}  # name -> whether included
ENDS = ("surest", "least")

_SCALARS = (
    "rule",
    "asked",
    "sure",
    "sure_answer",
    "sure_t",
    "sure_c",
    "sure_share",
    "sure_end",
)


@dataclass(frozen=True)
class Recipe:
    """A selection read from a URL, and a sentence for each value that was ignored."""

    selection: Selection
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """What the ids in a URL stand for; MorphError for one that is not known."""

    regions: Callable[[str], tuple[Region, ...]]
    subset_name: Callable[[str], str]


def parameter_names(tree: DecisionTree = GZD5) -> tuple[str, ...]:
    """Every parameter of a selection that is a widget; see also KEPT_PARAMETERS."""
    missing = (f"{column}_missing" for column in MEASURED)
    return (*tree.labels, *_SCALARS, *MEASURED, *missing)


def to_query(selection: Selection) -> dict[str, str | list[str]]:
    """Parameters of the selection; what equals the default is left out."""
    query: dict[str, str | list[str]] = {
        label: [_text(low), _text(high)]
        for label, (low, high) in selection.limits.items()
    }
    scalars = {"rule": selection.rule, "asked": _text(selection.asked)}
    scalars |= _sureness_to_query(selection.sureness)
    defaults = _defaults(selection.tree)
    query |= {k: v for k, v in scalars.items() if v != defaults[k]}
    for column, limit in selection.physical.items():
        query[column] = [_text(limit.low), _text(limit.high)]
        if limit.keep_missing:
            query[f"{column}_missing"] = "keep"
    if selection.regions:
        query["regions"] = regions_id(selection.regions)
    for name, included in _SUBSETS.items():
        ids = [s.subset_id for s in selection.subsets if s.included == included]
        query |= {name: ids} if ids else {}
    return query


def to_query_string(selection: Selection) -> str:
    """The selection as it stands after the ``?`` of a URL."""
    return urlencode(to_query(selection), doseq=True)


def regions_id(regions: Sequence[Region]) -> str:
    """Ten letters and digits that stand for regions: the same for the same ones."""
    plain = from_json(to_json(regions))  # 1 and 1.0 are the same corner
    text = json.dumps(to_json(plain), sort_keys=True)
    found = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(found).decode().lower()[:10]


def digest(selection: Selection) -> str:
    """Twelve hexadecimal digits that stand for the selection."""
    text = json.dumps([selection.tree.name, to_query(selection)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def from_query(
    query: Query,
    release: LoadedRelease | None = None,
    *,
    others: Collection[str] | None = None,
    kept: Kept | None = None,
) -> Recipe:
    """Read a selection from URL parameters; never fails.

    Parameters
    ----------
    query : mapping
        Parameter -> its value or values, as text.
    release : LoadedRelease, optional
        Filters that this release cannot serve are left out and named.
    others : collection of str, optional
        Parameters that mean something else to the caller. Where given, a name that is
        neither here nor the selection's own is named in a notice.
    kept : Kept, optional
        The workspace that knows regions and subsets by their ids.
    """
    tree = release.tree if release else GZD5
    given = {name: _as_list(value) for name, value in query.items()}
    values = {name: found for name, found in given.items() if found}
    notices: list[str] = []
    if others is not None:
        known = {*parameter_names(tree), *KEPT_PARAMETERS, *others}
        notices += [f"{name} is no filter here" for name in values if name not in known]
    selection = Selection(tree=tree)
    changes = (*_changes(values, tree), *_kept_changes(values, kept))
    for parameter, change in changes:
        try:
            changed = change(selection)
            if release is not None:
                steps(changed, release)  # raises where the release cannot serve it
            selection = changed
        except MorphError as error:
            given = " ".join(values[parameter])
            notices.append(f"{parameter}={given} was left out: {error}")
    return Recipe(selection, tuple(notices))


def _changes(
    values: Mapping[str, list[str]], tree: DecisionTree
) -> Iterator[tuple[str, Callable[[Selection], Selection]]]:
    """What each parameter adds to a selection, by the parameter's name."""
    for label in tree.labels:
        if label in values:
            yield label, partial(_with_limit, label=label, given=values[label])
    if "rule" in values:
        yield "rule", lambda old: replace(old, rule=values["rule"][-1])
    if "asked" in values:
        yield "asked", lambda old: replace(old, asked=_number(values["asked"]))
    if values.get("sure", ["none"])[-1] != "none":
        yield "sure", lambda old: replace(old, sureness=_sureness(values, tree))
    for column in MEASURED:
        if column in values:
            missing = values.get(f"{column}_missing", ["drop"])[-1]
            limit = partial(_with_measured, column=column, given=values[column])
            yield column, partial(limit, missing=missing)


def _kept_changes(
    values: Mapping[str, list[str]], kept: Kept | None
) -> Iterator[tuple[str, Callable[[Selection], Selection]]]:
    if "regions" in values:
        given = values["regions"][-1:]
        yield "regions", lambda old: replace(old, regions=_looked_up(given, kept))
    for name, included in _SUBSETS.items():
        for subset_id in values.get(name, ()):
            subset = partial(_with_subset, kept=kept, given=subset_id)
            yield name, partial(subset, included=included)


def _looked_up(given: list[str], kept: Kept | None) -> tuple[Region, ...]:
    if kept is None or not given:
        raise MorphError("regions are known by their id in a workspace only")
    return kept.regions(given[0])


def _with_subset(
    old: Selection, *, kept: Kept | None, given: str, included: bool
) -> Selection:
    subset = InSubset(given, included)  # refuses what is no id
    if kept is not None:
        subset = replace(subset, name=kept.subset_name(given))
    return replace(old, subsets=(*old.subsets, subset))


def _with_limit(old: Selection, *, label: str, given: list[str]) -> Selection:
    return replace(old, limits={**old.limits, label: _pair(given)})


def _with_measured(
    old: Selection, *, column: str, given: list[str], missing: str
) -> Selection:
    if missing not in MISSING:
        raise MorphError(f"{column}_missing is {missing!r}; expected drop or keep")
    limit = Limit(*_pair(given), keep_missing=missing == "keep")
    return replace(old, physical={**old.physical, column: limit})


def _sureness(values: Mapping[str, list[str]], tree: DecisionTree) -> Tail | Surest:
    given = {name: [text] for name, text in _defaults(tree).items()} | dict(values)
    kind, label = given["sure"][-1], given["sure_answer"][-1]
    tree.question_of(label)
    if kind == "tail":
        return Tail(label, _number(given["sure_t"]), _number(given["sure_c"]))
    end = given["sure_end"][-1]
    if end not in ENDS:
        raise MorphError(f"sure_end is {end!r}; expected surest or least")
    return Surest(kind, label, _number(given["sure_share"]), end == "least")


def _sureness_to_query(sureness: Tail | Surest | None) -> dict[str, str]:
    if sureness is None:
        return {}
    if isinstance(sureness, Tail):
        return {
            "sure": "tail",
            "sure_answer": sureness.label,
            "sure_t": _text(sureness.threshold),
            "sure_c": _text(sureness.at_least),
        }
    return {
        "sure": sureness.by,
        "sure_answer": sureness.label,
        "sure_share": _text(sureness.percent),
        "sure_end": "least" if sureness.least else "surest",
    }


def _defaults(tree: DecisionTree) -> dict[str, str]:
    """The value of each single parameter that a URL without it stands for."""
    tail, surest = Tail(tree.labels[0]), Surest("variance", tree.labels[0])
    return {
        "rule": Selection.rule,
        "asked": _text(Selection.asked),
        **_sureness_to_query(surest),
        **_sureness_to_query(tail),
        "sure": "none",
    }


def _as_list(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else [str(part) for part in value]


def _pair(given: list[str]) -> tuple[float, float]:
    if len(given) != 2:
        raise MorphError(f"expected two numbers, not {len(given)}")
    return _number(given[:1]), _number(given[1:])


def _number(given: list[str]) -> float:
    try:
        return float(given[-1])
    except ValueError as error:
        raise MorphError(f"{given[-1]!r} is not a number") from error


def _text(number: float) -> str:
    """As Streamlit writes a widget's number into the URL: 1, not 1.0."""
    return str(int(number)) if number == int(number) else str(float(number))
