"""Selection of galaxies as a value, without a database."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from morph.errors import MorphError
from morph.geometry.regions import MOST_REGIONS, Plane, Region
from morph.geometry.sky_regions import SkyRegion
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.certainty.certainty import Certainty, in_order, to_text
from morph.selection.own_limits.own_limit import OwnLimit
from morph.trees.decision_tree import GZD5, DecisionTree, Question

Rule = Literal["largest", "asked", "off"]

MOST_VOTES = 1_000_000  # that can be asked for

SUBSET_ID = re.compile(r"[a-z][2-9][a-z2-9]{3}")  # never a label or column

# A polygon around every plane of vote fractions, a region of all galaxies on it.
_AROUND = ((-1.0, -1.0), (3.0, -1.0), (-1.0, 3.0))


@dataclass(frozen=True)
class Limit:
    """A range of a measured column, both ends included."""

    low: float
    high: float
    keep_missing: bool = False

    def __post_init__(self) -> None:
        _check_order("a measured column", self.low, self.high)


@dataclass(frozen=True)
class InSubset:
    """In a saved subset of the workspace, or not in it; the name is only for words."""

    subset_id: str
    included: bool = True
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not SUBSET_ID.fullmatch(self.subset_id):
            raise MorphError(
                f"{self.subset_id[:40]!r} is not a subset id; expected five characters "
                "such as k7f3a"
            )


@dataclass(frozen=True)
class Selection:
    """Galaxies that meet limits on answers, uncertainty and measured columns, and are
    in a region of the sky, in regions of planes and in subsets.

    Parameters
    ----------
    limits : mapping
        Label -> (low, high), the range of its expected vote fraction, both ends
        included; (0, 1) is no limit. Galaxies without that fraction meet no limit.
    rule : {"largest", "asked", "off"}
        How the tree applies to the `questions` of the selection: each is reached
        through the most probable answers, or with a probability of at least ``asked``;
        or the tree is ignored.
    least_votes : int
        How many votes each of these questions has at least; 0 is no limit, and all that
        a release without votes can serve.
    certainty : tuple of Tail, Spread and Surest
        Conditions that all apply, on different answers or the same one; at most
        MOST_CONDITIONS. The order in which they are given does not matter.
    physical : mapping
        Column of MEASURED -> Limit.
    sky : Cone, SkyPolygon or CoverageMap, optional
        Galaxies without a position are in none, and outside none.
    regions : tuple of Region
        Those of one plane combine in the order drawn; one of mode "new" replaces those
        before it. A galaxy must be inside on all planes.
    subsets : tuple of InSubset
        Different subsets, which all apply.
    own : tuple of OwnLimit
        Limits on different columns of uploaded lists, which all apply.

    Raises MorphError if a label or column is unknown, or a value out of range.
    """

    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    rule: Rule = "largest"
    asked: float = 0.5
    least_votes: int = 0
    certainty: tuple[Certainty, ...] = ()
    physical: Mapping[str, Limit] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    subsets: tuple[InSubset, ...] = ()
    tree: DecisionTree = GZD5
    sky: SkyRegion | None = None
    own: tuple[OwnLimit, ...] = ()

    def __post_init__(self) -> None:
        self._check()
        # Fields are ordered, so that equal selections look equal everywhere.
        limits = {
            label: tuple(map(float, self.limits[label]))
            for label in self.tree.labels
            if label in self.limits and tuple(self.limits[label]) != (0, 1)
        }
        physical = {n: self.physical[n] for n in MEASURED if n in self.physical}
        subsets = sorted(self.subsets, key=lambda subset: subset.subset_id)
        object.__setattr__(self, "limits", limits)
        certainty = in_order(self.certainty, self.tree)
        object.__setattr__(self, "certainty", certainty)
        object.__setattr__(self, "physical", physical)
        object.__setattr__(self, "regions", _by_plane(self.regions))
        object.__setattr__(self, "subsets", tuple(subsets))
        own = sorted(self.own, key=lambda limit: limit.ref)
        object.__setattr__(self, "own", tuple(own))

    def _check(self) -> None:
        for label, (low, high) in self.limits.items():
            self.tree.question_of(label)
            _check_fraction(label, low)
            _check_fraction(label, high)
            _check_order(label, low, high)
        if self.rule not in get_args(Rule):
            rules = ", ".join(get_args(Rule))
            raise MorphError(f"rule is {self.rule!r}; expected one of: {rules}")
        _check_fraction("asked", self.asked)
        _check_votes(self.least_votes)
        for column in self.physical:
            if column not in MEASURED:
                raise MorphError(
                    f"{column!r} is not a column that can be limited; expected one "
                    f"of: {', '.join(MEASURED)}"
                )
        if len(self.regions) > MOST_REGIONS:
            raise MorphError(
                f"{len(self.regions)} regions are drawn; at most {MOST_REGIONS} are "
                "allowed. Save the galaxies as a subset and continue from it"
            )
        ids = [subset.subset_id for subset in self.subsets]
        if len(set(ids)) < len(ids):
            raise MorphError(f"a subset is given twice: {', '.join(ids)}; remove one")
        refs = [limit.ref for limit in self.own]
        if len(set(refs)) < len(refs):
            raise MorphError(f"a column is limited twice: {', '.join(refs)}")

    @property
    def is_empty(self) -> bool:
        """Whether every galaxy matches."""
        drawn = self.regions or self.subsets or self.sky or self.own
        return not (self.limits or self.certainty or self.physical or drawn)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Questions of the limits, the certainty and the planes, in tree order."""
        labels = {*self.limits, *(one.label for one in self.certainty)}
        labels |= {label for plane in self.planes for label in plane.labels}
        names = {self.tree.question_of(label).name for label in labels}
        return tuple(q for q in self.tree.questions if q.name in names)

    @property
    def planes(self) -> tuple[Plane, ...]:
        """Planes that regions are drawn on, in the order of their first region."""
        return tuple(dict.fromkeys(region.plane for region in self.regions))

    def on_plane(self, plane: Plane) -> "Selection":
        """The selected galaxies on a plane of vote fractions.

        The tree rule applies, as for a limit on its answers.
        """
        if plane in self.planes:
            return self
        everywhere = Region(plane, _AROUND, name="Plane")
        return replace(self, regions=(*self.regions, everywhere))

    def without(self, parameter: str) -> "Selection":
        """The same without one filter: a label, a column, also one of a list by its
        ref, a subset's id, a condition of certainty by its text, "rule",
        "least_votes", "sky", or the regions of one plane, "regions_0", ....
        """
        if parameter == "sky":
            return replace(self, sky=None)
        if parameter == "rule":
            return replace(self, rule="off")
        if parameter == "least_votes":
            return replace(self, least_votes=0)
        drawn = {f"regions_{i}": plane for i, plane in enumerate(self.planes)}
        if parameter in drawn:
            plane = drawn[parameter]
            kept = tuple(r for r in self.regions if r.plane != plane)
            return replace(self, regions=kept)
        limits = {k: v for k, v in self.limits.items() if k != parameter}
        physical = {k: v for k, v in self.physical.items() if k != parameter}
        subsets = tuple(s for s in self.subsets if s.subset_id != parameter)
        own = tuple(limit for limit in self.own if limit.ref != parameter)
        certainty = tuple(one for one in self.certainty if to_text(one) != parameter)
        return replace(
            self,
            limits=limits,
            certainty=certainty,
            physical=physical,
            subsets=subsets,
            own=own,
        )


def _by_plane(regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """Regions plane by plane, without those that a new one on their plane replaces."""
    drawn: dict[Plane, list[Region]] = {}
    for region in regions:
        before = [] if region.mode == "new" else drawn.get(region.plane, [])
        drawn[region.plane] = [*before, region]
    return tuple(region for of_plane in drawn.values() for region in of_plane)


def _check_fraction(what: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise MorphError(f"{what} is {value}; expected a number between 0 and 1")


def _check_votes(number: int) -> None:
    if type(number) is not int or not 0 <= number <= MOST_VOTES:  # True is an int
        raise MorphError(
            f"the minimum number of votes is {number!r}; expected a whole number from "
            f"0 to {MOST_VOTES:,}"
        )


def _check_order(what: str, low: float, high: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise MorphError(
            f"{what} is limited to {low} ... {high}; expected two numbers, the lower "
            "one first"
        )
