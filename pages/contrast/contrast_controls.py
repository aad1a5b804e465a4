"""Controls of Contrast: question, minimum fraction, uncertainty, sample of images."""

from dataclasses import dataclass

import streamlit as st

from morph.analysis.extremes import Tails
from morph.catalogue.release_table import LoadedRelease
from morph.trees.decision_tree import Question
from pages.common import answer_controls
from pages.common.address import controls
from pages.common.address.choices import choices


@dataclass(frozen=True)
class Contrast:
    """Values of the controls; ``tails`` is None for a release without uncertainties."""

    question: Question
    at_least: float
    tails: Tails | None
    images: int
    seed: int
    blind: bool


def choose(
    release: LoadedRelease, views: list[str], *, without_pictures: str
) -> tuple[str, Contrast]:
    """Draw the controls; return the view and the other values.

    The view ``without_pictures`` needs no sample of images.
    """
    tree = release.tree
    first = tree.questions.index(tree.question_of(tree.first_answer))
    bottom = {"horizontal": True, "vertical_alignment": "bottom"}
    with st.container(key="controls_contrast_view", **bottom):
        view = controls.one_of("View", views, key="contrast", wrap=True)
        pictured = view != without_pictures
        question = answer_controls.question(
            release, key="question", index=first, width=200
        )
        blind = pictured and _blind()
    with st.container(key="controls_contrast", **bottom):
        at_least = controls.slider(
            "Minimum ρ̂",
            0.0,
            1.0,
            0.5,
            0.01,
            key="above",
            width=160,
            help="ρ̂: expected fraction of the volunteers who give the answer",
        )
        tails = _tails(release, at_least) if release.has_uncertainty else None
        images = seed = 0
        if pictured:
            images = controls.one_of("Images", (3, 6, 12), default=6, key="images")
            seed = controls.seed("Resample")
    return view, Contrast(question, at_least, tails, images, seed, blind)


def answer(question: Question) -> str:
    """The control that chooses an answer of the question."""
    return controls.one_of("Answer", question.words_by_label, key="answer", wrap=True)


def _blind() -> bool:
    st.space("stretch")
    return st.toggle(
        "Hide labels",
        key="blind",
        bind="query-params",
        help="Inspect the images before you see which row is which",
    )


def _tails(release: LoadedRelease, at_least: float) -> Tails:
    titles = choices("uncertainty", release.tree)
    by = controls.from_list(
        "Uncertainty measure",
        {name: titles[name] for name in release.measures},
        key="uncertainty",
        width=190,
        help="\n\n".join(
            f"**{one.title}**: {one.note}" for one in release.measures.values()
        ),
    )
    percent = controls.slider(
        "Tail fraction",
        5,
        50,
        15,
        format="%d%%",
        key="tails",
        width=140,
        help="The most and the least certain galaxies: as many of each as this",
    )
    return Tails(by, at_least, percent)
