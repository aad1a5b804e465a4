"""Steps that keep a set of galaxies: drawn regions, and named subsets."""

from morph.catalogue.columns import quoted
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.geometry.regions import Plane, Region, plane_columns
from morph.posterior.tree import DecisionTree
from morph.selection.condition import Step
from morph.selection.masks import InRegions, Members, is_in
from morph.selection.selection import InSubset

_MODE_WORDS = {"add": "or in", "remove": "but not in", "intersect": "and in"}


def region_step(
    release: LoadedRelease, drawn: tuple[Region, ...], place: int, *, prefix: str
) -> Step:
    """One step for all of a plane: regions that add cannot be taken one by one."""
    parts = []
    for region in drawn:
        _check_plane(release, region)
        first = "not in" if region.mode == "remove" else "in"
        joint = _MODE_WORDS[region.mode] if parts else first
        parts.append(f"{joint} {'the outside of ' * region.inverted}{region.name}")
    plane = plane_words(drawn[0].plane, release.tree)
    return Step(
        "region",
        f"{' '.join(parts)} {plane}",
        f"{len(drawn)} regions {plane}" if len(drawn) > 1 else f"{parts[0]} {plane}",
        f"regions_{place}",
        is_in(release, prefix),
        {prefix: InRegions(drawn)},
    )


def plane_words(plane: Plane, tree: DecisionTree) -> str:
    """Which plane, as it stands after the name of a region on it."""
    if plane.kind == "map":
        return "of the map"
    if plane.kind == "strip":
        return f"of the strip of {tree.words(plane.of[0])}"
    return f"of the triangle of {plane.corners(tree).question.title}"


def _check_plane(release: LoadedRelease, region: Region) -> None:
    plane = region.plane
    if plane.kind == "map" and plane.of != (release.release_id,):
        raise MorphError(
            f"{region.name} is drawn on the map of {plane.of[0]}, and every release "
            f"has a map of its own; draw it again on that of {release.release_id}, or "
            "save its galaxies as a subset"
        )
    for column in plane_columns(plane, release.tree, passes=release.has_samples):
        quoted(release, column)


def subset_step(release: LoadedRelease, subset: InSubset, *, prefix: str) -> Step:
    """The step that keeps a subset's galaxies, or takes them away."""
    words = f"in the subset “{subset.name or subset.subset_id}”"
    if not subset.included:
        words = f"not {words}"
    condition = is_in(release, prefix)
    return Step(
        "subset",
        words,
        words,
        subset.subset_id,
        condition if subset.included else f"NOT {condition}",
        {prefix: Members(subset.subset_id)},
    )
