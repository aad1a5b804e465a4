"""Plots of the map and of the triangle, and lassos drawn on them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from duckdb import DuckDBPyConnection

from morph.analysis.triangle import cloud, in_blocks
from morph.catalogue.arrays import arrays
from morph.catalogue.release_table import LoadedRelease
from morph.figures import plane_images, ternary_figures
from morph.geometry import density
from morph.geometry.density import Window
from morph.geometry.regions import Plane, Region, from_lasso
from morph.geometry.ternary import Corners, suggested_corners
from morph.selection.funnel import count
from morph.selection.listing import selected_rows
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5
from tests.benchmarks import brute_force, in_numpy
from tests.benchmarks.cases import Case, Instead
from tests.benchmarks.catalogue_selections import PAGE, SHOWN
from tests.benchmarks.drawn_selections import selections
from tests.benchmarks.in_numpy import Arrays

CORNERS = 60  # of a lasso
SAMPLE = 5_000
PLOT = (300, 600)
LASSO = (200, 500)
BAR = suggested_corners(GZD5)["bar"]
STRONGEST = Order("highest", "bar_strong")


@dataclass(frozen=True)
class Places:
    """Every galaxy's position on the two planes, from the release's files."""

    map: np.ndarray  # (N, 2) float32
    triangle: np.ndarray  # (N, 2): shares of a strong and of a weak bar


def places(table: pd.DataFrame) -> Places:
    mapped = table[["umap_x", "umap_y"]].to_numpy(np.float32)
    bars = table[[f"{label}_probability" for label in BAR.question.labels]]
    share = bars.to_numpy(float)
    return Places(mapped, (share / share.sum(axis=1, keepdims=True))[:, :2])


def cases(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    *,
    repeats: int,
) -> Iterator[Case]:
    own = places(table)
    yield _map(con, release, table, own, repeats)
    yield _whole_triangle(con, release, table, repeats)
    yield _selected_triangle(con, release, table, repeats)
    everyone = np.ones(len(table), dtype=bool)
    on_map = Plane("map", (release.release_id,))
    lassos = [from_lasso(on_map, *drawn) for drawn in _drawn(own.map, repeats + 1)]
    yield _lasso(con, release, table, arrays, lassos, own.map, everyone)
    face_on = (table["smooth-or-featured_answer"] == 1) & (
        table["disk-edge-on_answer"] == 1
    )
    x, y = own.triangle[:, 0] + own.triangle[:, 1] / 2, own.triangle[:, 1] * 0.75**0.5
    drawn = _drawn(np.column_stack([x, y])[face_on], repeats + 1)
    lassos = [from_lasso(Plane.of_corners(BAR), *corners) for corners in drawn]
    within = face_on.to_numpy()
    yield _lasso(con, release, table, arrays, lassos, own.triangle, within)


def inside(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which of (N, 2) points are in a polygon, by ray casting."""
    x, y = points.T.astype(float)
    odd = np.zeros(len(points), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            crossing = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
            odd ^= ((y0 > y) != (y1 > y)) & (x < crossing)
    return odd


def _map(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    own: Places,
    repeats: int,
) -> Case:
    """A window's density image and a sample of the selection."""
    x, y = arrays(con, release, ["umap_x", "umap_y"])
    whole = density.window_around(x, y)
    windows = [_zoomed(whole, place / (2 * repeats)) for place in range(repeats + 1)]
    asked = list(zip(selections(repeats + 1, seed=2), windows, strict=True))

    def drawn(asked: tuple[Selection, Window]) -> tuple[int, int]:
        wanted, window = asked
        counts = density.density_image(x, y, window)
        plane_images.density_picture(counts)
        across = np.full(len(x), np.nan, dtype=x.dtype)
        rows = selected_rows.rows(con, release, wanted)
        across[rows] = x[rows]
        sample = density.draw_sample(across, y, window, size=SAMPLE)
        return int(counts.sum()), len(sample)

    def brute(asked: tuple[Selection, Window]) -> tuple[int, int]:
        wanted, window = asked
        held = window.holds(*own.map.T)
        chosen = int((held & brute_force.masks(table, wanted)[-1]).sum())
        return int(held.sum()), min(chosen, SAMPLE)

    instead = _plotly(go.Scattergl(x=own.map[:, 0], y=own.map[:, 1], mode="markers"))
    what = "map: density, sample of the selection"
    return Case(what, asked, drawn, brute, PLOT, instead)


def _whole_triangle(
    con: DuckDBPyConnection, release: LoadedRelease, table: pd.DataFrame, repeats: int
) -> Case:
    """Density image and contours of all galaxies, for several questions."""
    every = list(suggested_corners(GZD5).values())
    asked = [every[place % len(every)] for place in range(repeats + 1)]

    def drawn(corners: Corners) -> int:
        smooth = cloud(in_blocks(con, release, corners))
        ternary_figures.density_picture(smooth.density)
        return smooth.galaxies

    def brute(corners: Corners) -> int:
        columns = [
            f"{label}_probability" for group in corners.groups for label in group
        ]
        return int((table[columns].to_numpy(float).sum(axis=1) >= 0.5).sum())

    strong, weak, no = (
        table[f"{label}_probability"].to_numpy() for label in BAR.question.labels
    )
    instead = _plotly(go.Scatterternary(a=weak, b=no, c=strong, mode="markers"))
    what = "triangle: density, contours of all"
    return Case(what, asked, drawn, brute, PLOT, instead)


def _selected_triangle(
    con: DuckDBPyConnection, release: LoadedRelease, table: pd.DataFrame, repeats: int
) -> Case:
    """Contours of a selection, whose fractions are in memory."""

    def drawn(wanted: Selection) -> int:
        rows = selected_rows.rows(con, release, wanted)
        return cloud(in_blocks(con, release, BAR, rows)).galaxies

    return Case(
        "triangle: contours of the selection",
        selections(repeats + 1, seed=3),
        drawn,
        lambda wanted: int(brute_force.masks(table, wanted)[-1].sum()),
        PLOT,
    )


def _lasso(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    lassos: list[Region],
    points: np.ndarray,
    within: np.ndarray,
) -> Case:
    def found(region: Region) -> tuple[int, list[str]]:
        wanted = Selection(regions=(region,))
        first = page(con, release, wanted, order=STRONGEST, limit=PAGE, columns=SHOWN)
        return count(con, release, wanted), first["iauname"].tolist()

    def brute(region: Region) -> tuple[int, list[str]]:
        mask = within & inside(points, np.array(region.corners))
        return int(mask.sum()), brute_force.first_page(
            table, mask, STRONGEST, count=PAGE
        )

    def by_numpy(region: Region) -> tuple[int, list[str]]:
        rows = in_numpy.inside(points, np.array(region.corners))
        rows = rows[within.take(rows)]
        return len(rows), arrays.first_page(rows, STRONGEST, count=PAGE)

    what = f"lasso of {CORNERS} corners on the {lassos[0].plane.kind}: count, gallery"
    instead = Instead("numpy, those in its box", by_numpy)
    return Case(what, lassos, found, brute, LASSO, instead)


def _drawn(points: np.ndarray, wanted: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Irregular rings around galaxies, as drawn by hand."""
    rng = np.random.default_rng(4)
    size = np.ptp(points, axis=0).min()
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    rings = []
    for centre in points[rng.integers(len(points), size=wanted)]:
        radius = size * rng.uniform(0.05, 0.3) * rng.uniform(0.8, 1.2, CORNERS)
        rings.append(
            (centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle))
        )
    return rings


def _zoomed(window: Window, share: float) -> Window:
    """A window smaller by a fraction at every edge."""
    across = (window.right - window.left) * share / 2
    up = (window.high - window.low) * share / 2
    return Window(
        window.left + across, window.right - across, window.low + up, window.high - up
    )


def _plotly(trace: go.Scattergl | go.Scatterternary) -> Instead:
    """The figure of all points, as plotly sends it to the browser."""
    sent = len(go.Figure(trace).to_json())
    words = f"plotly, all points: {sent / 1e6:.1f} MB"
    return Instead(
        words, lambda _: go.Figure(trace).to_json(), checked=False, repeats=3
    )
