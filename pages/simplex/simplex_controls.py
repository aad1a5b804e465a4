"""Controls of Simplex: triangle, release to compare with, layers."""

from dataclasses import dataclass

import streamlit as st

from morph.catalogue.adaptation_releases import AdaptationReleases
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.geometry.regions import Plane
from morph.geometry.ternary import Corners, suggested_corners
from morph.trees.decision_tree import DecisionTree
from pages.common import toasts
from pages.common.address import controls
from pages.common.answer_controls import release_beside
from pages.common.here import Here
from pages.simplex.simplex_data import Placement

ONE, THREE = "One triangle", "Before and after adaptation"
LAYERS = ("Density", "Contours", "Points", "Shifts")
CORNERS, _NONE = ("Right", "Top", "Left"), "None"


@dataclass(frozen=True)
class Triangle:
    """Values of the controls; ``beside`` is another release to compare with, if any."""

    corners: Corners
    beside: LoadedRelease | None
    layers: tuple[str, ...]
    panels: bool
    blur: bool
    reading: bool

    @property
    def plane(self) -> Plane:
        """The plane of regions on the triangle."""
        return Plane.of_corners(self.corners)

    def placed(self, release: LoadedRelease) -> Placement:
        """The galaxies of a release on the triangle."""
        return Placement(release, self.corners, self.blur)


def choose(here: Here, preset: AdaptationReleases | None) -> Triangle:
    """The controls above the triangle: what it shows."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        panels = preset is not None and (
            controls.one_of("View", (ONE, THREE), key="panels", wrap=True) == THREE
        )
        corners = _corners(here.release.tree)
        others = [] if panels else here.others_with(corners.question.labels)
        beside = release_beside(others, width=200)
    with st.container(horizontal=True, vertical_alignment="center"):
        layers = st.pills(
            "Layers",
            LAYERS if beside is not None else LAYERS[:-1],
            selection_mode="multi",
            default=LAYERS[:-1],
            key="layers",
            bind="query-params",
            label_visibility="collapsed",
        )
        reading = st.toggle("How to read this", key="reading", bind="query-params")
        blur = here.release.has_uncertainty and st.toggle(
            "Blur by uncertainty",
            key="blur",
            bind="query-params",
            help="Place each galaxy at a random draw from its posterior instead of its "
            "expected fractions",
        )
    return Triangle(corners, beside, tuple(layers), panels, blur, reading)


def _corners(tree: DecisionTree) -> Corners:
    suggested = suggested_corners(tree)
    names, first = list(suggested), tree.question_of(tree.first_answer).name
    name = controls.from_list(
        "Question",
        {name: tree.question(name).title for name in names},
        index=names.index(first) if first in names else 0,
        key="triangle",
        width=190,
    )
    if len(tree.question(name).answers) == len(CORNERS):
        return suggested[name]
    return _regrouped(suggested[name], tree)


def _regrouped(suggested: Corners, tree: DecisionTree) -> Corners:
    """The corners to which the user assigns the answers; at first as suggested."""
    question = suggested.question
    with st.popover("Corners", icon=":material/change_history:"):
        st.caption(
            "Fractions at the same corner are added; answers at no corner are excluded."
        )
        corner_of = {
            label: _corner(label, suggested, tree) for label in question.labels
        }
    groups = {
        corner: tuple(label for label, one in corner_of.items() if one == corner)
        for corner in CORNERS
    }
    try:
        return Corners(question, tuple(groups.values()))
    except MorphError:
        empty = " and ".join(
            name.lower() for name, group in groups.items() if not group
        )
        toasts.note(
            f"No answer at the {empty} corner; the suggested corners are shown."
        )
        return suggested


def _corner(label: str, suggested: Corners, tree: DecisionTree) -> str:
    usual = dict(zip(CORNERS, suggested.groups, strict=True))
    return controls.one_of(
        tree.words(label),
        (*CORNERS, _NONE),
        default=next((one for one in CORNERS if label in usual[one]), _NONE),
        key=f"at_{label}",
    )
