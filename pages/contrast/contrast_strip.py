"""σ against ρ̂ of all galaxies, on which regions can be drawn."""

import numpy as np
import streamlit as st

from morph.analysis import extremes, strip
from morph.analysis.extremes import Tails
from morph.analysis.triangle import draw_rows
from morph.figures.plane_images import density_picture
from morph.geometry import density
from morph.geometry.density import Window
from pages.common import toasts, words
from pages.common.address import navigation
from pages.common.components.plane import (
    Click,
    Group,
    Label,
    Line,
    Picture,
    Points,
    Scene,
    plane,
)
from pages.common.galaxies import release_columns
from pages.common.here import BY_RELEASE, Here
from pages.common.planes import (
    plane_table,
    region_drawing,
    region_found,
    triangle_frame,
)
from pages.contrast.contrast_controls import Chosen, answer

HEIGHT = 500
POINTS = 3_000


@st.fragment
def draw(here: Here, chosen: Chosen) -> None:
    """The plane of σ against ρ̂, beside the galaxies in the regions drawn on it."""
    if navigation.asked():
        st.rerun()
    region_drawing.start(here)
    toasts.say()
    label = answer(here.release, chosen.question)
    on = strip.plane_of(label)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        _strip(here, chosen, label)
    with right:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            region_drawing.mode_control()
            region_drawing.by_numbers(on, _window(here, label))
        region_drawing.chips(here, on)
        if region_drawing.on(on):
            region_found.draw(here, on)
        else:
            wanted = strip.on_strip(here.selection, label)
            region_found.nobody_yet(here, wanted, where="plane")
    region_drawing.remember(here, on)


def _strip(here: Here, chosen: Chosen, label: str) -> None:
    on = strip.plane_of(label)
    rows = release_columns.rows(
        here, here.release, strip.on_strip(here.selection, label)
    )
    ends = _ends(here, chosen, label)
    sample = draw_rows(rows, size=POINTS, seed=0)
    kind = strip.end_of(sample, ends)
    window = _window(here, label)
    regions, names = region_drawing.layers(on)
    tails = _tails(here, chosen, label, ends, window)
    answer_words = here.release.tree.words(label)
    scene = Scene(
        label=f"σ against ρ̂ of {answer_words} for {words.galaxies(len(rows))}. Plus "
        "and minus zoom, arrow keys pan, Enter opens the galaxy at the centre",
        window=window,
        picture=Picture(_picture(here, label), window),
        points=_points(here, label, sample, kind),
        lines=(*_curves(), *tails, *regions),
        labels=(*_totals(window), *names),
        groups=_legend(chosen.tails, kind, ends, len(rows)),
        axes=(f"ρ̂: expected fraction of votes for {answer_words}", "σ"),
        readout=(("ρ̂", (1.0, 0.0, 0.0)), ("σ", (0.0, 1.0, 0.0))),
        address=triangle_frame.address(here.release),
        height=HEIGHT,
    )
    plane(
        scene,
        key=f"strip_{label}",
        on_draw=lambda polygon: region_drawing.add(on, polygon),
        on_click=lambda click: _open(here, label, rows, click),
    )
    st.caption(_caption(here, chosen, len(rows), len(sample)))
    x, y = (values[rows] for values in _coordinates(here, label))
    plane_table.draw(x, y, window, ("ρ̂", "σ"), key="strip_table")


def _caption(here: Here, chosen: Chosen, galaxies: int, drawn: int) -> str:
    caption = (
        f"**{galaxies:,}** of {words.galaxies(here.release.galaxies)}, {drawn:,} drawn "
        f"(seed 0); counts include all. Grey: all {here.release.galaxies:,}. "
        f"{_arcs(here)}: σ peaks near ρ̂ = 0.5 at any concentration. "
        f"{words.followed(here.release, here.selection, chosen.question)}"
    )
    if _has_tails(chosen.tails):
        caption += f" Shaded: both tails, ρ̂ of {chosen.at_least:.2f} or more."
    return caption


def _arcs(here: Here) -> str:
    if here.release.passes > 1:
        return f"σ: {words.sigma(here.release.passes)}; arcs: a single pass"
    return (
        "σ² = ρ̂ (1 - ρ̂) / (Σα + 1), so galaxies with the same total concentration Σα "
        "lie on one arc"
    )


def _has_tails(tails: Tails) -> bool:
    """Whether the tails can be drawn: only those of the variance."""
    return tails.by == "variance"


def _ends(here: Here, chosen: Chosen, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the most certain galaxies, and of the least certain."""
    sure, unsure = extremes.sure_and_unsure(here.selection, label, chosen.tails)
    return (
        release_columns.rows(here, here.release, sure),
        release_columns.rows(here, here.release, unsure),
    )


def _legend(
    tails: Tails, kind: np.ndarray, ends: tuple[np.ndarray, np.ndarray], galaxies: int
) -> tuple[Group, ...]:
    drawn = np.bincount(kind, minlength=3)
    sure, unsure = map(len, ends)
    return (
        Group(
            f"Most certain {tails.percent:g}%",
            0,
            f"{drawn[0]:,} / {sure:,}",
        ),
        Group(
            f"Least certain {tails.percent:g}%",
            1,
            f"{drawn[1]:,} / {unsure:,}",
        ),
        Group(
            "Other selected galaxies",
            "muted",
            f"{drawn[2]:,} / {galaxies - sure - unsure:,}",
        ),
    )


def _tails(
    here: Here,
    chosen: Chosen,
    label: str,
    ends: tuple[np.ndarray, np.ndarray],
    window: Window,
) -> tuple[Line, ...]:
    if not _has_tails(chosen.tails):
        return ()
    _, sigma = _coordinates(here, label)
    boxes = strip.tail_boxes(
        *(sigma[rows] for rows in ends), at_least=chosen.at_least, top=window.high
    )
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


def _points(here: Here, label: str, rows: np.ndarray, kind: np.ndarray) -> Points:
    x, y = _coordinates(here, label)
    names = list(release_columns.names(here)[rows])
    pictured = release_columns.pictured(here)[rows]
    return Points(x[rows], y[rows], kind, names=names, pictured=pictured, size=2.2)


def _open(here: Here, label: str, rows: np.ndarray, click: Click) -> None:
    """Open the selected galaxy nearest to the click."""
    x, y = (values[rows] for values in _coordinates(here, label))
    nearest = density.nearest_point(x, y, (click.x, click.y), click.near)
    if nearest is not None:
        name = release_columns.names(here)[rows[nearest]]
        navigation.to_galaxy(name)


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
