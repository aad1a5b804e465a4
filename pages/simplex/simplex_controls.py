"""Controls of Simplex: triangle, release to compare with, layers."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from morph.catalogue.lineage import AdaptationReleases
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.geometry.ternary import Corners, suggested_corners
from morph.posterior.tree import DecisionTree
from pages.common import toasts
from pages.common.here import Here

ONE, THREE = "One triangle", "Before and after adaptation"
LAYERS = ("Density", "Contours", "Points", "Shifts")
PLACES = ("Right", "Top", "Left", "None")
_CORNERS = 3


@dataclass(frozen=True)
class Chosen:
    """Values of the controls; ``beside`` is another release to compare with, if any."""

    corners: Corners
    beside: LoadedRelease | None
    layers: tuple[str, ...]
    panels: bool
    blur: bool
    reading: bool


def choose(here: Here, preset: AdaptationReleases | None) -> Chosen:
    """Draw the controls and read them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        panels = preset is not None and _panels()
        corners = _corners(here.release.tree)
        beside = None if panels else _beside(here)
    with st.container(horizontal=True, vertical_alignment="center"):
        layers = _layers(beside)
        reading = st.toggle("How to read this", key="reading", bind="query-params")
        blur = here.release.has_uncertainty and st.toggle(
            "Blur by uncertainty",
            key="blur",
            bind="query-params",
            help="Place each galaxy at a random draw from its posterior instead of its "
            "expected fractions",
        )
    return Chosen(corners, beside, layers, panels, blur, reading)


def _panels() -> bool:
    view = st.segmented_control(
        "View",
        (ONE, THREE),
        default=ONE,
        required=True,
        wrap=True,
        key="panels",
        bind="query-params",
    )
    return view == THREE


def _corners(tree: DecisionTree) -> Corners:
    suggested = suggested_corners(tree)
    names, first = list(suggested), tree.question_of(tree.first_answer).name
    name = st.selectbox(
        "Question",
        names,
        index=names.index(first) if first in names else 0,
        format_func=lambda name: tree.question(name).title,
        key="triangle",
        bind="query-params",
        width=190,
    )
    if len(tree.question(name).answers) == _CORNERS:
        return suggested[name]
    return _regrouped(suggested[name], tree)


def _regrouped(suggested: Corners, tree: DecisionTree) -> Corners:
    """The corners to which the user assigns the answers; at first as suggested."""
    question = suggested.question
    with st.popover("Corners", icon=":material/change_history:"):
        st.caption(
            "Fractions at the same corner are added; answers at no corner are excluded."
        )
        places = {label: _place(label, suggested, tree) for label in question.labels}
    groups = tuple(
        tuple(label for label, place in places.items() if place == corner)
        for corner in PLACES[:_CORNERS]
    )
    try:
        return Corners(question, groups)
    except MorphError:
        empty = " and ".join(
            place.lower()
            for place, group in zip(PLACES, groups, strict=False)
            if not group
        )
        toasts.note(
            f"The {empty} corner has no answer; the suggested corners are shown."
        )
        return suggested


def _place(label: str, corners: Corners, tree: DecisionTree) -> str:
    groups: Sequence[Sequence[str]] = (*corners.groups, corners.left_out)
    usual = next(i for i, group in enumerate(groups) if label in group)
    return st.segmented_control(
        tree.words(label),
        PLACES,
        default=PLACES[usual],
        required=True,
        key=f"at_{label}",
        bind="query-params",
    )


def _beside(here: Here) -> LoadedRelease | None:
    others = {
        release.release_id: release
        for release in here.releases
        if release.key != here.release.key and release.tree == here.release.tree
    }
    if not others:
        return None
    chosen = st.selectbox(
        "Compare with",
        list(others),
        index=None,
        placeholder="Another release",
        key="beside",
        bind="query-params",
        width=200,
    )
    return others.get(chosen)


def _layers(beside: LoadedRelease | None) -> tuple[str, ...]:
    offered = LAYERS if beside is not None else LAYERS[:-1]
    return tuple(
        st.pills(
            "Layers",
            offered,
            selection_mode="multi",
            default=LAYERS[:-1],
            key="layers",
            bind="query-params",
            label_visibility="collapsed",
        )
    )
