"""Regions drawn on a plane of galaxies: their galaxies, combination, and JSON.

A region is a polygon in the coordinates of the plane, not a list of galaxies, so it can
be saved, shared and applied to another release. The even-odd rule defines its interior,
as browsers draw a self-intersecting lasso.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from morph.errors import MorphError
from morph.geometry.ternary import Corners, from_plane, share_of_corners, to_plane
from morph.trees.decision_tree import DecisionTree
from morph.typed_json import read_dataclass

Kind = Literal["map", "simplex", "strip"]
Mode = Literal["new", "add", "remove", "intersect"]
MODES: tuple[Mode, ...] = get_args(Mode)
MOST_CORNERS = 200
MOST_REGIONS = 20
_LENGTHS = {"map": (1, 2), "simplex": (3,), "strip": (1,)}  # of ``Plane.of``
_LONGEST_NAME = 60
_LONGEST_LABEL = 200
_LARGEST_NUMBER = 1e6


@dataclass(frozen=True)
class Plane:
    """Definition of the two coordinates of a region.

    ``map``: in ``of`` a release and the name of its map, left out for its first map; in
    the units of the map. ``simplex``: fractions of the first two of the three corners
    in ``of``, each the labels summed there, joined by "+". ``strip``: ρ̂ and σ of the
    label in ``of``.
    """

    kind: Kind
    of: tuple[str, ...]

    def __post_init__(self) -> None:
        lengths = _LENGTHS[self.kind]
        if len(self.of) not in lengths or max(map(len, self.of)) > _LONGEST_LABEL:
            raise MorphError("the plane of a region is unknown; draw it again")

    @classmethod
    def of_corners(cls, corners: Corners) -> "Plane":
        return cls("simplex", tuple("+".join(group) for group in corners.groups))

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the answers in the coordinates; none for a map."""
        if self.kind == "map":
            return ()
        return tuple(label for group in self.of for label in group.split("+"))

    def corners(self, tree: DecisionTree) -> Corners:
        """The corners of a simplex plane; MorphError if they are not in the tree."""
        groups = tuple(tuple(group.split("+")) for group in self.of)
        return Corners(tree.question_of(groups[0][0]), groups)


@dataclass(frozen=True)
class Region:
    """A polygon, and how it combines with earlier regions of the same plane."""

    plane: Plane
    corners: tuple[tuple[float, float], ...]  # in the coordinates of the plane
    mode: Mode = "new"
    name: str = "Region"
    inverted: bool = False

    def __post_init__(self) -> None:
        if not 3 <= len(self.corners) <= MOST_CORNERS:
            raise MorphError(
                f"a region has {len(self.corners)} corners; expected 3 to "
                f"{MOST_CORNERS}. Draw it again"
            )
        for x, y in self.corners:
            if not (abs(x) <= _LARGEST_NUMBER and abs(y) <= _LARGEST_NUMBER):
                raise MorphError(f"a region has a corner at ({x}, {y}); draw it again")
        if not (0 < len(self.name) <= _LONGEST_NAME and self.name.isprintable()):
            raise MorphError(
                f"{self.name[:80]!r} cannot be the name of a region; use 1 to "
                f"{_LONGEST_NAME} characters"
            )


def from_lasso(
    plane: Plane,
    x: Sequence[float],
    y: Sequence[float],
    *,
    mode: Mode = "new",
    name: str = "Region",
) -> Region:
    """The region of a lasso as drawn; x and y of a triangle become fractions.

    More than ``MOST_CORNERS`` corners are thinned evenly.
    """
    drawn = np.column_stack([x, y]).astype(float)
    if len(drawn) > MOST_CORNERS:
        drawn = drawn[np.linspace(0, len(drawn) - 1, MOST_CORNERS).astype(int)]
    if plane.kind == "simplex":
        drawn = from_plane(drawn[:, 0], drawn[:, 1])[:, :2]
    return Region(plane, tuple(map(tuple, drawn.tolist())), mode, name)


def from_box(
    plane: Plane,
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    mode: Mode = "new",
    name: str = "Region",
) -> Region:
    """The region of a box between two values of x and y, as drawn."""
    across, up = (x[0], x[1], x[1], x[0]), (y[0], y[0], y[1], y[1])
    return from_lasso(plane, across, up, mode=mode, name=name)


def outline(region: Region) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the closed polygon, as drawn."""
    corners = np.array([*region.corners, region.corners[0]])
    if region.plane.kind != "simplex":
        return corners[:, 0], corners[:, 1]
    third = 1 - corners.sum(axis=1, keepdims=True)
    return to_plane(np.hstack([corners, third]))


def inside(
    x: np.ndarray, y: np.ndarray, corners: Sequence[tuple[float, float]]
) -> np.ndarray:
    """Which of N points are in a polygon, open or closed, by the even-odd rule.

    A point exactly on a side belongs to the polygon on its right or above, so that
    adjacent polygons have no common points and no gaps. NaN is never inside.
    """
    polygon = np.asarray(corners, dtype=float)
    (left, low), (right, high) = polygon.min(axis=0), polygon.max(axis=0)
    near = np.flatnonzero((x >= left) & (x <= right) & (y >= low) & (y <= high))
    near = near[np.argsort(y[near])]  # each side then affects a slice of points
    px, py = x[near].astype(float), y[near].astype(float)
    odd = np.zeros(len(near), dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        start, stop = np.searchsorted(py, sorted((y0, y1)))
        run = slice(start, stop)
        with np.errstate(over="ignore", invalid="ignore"):  # nearly horizontal sides
            odd[run] ^= px[run] < x0 + (py[run] - y0) * ((x1 - x0) / (y1 - y0))
    mask = np.zeros(len(x), dtype=bool)
    mask[near] = odd
    return mask


def contained(region: Region, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which galaxies are in a region, (N,); False without coordinates."""
    within = inside(x, y, region.corners)
    return ~within & np.isfinite(x) & np.isfinite(y) if region.inverted else within


def combined(
    regions: Sequence[Region],
    coordinates: Mapping[Plane, tuple[np.ndarray, np.ndarray]],
) -> np.ndarray:
    """Galaxies selected by one or more regions, (N,) bool.

    Regions of a plane combine by their modes, in the order they were drawn; galaxies
    must be selected on every plane. If the first region of a plane is removed, it is
    removed from all galaxies. ``coordinates`` are two (N,) arrays for every plane, from
    `plane_coordinates`.
    """
    masks: dict[Plane, np.ndarray] = {}
    for region in regions:
        mask = contained(region, *coordinates[region.plane])
        before = masks.get(region.plane)
        if region.mode == "remove":
            mask = ~mask if before is None else before & ~mask
        elif region.mode == "add" and before is not None:
            mask = before | mask
        elif region.mode == "intersect" and before is not None:
            mask = before & mask
        masks[region.plane] = mask
    return np.logical_and.reduce(list(masks.values()))


def plane_coordinates(
    plane: Plane, columns: Sequence[np.ndarray], tree: DecisionTree
) -> tuple[np.ndarray, np.ndarray]:
    """The two coordinates of every galaxy in a plane, NaN if unknown or hidden.

    ``columns`` are (N,) arrays of the catalogue columns of the plane, in order.
    """
    if plane.kind == "simplex":
        share, _ = share_of_corners(np.column_stack(columns), plane.corners(tree))
        return share[:, 0], share[:, 1]
    first, second = columns
    return first, np.sqrt(second) if plane.kind == "strip" else second


def to_json(regions: Sequence[Region]) -> list[dict[str, Any]]:
    """Regions as lists, numbers and strings, for JSON."""
    return [asdict(region) for region in regions]


def from_json(value: Any) -> tuple[Region, ...]:
    """Regions from the output of `to_json`; MorphError if it is invalid."""
    if not isinstance(value, list) or len(value) > MOST_REGIONS:
        raise MorphError(f"expected a list of at most {MOST_REGIONS} regions")
    return tuple(read_dataclass(Region, one, at="region") for one in value)
