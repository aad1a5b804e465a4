"""σ against ρ̂ of all galaxies, on which regions can be drawn."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from morph.analysis import extremes, strip
from morph.analysis.extremes import Tails
from morph.analysis.triangle import draw_rows
from morph.figures.in_print.numbers import of_plane
from morph.figures.plane_images import density_picture
from morph.figures.plane_scene import Group, Label, Line, Picture, Scene
from morph.geometry import density
from morph.geometry.density import Window
from pages.common import figure_file, toasts, words
from pages.common.address import navigation
from pages.common.components.plane import Click, plane
from pages.common.galaxies import release_columns
from pages.common.here import BY_RELEASE, Here
from pages.common.planes import (
    galaxy_points,
    plane_table,
    region_drawing,
    region_found,
)
from pages.common.server.routes import thumbnails
from pages.contrast.contrast_controls import Contrast, answer

HEIGHT = 500
POINTS = 3_000


@st.fragment
def draw(here: Here, chosen: Contrast) -> None:
    """The plane of σ against ρ̂, beside the galaxies in the regions drawn on it."""
    if navigation.asked():
        st.rerun()
    region_drawing.start(here)
    toasts.say()
    label = answer(chosen.question)
    on = strip.plane_of(label)
    wanted = here.selection.on_plane(strip.plane_of(label))
    left, right = st.columns([8, 5], gap="medium")
    with left:
        _plane(here, chosen, label, release_columns.rows(here, here.release, wanted))
    with right:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            region_drawing.mode_control()
            region_drawing.by_numbers(on, _window(here, label))
        region_found.beside(here, on, wanted, where="plot")
    region_drawing.remember(here, on)


def _plane(here: Here, chosen: Contrast, label: str, rows: np.ndarray) -> None:
    x, y = (values[rows] for values in _coordinates(here, label))
    sample = draw_rows(rows, size=POINTS, seed=0)

    def open_nearest(click: Click) -> None:
        galaxy_points.open_nearest(here, rows, x, y, click)

    scene = _scene(here, chosen, label, sample, galaxies=len(rows))
    plane(
        scene,
        key=f"strip_{label}",
        on_draw=partial(region_drawing.add, strip.plane_of(label)),
        on_click=open_nearest,
    )
    caption = _caption(here, chosen, len(rows), len(sample))
    figure_file.offer_planes(
        [scene],
        key=f"strip_{label}",
        caption=f"σ against ρ̂ of {here.release.tree.words(label)}. {caption}",
        table=lambda: of_plane(scene),
    )
    st.caption(caption)
    plane_table.draw(x, y, _window(here, label), ("ρ̂", "σ"), key="strip_table")


def _scene(
    here: Here, chosen: Contrast, label: str, sample: np.ndarray, *, galaxies: int
) -> Scene:
    x, y = _coordinates(here, label)
    window, answer_words = _window(here, label), here.release.tree.words(label)
    both = extremes.sure_and_unsure(here.selection, label, chosen.tails)
    ends = [release_columns.rows(here, here.release, end) for end in both]
    kind = strip.end_of(sample, ends)
    tails = _tails(chosen.tails, ends, y, window.high)
    regions, names = region_drawing.layers(strip.plane_of(label))
    return Scene(
        label=f"σ against ρ̂ of {answer_words} for {words.galaxies(galaxies)}. Plus "
        "and minus zoom, arrow keys pan, Enter opens the galaxy at the centre",
        window=window,
        picture=Picture(_picture(here, label), window),
        points=galaxy_points.points(
            here, sample, x[sample], y[sample], kind=kind, size=2.2
        ),
        lines=(*_curves(), *tails, *regions),
        labels=(*_totals(window), *names),
        groups=_legend(chosen.tails, kind, ends, galaxies),
        axes=(f"ρ̂: expected vote fraction of {answer_words}", "σ"),
        readout=(("ρ̂", (1.0, 0.0, 0.0)), ("σ", (0.0, 1.0, 0.0))),
        address=thumbnails.url(here.release, "{}", width=128),
        height=HEIGHT,
    )


def _caption(here: Here, chosen: Contrast, galaxies: int, drawn: int) -> str:
    release = here.release
    arcs = (
        "σ² = ρ̂ (1 - ρ̂) / (Σα + 1), so galaxies with the same total concentration Σα "
        "lie on one arc"
    )
    if release.passes > 1:
        arcs = (
            f"σ: {words.sigma(release.passes)}; arcs: constant total concentration Σα "
            "for a single pass"
        )
    caption = (
        f"**{galaxies:,}** of {words.galaxies(release.galaxies)}, {drawn:,} drawn "
        "at random (seed 0); counts include all galaxies. "
        f"Grey: all {release.galaxies:,}. "
        f"{arcs}. σ peaks near ρ̂ = 0.5 at any concentration. "
        f"{words.followed(release, here.selection, chosen.question)}"
    )
    if _are_boxes(chosen.tails):
        caption += f" Shaded: both tails, ρ̂ of {chosen.at_least:.2f} or more."
    return caption


def _are_boxes(tails: Tails) -> bool:
    """Whether the tails are boxes on the plane: only those of the variance."""
    return tails.by == "variance"


def _legend(
    tails: Tails, kind: np.ndarray, ends: Sequence[np.ndarray], galaxies: int
) -> tuple[Group, ...]:
    sure, unsure = map(len, ends)
    groups = (
        (f"Most certain {tails.percent:g}%", 0, sure),
        (f"Least certain {tails.percent:g}%", 1, unsure),
        ("Other selected galaxies", "muted", galaxies - sure - unsure),
    )
    drawn = np.bincount(kind, minlength=3)
    return tuple(
        Group(title, colour, f"{some:,} / {every:,}")
        for some, (title, colour, every) in zip(drawn, groups, strict=True)
    )


def _tails(
    tails: Tails, ends: Sequence[np.ndarray], sigma: np.ndarray, top: float
) -> tuple[Line, ...]:
    if not _are_boxes(tails):
        return ()
    edges = (sigma[rows] for rows in ends)
    boxes = strip.tail_boxes(*edges, at_least=tails.at_least, top=top)
    return tuple(
        Line(x, y, colour, 1.2, True, 0.1)
        for colour, (x, y) in zip((0, 1), boxes, strict=False)
    )


def _curves() -> tuple[Line, ...]:
    return tuple(Line(*strip.curve(total), "muted", 1.2) for total in strip.TOTALS)


def _totals(window: Window) -> tuple[Label, ...]:
    return tuple(
        Label(0.5, float(sigma), f"Σα = {total}", "center", "bottom", "muted")
        for total in strip.TOTALS
        if (sigma := strip.sigma_at(np.array(0.5), total)) < window.high
    )


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_RELEASE)
def _coordinates(here: Here, label: str) -> tuple[np.ndarray, np.ndarray]:
    return strip.coordinates(here.con, here.release, label)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_RELEASE)
def _window(here: Here, label: str) -> Window:
    return strip.window(_coordinates(here, label)[1])


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_RELEASE)
def _picture(here: Here, label: str) -> bytes:
    x, y = _coordinates(here, label)
    return density_picture(density.density_image(x, y, _window(here, label)))
