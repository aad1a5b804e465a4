"""Random regions and selections with them, and who lies inside, the slow plain way."""

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from morph.geometry.regions import MODES, Plane, Region
from morph.geometry.ternary import suggested_corners
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5

TRIANGLES = tuple(Plane.of_corners(c) for c in suggested_corners(GZD5).values())
STRIPS = tuple(Plane("strip", (label,)) for label in GZD5.labels)
MAP = Plane("map", ("plain",))

# Where on each plane the galaxies lie, so that random polygons hold some.
_SPANS = {"map": (-25.0, 25.0), "simplex": (-0.1, 1.1), "strip": (-0.05, 1.05)}


@st.composite
def regions(draw, planes=(*TRIANGLES, *STRIPS, MAP, MAP, MAP)) -> Region:
    plane = draw(st.sampled_from(planes))
    low, high = _SPANS[plane.kind]
    ends = st.floats(low, high)
    up = st.floats(-0.01, 0.3) if plane.kind == "strip" else ends
    corners = draw(st.lists(st.tuples(ends, up), min_size=3, max_size=8))
    return Region(
        plane,
        tuple(corners),
        mode=draw(st.sampled_from(MODES)),
        name=draw(st.sampled_from(["Region A", "Region B"])),
        inverted=draw(st.booleans()),
    )


def with_regions(selections, **given) -> st.SearchStrategy[Selection]:
    drawn = st.lists(regions(**given), max_size=4)
    return st.builds(
        lambda selection, drawn: replace(selection, regions=tuple(drawn)),
        selections,
        drawn,
    )


def mask_by_hand(
    selection: Selection, rho: np.ndarray, alpha: np.ndarray, places: pd.DataFrame
) -> np.ndarray:
    """Galaxies in the selection's regions, point by point and side by side."""
    keep = np.ones(len(rho), dtype=bool)
    for plane in {region.plane for region in selection.regions}:
        x, y = _coordinates(plane, rho, alpha, places)
        mask = None
        for region in selection.regions:
            if region.plane != plane:
                continue
            inside = _inside(x, y, region.corners)
            if region.inverted:
                inside = ~inside & ~np.isnan(x) & ~np.isnan(y)
            mask = _combined(mask, inside, region.mode)
        keep &= mask
    return keep


def _combined(mask, inside, mode):
    if mode == "new" or (mask is None and mode in ("add", "intersect")):
        return inside
    if mask is None:
        return ~inside
    return {
        "add": mask | inside,
        "remove": mask & ~inside,
        "intersect": mask & inside,
    }[mode]


def _coordinates(plane, rho, alpha, places):
    if plane.kind == "map":
        return places["umap_x"].to_numpy(float), places["umap_y"].to_numpy(float)
    if plane.kind == "strip":
        place = GZD5.labels.index(plane.of[0])
        total = alpha[:, GZD5.columns(GZD5.question_of(plane.of[0]))].sum(axis=1)
        variance = np.float32(rho[:, place] * (1 - rho[:, place]) / (total + 1))
        return np.float32(rho[:, place]).astype(float), np.sqrt(variance).astype(float)
    stored = np.float32(rho).astype(float)
    sums = [
        sum(stored[:, GZD5.labels.index(label)] for label in group.split("+"))
        for group in plane.of
    ]
    whole = sums[0] + sums[1] + sums[2]
    whole = np.where(whole < 0.5, np.nan, whole)
    return sums[0] / whole, sums[1] / whole


def _inside(x, y, corners):
    """Even-odd: how many sides a ray to the right crosses."""
    odd = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y0 != y1:  # a level side is crossed by no such ray
            crosses = (y >= min(y0, y1)) & (y < max(y0, y1))
            with np.errstate(over="ignore", invalid="ignore"):  # sides all but level
                odd ^= crosses & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return odd
