"""A whole selection as JSON: the recipe that is saved and sent."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from morph.errors import MorphError
from morph.geometry import regions
from morph.geometry.sky_regions import (
    CoverageMap,
    SkyRegion,
    region_from_text,
    region_text,
)
from morph.selection.certainty.certainty import Certainty, Spread, Surest, Tail
from morph.selection.own_limits import own_limit
from morph.selection.own_limits.own_limit import OwnLimit
from morph.selection.selection import InSubset, Limit, Selection
from morph.trees import own_questions
from morph.trees.decision_tree import TREES, DecisionTree

FORMAT = 1
_LATER = {"least_votes", "sky", "own", "questions"}


def to_json(selection: Selection) -> dict[str, Any]:
    """Plain lists, numbers and strings; `from_json` gives the same selection again.

    ``least_votes``, ``sky`` and ``own`` are there only where they limit something, and
    ``questions`` where some were added to the tree, as earlier recipes lack them.
    """
    later: dict[str, Any] = {}
    if selection.least_votes:
        later["least_votes"] = selection.least_votes
    if selection.sky is not None:
        later["sky"] = _sky_to_json(selection.sky)
    if selection.own:
        later["own"] = [_own_to_json(limit) for limit in selection.own]
    if selection.tree.own_questions:
        later["questions"] = own_questions.to_json(selection.tree.own_questions)
    return later | {
        "format": FORMAT,
        "tree": selection.tree.root,
        "limits": {label: list(pair) for label, pair in selection.limits.items()},
        "rule": selection.rule,
        "asked": selection.asked,
        "certainty": [asdict(condition) for condition in selection.certainty],
        "physical": {name: asdict(limit) for name, limit in selection.physical.items()},
        "regions": regions.to_json(selection.regions),
        "subsets": [asdict(subset) for subset in selection.subsets],
    }


def from_json(value: Any) -> Selection:
    """The selection that `to_json` described.

    An earlier recipe has one condition of certainty or none, as "sureness". Raises
    MorphError if any field or type differs: ``value`` may come from anywhere.
    """
    expected = sorted(to_json(Selection()))
    fields = _fields(value)
    if sorted({*map(str, fields)} - _LATER) != expected:
        raise MorphError(
            f"a selection has the fields {', '.join(expected)}; this one differs"
        )
    if fields["format"] != FORMAT or fields["tree"] not in TREES:
        raise MorphError(
            f"a selection of format {fields['format']!r} for the tree "
            f"{fields['tree']!r} "
            f"cannot be read; known: {FORMAT}, and {', '.join(TREES)}"
        )
    try:
        return _read(fields)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, MorphError):
            raise
        raise MorphError(
            f"the selection cannot be read ({error}); create it again"
        ) from error


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a recipe, of an earlier one as they are now."""
    fields = dict(value) if isinstance(value, Mapping) else {}
    if "sureness" in fields and "certainty" not in fields:
        one = fields.pop("sureness")
        fields["certainty"] = [] if one is None else [one]
    return fields


def _read(value: Mapping[str, Any]) -> Selection:
    return Selection(
        limits={label: _numbers(pair, 2) for label, pair in value["limits"].items()},
        rule=value["rule"],
        asked=_numbers([value["asked"]], 1)[0],
        least_votes=value.get("least_votes", 0),
        certainty=_certainty(value["certainty"]),
        physical={name: _limit(limit) for name, limit in value["physical"].items()},
        regions=regions.from_json(value["regions"]),
        subsets=tuple(_subset(**subset) for subset in value["subsets"]),
        tree=_tree(value),
        sky=_sky(value["sky"]) if "sky" in value else None,
        own=tuple(_own(limit) for limit in value.get("own", ())),
    )


def _tree(value: Mapping[str, Any]) -> DecisionTree:
    added = {"questions": value["questions"]} if "questions" in value else None
    return own_questions.tree_with(value["tree"], added)


def _own_to_json(limit: OwnLimit) -> dict[str, str]:
    names = {"name": limit.name, "list_name": limit.list_name}
    return {"limit": own_limit.to_text(limit), **names}


def _own(value: Mapping[str, Any]) -> OwnLimit:
    limit = own_limit.from_text(str(value["limit"]))
    names = str(value["name"]), str(value["list_name"])
    return replace(limit, name=names[0], list_name=names[1])


def _sky_to_json(region: SkyRegion) -> dict[str, str]:
    named = {"name": region.name} if isinstance(region, CoverageMap) else {}
    return {"region": region_text(region), **named}


def _sky(value: Mapping[str, Any]) -> SkyRegion:
    region = region_from_text(str(value["region"]))
    if isinstance(region, CoverageMap):
        return replace(region, name=str(value["name"]))
    return region


def _certainty(value: Any) -> tuple[Certainty, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list of conditions")
    return tuple(_condition(one) for one in value)


def _condition(value: Mapping[str, Any]) -> Certainty:
    if "by" in value:
        (percent,) = _numbers([value["percent"]], 1)
        least = _yes_or_no(value["least"])
        return Surest(value["by"], value["label"], percent, least)
    if "at_most" in value:
        return Spread(value["label"], *_numbers([value["at_most"]], 1))
    return Tail(value["label"], *_numbers([value["threshold"], value["at_least"]], 2))


def _limit(value: Mapping[str, Any]) -> Limit:
    low, high = _numbers([value["low"], value["high"]], 2)
    return Limit(low, high, _yes_or_no(value["keep_missing"]))


def _subset(*, subset_id: str, included: bool, name: str) -> InSubset:
    return InSubset(subset_id, _yes_or_no(included), str(name))


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _numbers(values: Any, count: int) -> tuple[float, ...]:
    """The numbers, if there are ``count`` of them, and none is a Boolean or a text."""
    if len(values) != count or any(type(v) not in (int, float) for v in values):
        raise TypeError(f"expected {count} numbers, not {values!r}")
    return tuple(values)
